import Glibc
import Lab
import Linux

/// A host with an agent on it.
final class Node {
  let host: Host
  let seat: Seat
  private let recipe: Recipe
  /// What waits for the agent and, with it, ends all that it started.
  private(set) var guardian: HostProcess?
  /// The first process of the agent's PID namespace; 0 before it was looked for.
  private var first: pid_t = 0

  init(_ host: Host, _ contender: Contender, _ seat: Seat) throws {
    self.host = host
    self.seat = seat
    recipe = contender.recipe(for: seat)
    guard mkdir(seat.folder, 0o755) == 0 else { throw SystemError("mkdir", on: seat.folder) }
    for file in recipe.files { try write(file.text, to: "\(seat.folder)/\(file.name)", mode: file.mode) }
    try write("set -e\n\(recipe.script)\n", to: "\(seat.folder)/start")
  }

  /// Starts the agent as the first process of a PID namespace, which the kernel empties when that one ends, and where
  /// `reboot(8)` reboots nothing else; what it mounts over `/run` and `/etc` nobody else sees.
  func start() throws {
    guardian = try host.start(
      "/usr/bin/unshare",
      [
        "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "/bin/sh",
        "\(seat.folder)/start",
      ],
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"])
  }

  /// All processes of the agent.
  func processes() throws -> ProcessTable { try ProcessTable(of: host, without: guardian?.identifier) }

  /// Notes which process an operator would send a signal to.
  func findLeader() throws {
    guard let guardian, let child = try processes().child(of: guardian.identifier) else {
      throw BenchError("no agent runs on \(host.name)\(words)")
    }
    first = child
  }

  /// Asks the agent to stop, as `systemctl stop` does.
  func stop() { if first > 1 { kill(first, SIGTERM) } }

  /// The end of what the agent has said.
  var words: String {
    let lines = guardian?.lines.suffix(8).map(\.text) ?? []
    return lines.isEmpty ? "" : "; it said: \(lines.joined(separator: " | "))"
  }
}

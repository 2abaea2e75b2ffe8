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
  /// The process that an operator would send a signal to; nil before it was looked for.
  private var leader: pid_t?
  /// The shell that waits for the agent in its PID namespace, if there is one.
  private var shell: pid_t?

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

  /// Finds out which process is which, once the agent runs.
  func findLeader() throws {
    guard let guardian else { return }
    let all = try ProcessTable(of: host)
    let first = all.child(of: guardian.identifier)
    shell = recipe.keepsShell ? first : nil
    leader = shell.map { all.child(of: $0) } ?? first
    if leader == nil { throw BenchError("no agent runs on \(host.name)\(words)") }
  }

  /// All processes of the agent.
  func processes() throws -> ProcessTable {
    try ProcessTable(of: host, without: Set([guardian?.identifier, shell].compactMap(\.self)))
  }

  /// Asks the agent to stop, as `systemctl stop` does.
  func stop() { if let leader { kill(leader, SIGTERM) } }

  /// The end of what the agent has said.
  var words: String {
    let lines = guardian?.lines.suffix(8).map(\.text) ?? []
    return lines.isEmpty ? "" : "; it said: \(lines.joined(separator: " | "))"
  }
}

import Glibc
import Support

/// The agent that runs on this host, as far as it can be seen from outside.
struct RunningAgent: Equatable, Sendable {
  let process: pid_t

  /// The agent that has the port. Where the owner of a socket cannot be seen, an agent that sees the socket will do.
  init?(among users: PortUsers) {
    let isHidden = !users.sockets.isEmpty && users.users.isEmpty
    let candidates = isHidden ? ProcessTable.processes : users.users.map(\.process)
    guard let process = candidates.first(where: { Self.isAgent($0) && users.areSeen(by: $0) }) else { return nil }
    self.process = process
  }

  /// Whether systemd started it (`systemd.exec(5)`, $INVOCATION_ID stands for the same, but is only its user's to read).
  var isService: Bool { ProcessTable.text("/proc/\(process)/cgroup")?.contains("/vipagent.service") ?? false }

  /// Agents in this network namespace that have another port than the configuration says.
  static var elsewhere: [RunningAgent] {
    let here = ProcessTable.target(of: "/proc/self/ns/net")
    return ProcessTable.processes
      .filter { isAgent($0) && here != nil && ProcessTable.target(of: "/proc/\($0)/ns/net") == here }
      .map(RunningAgent.init(process:))
  }

  private init(process: pid_t) { self.process = process }

  /// The thread that beats; nil if it is gone.
  var heartbeatThread: pid_t? { Self.heartbeatThread(of: process) }

  /// Other commands of the program have the same name, but only an agent has a heart.
  private static func isAgent(_ process: pid_t) -> Bool {
    ProcessTable.command(of: process) == "vipagent" && heartbeatThread(of: process) != nil
  }

  private static func heartbeatThread(of process: pid_t) -> pid_t? {
    let folder = "/proc/\(process)/task"
    return ProcessTable.names(in: folder).first { ProcessTable.text("\(folder)/\($0)/comm") == "heartbeat" }
      .flatMap { pid_t($0) }
  }
}

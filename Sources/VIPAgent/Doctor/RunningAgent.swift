import Glibc

/// The agent that runs on this host, as far as it can be seen from outside.
struct RunningAgent: Equatable, Sendable {
  let process: pid_t

  /// The agent that has the port. Where the owner of a socket cannot be seen, any agent will do if the port is in use.
  init?(among users: PortUsers) {
    let agents = users.users.filter { $0.command == Self.command }.map(\.process)
    if let process = agents.first {
      self.process = process
    } else if users.socketCount > 0, users.users.isEmpty, let process = Self.visible {
      self.process = process
    } else {
      return nil
    }
  }

  /// What the kernel calls an agent's process.
  static let command = "vipagent"

  private static var visible: pid_t? {
    ProcessTable.processes.first { $0 != getpid() && ProcessTable.command(of: $0) == command }
  }
}

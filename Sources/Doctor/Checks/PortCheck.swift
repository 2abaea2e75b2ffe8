import Configuration
import Glibc
import Linux
import Support

/// Whether the heartbeats' UDP port is free for the agent.
enum PortCheck: HostCheck {
  static let name = "port"
  static let needsProc = true

  static func examine(_ host: HostSnapshot) -> [Finding] {
    let port = host.configuration.heartbeat.udpport
    let strangers = host.portUsers.users.filter { $0.process != host.agent?.process }
    if let agent = host.agent {
      return [.ok("the agent (pid \(agent.process)) has UDP port \(port)")] + strangers.map { shared($0, port) }
    }
    let refusals = host.wire.closed.sorted { $0.key < $1.key }
    if refusals.isEmpty { return [.ok("UDP port \(port) is free; no agent runs")] + strangers.map { shared($0, port) } }
    return refusals.map { device, error in
      guard error.errno.rawValue == EADDRINUSE else {
        return .unknown("UDP port \(port) on \(device)", because: "\(error)")
      }
      let names = strangers.map(\.description).joined(separator: ", ")
      return .error(
        "UDP port \(port) on \(device) is in use by \(names.isEmpty ? "a process that only root can see" : names)",
        "An agent does not start, because it would not hear the others.",
        fix: [
          .showUsers(of: port),
          Remedy(
            .choosePort, "udpport = \(port == .max ? 1024 : port + 1)",
            "or another that is free, under [heartbeat] on every node; or end that program, if nothing needs it"),
        ])
    }
  }

  private static func shared(_ user: PortUsers.User, _ port: UInt16) -> Finding {
    .note(
      "\(user.description) has UDP port \(port) too, on another address or device",
      "It hears heartbeats that are not for it, and the other way round.", fix: [.showUsers(of: port)])
  }
}

extension Remedy {
  fileprivate static func showUsers(of port: UInt16) -> Remedy {
    Remedy(.showPortUsers, "ss -ulnp 'sport = :\(port)'")
  }
}

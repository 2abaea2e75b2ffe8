import Configuration
import Support

/// Whether the agent may do what it must (`capabilities(7)`).
enum CapabilityCheck: HostCheck {
  static let name = "capabilities"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    guard let privileges = host.privileges else {
      return [.unknown("capabilities", because: "/proc does not show them")]
    }
    let subject = host.agent.map { "the agent (pid \($0.process))" } ?? "an agent started from here"
    let missing = needs(host).filter { !privileges.has($0.capability) }
    guard !missing.isEmpty else { return [.ok("\(subject) has every capability that it needs")] }
    return missing.map { need in
      // Without an agent this is about the shell: another user or systemd may well start it with more.
      Finding(
        severity: host.agent == nil ? .note : .error, what: "\(subject) lacks \(need.capability.name)",
        why: "Without it there is no \(need.purpose).",
        fix: [
          Remedy(
            .grantCapability, "AmbientCapabilities=\(need.capability.name)",
            "under [Service] (systemctl edit vipagent), or run it as root")
        ])
    }
  }

  private static func needs(_ host: HostSnapshot) -> [(capability: Privileges.Capability, purpose: String)] {
    var needs: [(capability: Privileges.Capability, purpose: String)] = [
      (.netAdmin, "adding of addresses"), (.netRaw, "ARP"),
    ]
    let port = Int(host.configuration.heartbeat.udpport)
    if port < Sysctl.number("net/ipv4/ip_unprivileged_port_start") ?? 1024 {
      needs.append((.netBindService, "socket on UDP port \(port)"))
    }
    return needs
  }
}

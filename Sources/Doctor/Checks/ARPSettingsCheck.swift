import Configuration
import Netlink
import Support

/// Settings that change who answers for an address, who learns of it, and what this host says about itself.
enum ARPSettingsCheck: HostCheck {
  static let name = "arp"
  static let needsProc = true

  static func examine(_ host: HostSnapshot) -> [Finding] {
    var findings = host.devices.flatMap { device in
      [ignore(device), announce(device, host), filter(device, host), proxy(device), deaf(device)].compactMap(
        \.self)
    }
    findings += [echo(), nonlocal()].compactMap(\.self)
    return findings.contains { $0.severity > .note } ? findings : [.ok("nothing is set that hurts ARP")] + findings
  }

  private static func ignore(_ device: String) -> Finding? {
    guard let value = Sysctl.larger("arp_ignore", on: device), value >= 2 else { return nil }
    if value == 8 {
      return .error(
        "arp_ignore is 8 on \(device)",
        "The kernel answers no ARP request for its own addresses: no client finds the shared address here, and the other nodes take it for free.",
        fix: Remedy.lowering("arp_ignore", on: device, to: 1))
    }
    return .note(
      "arp_ignore is \(value) on \(device)",
      "ARP requests from outside an address's subnet are not answered. 1 is enough to answer on the right device only.",
      fix: Remedy.lowering("arp_ignore", on: device, to: 1))
  }

  private static func announce(_ device: String, _ host: HostSnapshot) -> Finding? {
    let others = host.links.filter { !$0.isLoopback && $0.isUp && $0.name != device }
    guard Sysctl.larger("arp_announce", on: device) == 0, !others.isEmpty,
      host.vips.contains(where: { $0.dev == device })
    else { return nil }
    return .note(
      "arp_announce is 0, and this host has more than one device",
      "ARP requests on another device may name an address of \(device) as their sender, and what hears them learns a wrong place for it.",
      fix: Remedy.setting("net/ipv4/conf/all/arp_announce", 2))
  }

  private static func filter(_ device: String, _ host: HostSnapshot) -> Finding? {
    guard let value = Sysctl.larger("arp_filter", on: device), value != 0 else { return nil }
    return .note(
      "arp_filter is on for \(device)",
      "An ARP request is answered only if the way back leads through \(device): a probe may go unanswered though the address is here.",
      fix: Remedy.lowering("arp_filter", on: device, to: 0))
  }

  private static func proxy(_ device: String) -> Finding? {
    guard let value = Sysctl.larger("proxy_arp", on: device), value != 0 else { return nil }
    return .warning(
      "proxy_arp is on for \(device)",
      "This host answers ARP for addresses that it does not have. A node that asks the wire before a takeover hears it, and waits for nothing.",
      fix: Remedy.lowering("proxy_arp", on: device, to: 0, "unless this host routes by it"))
  }

  private static func deaf(_ device: String) -> Finding? {
    guard let value = Sysctl.larger("drop_gratuitous_arp", on: device), value != 0 else { return nil }
    return .warning(
      "drop_gratuitous_arp is on for \(device)",
      "This host does not learn from announcements where an address has gone, and goes on talking to the dead owner.",
      fix: Remedy.lowering("drop_gratuitous_arp", on: device, to: 0))
  }

  private static func echo() -> Finding? {
    guard let value = Sysctl.number("net/ipv4/icmp_echo_ignore_all"), value != 0 else { return nil }
    return .warning(
      "icmp_echo_ignore_all is on",
      """
      A node that asks the wire tells a host from a switch that answers ARP for it by ICMP echo. If only the heartbeats of this \
      host are lost, the others take it for such a switch after a lease, and take its addresses.
      """, fix: Remedy.setting("net/ipv4/icmp_echo_ignore_all", 0))
  }

  private static func nonlocal() -> Finding? {
    guard Sysctl.number("net/ipv4/ip_nonlocal_bind") == 0 else { return nil }
    return .note(
      "ip_nonlocal_bind is 0",
      """
      A service that binds to the shared address itself cannot start while another node has it. Those that bind to 0.0.0.0 \
      do not care.
      """, fix: Remedy.setting("net/ipv4/ip_nonlocal_bind", 1, "if a service needs it"))
  }
}

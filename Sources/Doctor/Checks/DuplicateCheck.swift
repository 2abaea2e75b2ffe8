import Configuration
import Netlink
import Support
import TakeoverCore

/// Who has the shared addresses right now: everybody on the wire was asked (RFC 5227 §2.1.1).
enum DuplicateCheck: HostCheck {
  static let name = "duplicates"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    if let error = host.wire.probeRefusal {
      return [.unknown("who has the addresses", because: "\(error)")]
    }
    guard host.wire.duration != nil else {
      return [.unknown("who has the addresses", because: "nobody could be asked")]
    }
    return host.vips.flatMap { vip in
      guard let link = host.link(named: vip.dev), link.isUp else {
        return [Finding.unknown("who has \(vip.prefix.address)", because: "\(vip.dev) is missing or down")]
      }
      return judge(vip, host)
    }
  }

  private static func judge(_ vip: VIPSettings, _ host: HostSnapshot) -> [Finding] {
    let address = vip.prefix.address
    let own = Set(host.links.compactMap { $0.hardwareAddress.map { EthernetAddress($0) } })
    let others = (host.wire.answers[IPv4Number(address)] ?? []).subtracting(own).sorted { $0.rawValue < $1.rawValue }
    let isHere = host.addresses.contains { $0.prefix.address == address && !PresenceCheck.isUnheard($0, host) }
    let holders = (isHere ? ["this host"] : []) + hosts(others, host)
    if holders.count == 1, others.count > 1 { return [repeated(holders[0], vip)] }
    if holders.count > 1 {
      return [
        .error(
          "\(address) is on \(holders.count) hosts at once: \(holders.joined(separator: ", "))",
          "Clients reach now the one, now the other. (In a hand-over both have it for some milliseconds: run this again.)",
          fix: examinations(of: others, isHere: isHere, vip, host))
      ]
    }
    let strangers = others.filter { host.wire.owner(of: $0) == nil }
    if let stranger = strangers.first { return [strange(stranger, vip, host)] }
    if !isHere, let holder = others.first.flatMap({ host.wire.owner(of: $0) }), !isHeld(vip, by: holder, host) {
      let name = host.node(holder) ?? holders[0]
      return [
        .error(
          "\(address) is on \(name), which does not own its group",
          "It is the host's own address, or somebody has put it there. No agent takes the group while it answers.",
          fix: [.examine(name, host)])
      ]
    }
    return [
      holders.isEmpty
        ? .note("nobody answers for \(address)", "No node owns it at the moment.")
        : .ok("\(address) is on one host: \(holders[0])")
    ]
  }

  /// Which of them is wrong its own doctor knows: it may be the host's own address, which nobody may take away there.
  private static func examinations(
    of others: [EthernetAddress], isHere: Bool, _ vip: VIPSettings, _ host: HostSnapshot
  ) -> [Remedy] {
    let wrong = others.compactMap { host.wire.owner(of: $0) }.filter { !isHeld(vip, by: $0, host) }
    let strangers = others.filter { host.wire.owner(of: $0) == nil }
    let remedies = wrong.compactMap(host.node).map { Remedy.examine($0, host) } + strangers.map(Remedy.find)
    return remedies.isEmpty
      ? [Remedy(.showAddresses, "ip address show to \(vip.prefix.address)", "on each of them")] : remedies
  }

  /// Whether a node says that it may hold the address.
  private static func isHeld(_ vip: VIPSettings, by node: Tag, _ host: HostSnapshot) -> Bool {
    guard let heartbeat = host.wire.heartbeat(of: node),
      let group = host.configuration.groups.first(where: { $0.vips.contains { $0.prefix == vip.prefix } })
    else { return true }
    let tag = Tag(of: group.name)
    return (0..<heartbeat.groups.count).contains { heartbeat.groups[$0].group == tag && heartbeat.groups[$0].holds }
  }

  /// One host that answers with several Ethernet addresses: its kernel answers on every device for what is on one of them.
  private static func repeated(_ holder: String, _ vip: VIPSettings) -> Finding {
    .warning(
      "\(vip.prefix.address) is on one host, which answers from several devices: \(holder)",
      "Clients learn now the one, now the other, and the second may lead nowhere when the first fails. With arp_ignore only the device that has the address answers.",
      fix: Remedy.setting("net/ipv4/conf/all/arp_ignore", 1, "on that host"))
  }

  /// Who answers, by host: a node may have several Ethernet addresses, and of a stranger one is all that is known.
  private static func hosts(_ addresses: [EthernetAddress], _ host: HostSnapshot) -> [String] {
    var hosts: [(name: String?, addresses: [String])] = []
    for address in addresses {
      let name = host.wire.owner(of: address).flatMap { host.node($0) }
      if let place = hosts.firstIndex(where: { $0.name == name && name != nil }) {
        hosts[place].addresses.append(address.text)
      } else {
        hosts.append((name, [address.text]))
      }
    }
    return hosts.map { "\($0.name ?? "a stranger") (\($0.addresses.joined(separator: ", ")))" }
  }

  /// One that the heartbeats do not name. It may still be a peer that was not heard.
  private static func strange(_ stranger: EthernetAddress, _ vip: VIPSettings, _ host: HostSnapshot) -> Finding {
    let unheard = host.peers.filter { host.wire.heartbeat(of: Tag(of: $0)) == nil }
    let address = vip.prefix.address
    let conflict = "While it answers no node takes the address."
    if unheard.isEmpty {
      return .error(
        "\(address) is in use by a stranger: \(stranger.text) is none of the nodes", conflict,
        fix: [.find(stranger)])
    }
    return .warning(
      "\(stranger.text) answers for \(address)",
      "It may be \(unheard.joined(separator: " or ")), which is not heard, or a stranger. \(conflict)",
      fix: [Remedy(.showAddresses, "ip address show to \(address)", "on \(unheard.joined(separator: " and "))")])
  }
}

extension Remedy {
  fileprivate static func find(_ stranger: EthernetAddress) -> Remedy {
    Remedy(.findStranger, "ip neighbour show; bridge fdb show", "find the port of \(stranger.text)")
  }
}

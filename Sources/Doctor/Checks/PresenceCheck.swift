import Configuration
import Netlink
import Support
import TakeoverCore

/// The shared addresses on this host: whose they are, and for how long.
enum PresenceCheck: HostCheck {
  static let name = "addresses"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    guard host.kernelRefusal == nil else { return [.unknown("addresses", because: "the kernel does not list them")] }
    var findings: [Finding] = []
    for group in host.configuration.groups {
      for vip in group.vips {
        let present = host.addresses.filter { $0.prefix.address == vip.prefix.address }
        findings += present.map { judge($0, as: vip, of: group, host) }
      }
    }
    return findings.isEmpty ? [.ok("this host has none of the shared addresses")] : findings
  }

  private static func judge(
    _ address: InterfaceAddress, as vip: VIPSettings, of group: GroupSettings, _ host: HostSnapshot
  ) -> Finding {
    let device = host.links.first { $0.index == address.link }?.name ?? "device \(address.link)"
    if isUnheard(address, host) {
      return .ok(
        "\(address.prefix) is on \(device), which nobody asks by ARP: a real server behind a director has it so")
    }
    if isWithoutNeighbours(address, host), device != vip.dev {
      return .error(
        "\(address.prefix) is on \(device), and this host answers ARP for it on \(vip.dev)",
        "A real server behind a director has it so, but must not answer: the nodes take it for a holder, and clients go past the director.",
        fix: Remedy.setting("net/ipv4/conf/all/arp_ignore", 1) + Remedy.setting("net/ipv4/conf/all/arp_announce", 2)
          + [removal(of: address, device, "if it is no real server")])
    }
    if address.isMarked { return judgeMarked(address, on: device, as: vip, of: group, host) }
    if device != vip.dev || address.prefix != vip.prefix {
      return .error(
        "\(address.prefix) is on \(device); the configuration has \(vip.prefix) on \(vip.dev)",
        "It is not the agent's, so the agent never removes it: this host and the owner have the address at the same time.",
        fix: remedies(for: address, device, host))
    }
    return .error(
      "\(address.prefix) on \(device) is not the agent's: it lacks its mark",
      """
      Somebody else has put it there, by hand or from the network's own configuration. The agent never touches it and takes no \
      group with it: this host has it also when another node owns it. A virtual address is one that no host has by itself.
      """, fix: remedies(for: address, device, host))
  }

  /// An address that the agent has put there, or one before it.
  private static func judgeMarked(
    _ address: InterfaceAddress, on device: String, as vip: VIPSettings, of group: GroupSettings, _ host: HostSnapshot
  ) -> Finding {
    let isMoved = device != vip.dev || address.prefix != vip.prefix
    guard let agent = host.agent else { return leftover(address, on: device, isMoved: isMoved, host) }
    if isMoved {
      return .warning(
        "\(address.prefix) is on \(device); the configuration has \(vip.prefix) on \(vip.dev)",
        "The agent that runs has another configuration than this file.", fix: [.reload(agent)])
    }
    if group.lease != nil, address.validLifetime == nil {
      return .warning(
        "\(address.prefix) on \(device) is held for ever, though the group has a lease",
        "If the agent is killed the address stays, and nobody takes over.", fix: [.reload(agent)])
    }
    return .ok("\(address.prefix) on \(device) is held by this host's agent\(lifetime(address))")
  }

  /// No agent has the port of the configuration. One with another port may well hold the address, and serve it.
  private static func leftover(
    _ address: InterfaceAddress, on device: String, isMoved: Bool, _ host: HostSnapshot
  ) -> Finding {
    if let other = RunningAgent.elsewhere.first {
      return .warning(
        "\(address.prefix) on \(device) is held by an agent that does not use UDP port \(host.configuration.heartbeat.udpport)",
        "The agent that runs here (pid \(other.process)) has another configuration than this file.",
        fix: [.reload(other)])
    }
    let start = isMoved ? [] : [Remedy(.startAgent, "systemctl start vipagent")]
    let release = Remedy(
      .releaseAddresses, isMoved ? "vipagent release" : "vipagent release --config \(host.configPath)",
      isMoved ? "removes every address that an agent has left here" : "or remove it")
    return .warning(
      "\(address.prefix) on \(device) was left behind by an agent\(lifetime(address))",
      "No agent runs here: nobody renews it, and the others wait until it is gone.", fix: start + [release])
  }

  /// To take away the address that a host lives by cuts it off: then the group must have another one.
  private static func remedies(for address: InterfaceAddress, _ device: String, _ host: HostSnapshot) -> [Remedy] {
    let another = Remedy.chooseAddress(address.prefix.length, host)
    guard isBeside(address, host) else { return [another] }
    return [
      another, removal(of: address, device, "or this, if nothing needs it; and out of the network's configuration"),
    ]
  }

  /// Whether the host has an address of its own in the same subnet of the device, besides this one.
  private static func isBeside(_ address: InterfaceAddress, _ host: HostSnapshot) -> Bool {
    guard let link = host.links.first(where: { $0.index == address.link }) else { return false }
    return host.ownAddresses(on: link).contains { $0.prefix.contains(address.prefix.address) && !$0.isMarked }
  }

  private static func removal(of address: InterfaceAddress, _ device: String, _ comment: String) -> Remedy {
    Remedy(.removeAddress, "ip address del \(address.prefix) dev \(device)", comment)
  }

  /// Whether nobody on the network hears of a shared address that this host has: it is on a device without neighbours, and the
  /// kernel answers on no other for it (`arp_ignore`).
  static func isUnheard(_ address: InterfaceAddress, _ host: HostSnapshot) -> Bool {
    guard isWithoutNeighbours(address, host), !address.isMarked,
      let vip = host.vips.first(where: { $0.prefix.address == address.prefix.address })
    else { return false }
    return Sysctl.larger("arp_ignore", on: vip.dev).map { $0 > 0 } ?? false
  }

  private static func isWithoutNeighbours(_ address: InterfaceAddress, _ host: HostSnapshot) -> Bool {
    host.links.first { $0.index == address.link }.map { !$0.speaksARP } ?? false
  }

  private static func lifetime(_ address: InterfaceAddress) -> String {
    address.validLifetime.map { ", for \($0) s more" } ?? ""
  }
}

import Addresses
import CLinux
import Configuration
import Netlink

/// The devices that heartbeats and addresses go over: there, up, with carrier, and of a kind that speaks ARP.
enum DeviceCheck: HostCheck {
  static let name = "device"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    guard host.kernelRefusal == nil else { return [.unknown("devices", because: "the kernel does not list them")] }
    return host.devices.flatMap { device in
      guard let link = host.link(named: device) else { return [missing(device, host)] }
      let findings = state(of: link) + kind(of: link, host)
      return findings.isEmpty ? [.ok("\(device) is up, with carrier, \(link.kind ?? "Ethernet")")] : findings
    }
  }

  private static func missing(_ device: String, _ host: HostSnapshot) -> Finding {
    let mention = host.loaded.check(devices: host.links.map(\.name)).first {
      $0.message.contains("\"\(device)\"")
    }
    return .error(
      "\(device) is not a device of this host",
      """
      An agent waits for it and takes no part until it comes. \
      \(mention?.hint.map { "In \(host.configPath): \($0)." } ?? "")
      """,
      fix: [
        Remedy(.listDevices, "ip link show"),
        Remedy(.checkConfiguration, "vipagent check --config \(host.configPath)"),
      ])
  }

  private static func state(of link: Link) -> [Finding] {
    if !link.isUp {
      return [
        .error(
          "\(link.name) is down",
          "Nothing is sent or heard on it; its addresses are no use to anybody, and no other is added.",
          fix: [.setUp(link.name)])
      ]
    }
    if link.hasCarrier { return [] }
    return [
      .error(
        "\(link.name) has no carrier",
        "The cable, the switch port or the other end is off. A node without carrier lets go of its addresses.",
        fix: [.showDevice(link.name)])
    ]
  }

  /// Masters that take every frame of their ports (see ``Devices/carries(_:)``).
  private static func kind(of link: Link, _ host: HostSnapshot) -> [Finding] {
    if let master = host.links.first(where: { $0.index == link.master }), let kind = master.kind,
      ["bridge", "bond", "team"].contains(kind)
    {
      return [
        .error(
          "\(link.name) is a port of \(kind) \(master.name)",
          "The \(kind) takes every frame of its ports: an address on a port hears nothing. Addresses belong on \(master.name).",
          fix: [Remedy(.chooseDevice, "dev = \"\(master.name)\"", "and bcast, in \(host.configPath)")])
      ]
    }
    if !link.isAskable {
      return [
        .error(
          "\(link.name) is not Ethernet, or does not speak ARP",
          "A takeover is announced by ARP: nobody would learn where the address has gone.",
          fix: [.showDevice(link.name)])
      ]
    }
    return []
  }
}

import Configuration
import Netlink
import Support

/// `promote_secondaries`: whether an address outlives the first one of its subnet.
enum PromotionCheck: HostCheck {
  static let name = "promotion"
  static let needsProc = true

  static func examine(_ host: HostSnapshot) -> [Finding] {
    var findings: [Finding] = []
    for device in host.devices {
      guard let link = host.link(named: device), link.promotesSecondaries == false,
        Sysctl.larger("promote_secondaries", on: device) == 0
      else { continue }
      let own = host.ownAddresses(on: link).map(\.prefix)
      let shared = host.vips.filter { $0.dev == device }.map(\.prefix)
      guard let vip = shared.first(where: { vip in own.contains { sameSubnet($0, vip) } }),
        let first = own.first(where: { sameSubnet($0, vip) })
      else { continue }
      findings.append(judge(device, vip, first, host))
    }
    return findings.isEmpty ? [.ok("no address goes along with another one of its subnet")] : findings
  }

  private static func judge(_ device: String, _ vip: IPPrefix, _ own: IPPrefix, _ host: HostSnapshot) -> Finding {
    guard host.agent != nil else {
      return .ok("promote_secondaries is 0 on \(device): an agent sets it to 1 when it starts")
    }
    return .warning(
      "promote_secondaries is 0 on \(device), where \(vip) and \(own) share a subnet",
      """
      The agent has set it to 1, and somebody has set it back. When the first address of a subnet is removed by somebody else, the \
      kernel removes all others with it, and with the last one all routes of the device.
      """, fix: Remedy.raising("promote_secondaries", on: device, to: 1))
  }

  private static func sameSubnet(_ one: IPPrefix, _ other: IPPrefix) -> Bool {
    one.length == other.length && one.contains(other.address)
  }
}

import Netlink

/// `promote_secondaries`: whether an address outlives the first one of its subnet.
enum PromotionCheck: HealthCheck {
  static let name = "promotion"
  static let needsProc = true

  static func examine(_ patient: Patient) -> [Finding] {
    var findings: [Finding] = []
    for device in patient.devices {
      guard let link = patient.link(named: device), Sysctl.larger("promote_secondaries", on: device) == 0 else {
        continue
      }
      let own = patient.ownAddresses(on: link).map(\.prefix)
      let shared = patient.vips.filter { $0.dev == device }.map(\.prefix)
      guard let vip = shared.first(where: { vip in own.contains { sameSubnet($0, vip) } }),
        let first = own.first(where: { sameSubnet($0, vip) })
      else { continue }
      findings.append(
        .warning(
          "promote_secondaries is 0 on \(device), where \(vip) and \(first) share a subnet",
          """
          When the first address of a subnet is removed, the kernel removes all others with it: this host's own when the shared \
          one came first, the shared one when its own came first. The agent puts them back within milliseconds; with the \
          setting there is nothing to put back.
          """, fix: Sysctl.command("promote_secondaries", on: device, 1)))
    }
    return findings.isEmpty ? [.ok("no address goes along with another one of its subnet")] : findings
  }

  private static func sameSubnet(_ one: IPPrefix, _ other: IPPrefix) -> Bool {
    one.length == other.length && one.contains(other.address)
  }
}

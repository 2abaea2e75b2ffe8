import Addresses
import Configuration
import Netlink
import Support

/// Whether the kernel would answer from the shared addresses that it has, and takes none of them for the host's own.
enum AnswerCheck: HostCheck {
  static let name = "answers"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    let held = host.vips.filter { vip in
      host.addresses.contains {
        $0.prefix == vip.prefix && $0.link == host.link(named: vip.dev)?.index && $0.isMarked
      }
    }
    guard !held.isEmpty else { return [.ok("this host holds none of the shared addresses")] }
    do {
      var routes = try RouteMender()
      let findings = try held.flatMap { try judge($0, host, &routes) }
      return findings.isEmpty ? [.ok("the kernel answers from the shared addresses that it has")] : findings
    } catch {
      return [.unknown("whether the kernel answers from the shared addresses", because: "\(error)")]
    }
  }

  private static func judge(
    _ vip: VIPSettings, _ host: HostSnapshot, _ routes: inout RouteMender
  ) throws(NetlinkError) -> [Finding] {
    guard let link = host.link(named: vip.dev) else { return [] }
    let address = AddressIdentity(prefix: vip.prefix, link: link.index)
    if let obstacle = try routes.obstacle(to: address, named: vip.dev) {
      return [
        .error(
          obstacle,
          "The address is answered for by ARP, and every packet to it is lost. Somebody has removed or overridden its routes.",
          fix: [
            Remedy(
              .showRoutes, "ip rule show; ip route show table all dev \(vip.dev)",
              "which one is not the kernel's own?")
          ])
      ]
    }
    guard !vip.noprefixroute, try routes.isSource(address) else { return [] }
    return [
      .warning(
        "connections that this host opens to \(vip.prefix.network) come from \(vip.prefix.address)",
        "It is the first address of the subnet on \(vip.dev), or the only one: these connections end when it moves.",
        fix: [
          Remedy(
            .addAddress, "ip address add FREE_ADDRESS/\(vip.prefix.length) dev \(vip.dev)",
            "one for this host alone; and in the network's configuration, for the next boot")
        ])
    ]
  }
}

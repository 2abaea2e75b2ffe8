import Configuration
import Engine
import Glibc
import Netlink

/// What the kernel makes of the addresses of a group that it holds: whether it answers from them, and what else it uses them for.
package struct PacketWays {
  /// Why it would not answer from one of them, in words.
  package private(set) var obstacle: String?
  /// The one that connections to its neighbours leave from, which shall be the host's own.
  package private(set) var source: String?

  /// Of nothing.
  package init() {}

  /// Asks the kernel for the ways of one address on each device of the group: that takes some microseconds and waits for nobody
  /// (RTM_GETROUTE is answered without RTNL).
  package init(of group: GroupAddresses) {
    guard var routes = try? RouteMender() else { return }
    for device in group.devices.sorted() {
      let link = Int32(bitPattern: if_nametoindex(device))
      guard link != 0, let vip = group.vips.first(where: { $0.dev == device }) else { continue }
      let address = AddressIdentity(prefix: vip.prefix, link: link)
      if let found = try? routes.obstacle(to: address, named: device) { obstacle = obstacle ?? found }
      guard !vip.noprefixroute, (try? routes.isSource(address)) == true else { continue }
      source = source ?? "\(vip.prefix.address)"
    }
  }
}

import Engine
import Netlink
import Support
import TakeoverCore

/// The IPv4 addresses that are a host's own: not shared by any configuration that it knows of, and not marked as an
/// agent's.
struct UnsharedAddresses {
  /// By the device's number, the best first.
  private let byLink: [Int32: IPv4Number]

  /// - Parameters:
  ///   - addresses: all of the host's, in the kernel's order.
  ///   - shared: knows the addresses of the groups.
  init(_ addresses: [InterfaceAddress], besides shared: ProbeTable) {
    var best: [Int32: (number: IPv4Number, standing: Int)] = [:]
    for address in addresses {
      let prefix = address.prefix
      guard prefix.address.family == .v4, !address.isMarked, address.scope < Self.hostScope,
        shared.group(of: IPv4Number(prefix.address)) == nil
      else { continue }
      // Global before link scope, then first addresses of their subnet before secondary ones; then the kernel's order.
      let standing = (address.scope == 0 ? 0 : 2) + (address.isSecondary ? 1 : 0)
      if let known = best[address.link], known.standing <= standing { continue }
      best[address.link] = (IPv4Number(prefix.address), standing)
    }
    byLink = best.mapValues(\.number)
  }

  /// `RT_SCOPE_HOST` (`<linux/rtnetlink.h>`): nobody else may see such an address.
  private static let hostScope: UInt8 = 254

  /// The best of a device; 0.0.0.0 where it has none.
  func first(on link: Int32) -> IPv4Number { byLink[link] ?? .any }
}

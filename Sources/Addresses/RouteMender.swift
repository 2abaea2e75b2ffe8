import Glibc
import Linux
import Netlink

/// Puts back the routes that the kernel makes for an address and that somebody has removed: without them the address answers
/// ARP, and every packet to it is lost.
package struct RouteMender: ~Copyable {
  private var socket: RouteSocket

  package init() throws(NetlinkError) { socket = try RouteSocket() }

  /// Puts a route of an address back, unless packets find their way without it.
  /// - Parameter route: as it was when it was removed.
  /// - Returns: whether it was missing.
  /// - Throws: why it could not be put back.
  mutating func mend(_ route: Route, of address: AddressIdentity) throws(NetlinkError) -> Bool {
    if try route.isLocal ? reaches(address.prefix.address) : leaves(address) { return false }
    do throws(NetlinkError) {
      return try add(route)
    } catch {
      // Its source may be gone, too: no route may name an address that the host does not have.
      guard error.errno?.rawValue == EINVAL, route.source != address.prefix.address else { throw error }
      var route = route
      route.source = address.prefix.address
      return try add(route)
    }
  }

  /// Those of some routes that are not among the ones that the kernel has made for addresses.
  mutating func missing(of routes: [Route]) throws(NetlinkError) -> [Route] {
    struct Way: Hashable {
      let destination: IPPrefix?
      let link: Int32?
      let isLocal: Bool
      init(_ route: Route) { (destination, link, isLocal) = (route.destination, route.link, route.isLocal) }
    }
    let present = Set(try socket.routes().lazy.filter(\.isKernels).map(Way.init))
    return routes.filter { !present.contains(Way($0)) }
  }

  /// - Returns: false if the kernel has made it again by itself.
  private mutating func add(_ route: Route) throws(NetlinkError) -> Bool {
    do throws(NetlinkError) {
      try socket.add(route)
      return true
    } catch {
      if error.errno?.rawValue == EEXIST { return false }
      throw error
    }
  }

  /// Whether a packet to the address reaches this host.
  mutating func reaches(_ address: IPAddress) throws(NetlinkError) -> Bool {
    try socket.route(to: address)?.isLocal == true
  }

  /// Whether a packet from the address to a neighbour leaves by the address's device.
  mutating func leaves(_ address: AddressIdentity) throws(NetlinkError) -> Bool {
    guard let neighbour = address.prefix.neighbour else { return true }
    return try socket.route(to: neighbour, from: address.prefix.address)?.link == address.link
  }

  /// Whether a packet from the address to a neighbour leaves by another device, for the neighbour itself and not for a gateway.
  private mutating func leavesElsewhere(_ address: AddressIdentity) throws(NetlinkError) -> Bool {
    guard let neighbour = address.prefix.neighbour,
      let route = try socket.route(to: neighbour, from: address.prefix.address), let link = route.link
    else { return false }
    return link != address.link && !route.isLocal && route.gateway == nil
  }

  /// Whether connections that the host opens to a neighbour come from the address.
  package mutating func isSource(_ address: AddressIdentity) throws(NetlinkError) -> Bool {
    guard let neighbour = address.prefix.neighbour else { return false }
    return try socket.route(to: neighbour)?.source == address.prefix.address
  }

  /// Why the kernel would not answer from an address that it has, in words; nil if it would.
  /// - Parameter device: the name of the address's device.
  package mutating func obstacle(to address: AddressIdentity, named device: String) throws(NetlinkError) -> String? {
    let number = address.prefix.address
    guard try reaches(number) else {
      return "packets to \(number) do not reach this host: the kernel has no local route"
    }
    // Another device in the same network takes them to the neighbours as well.
    if try leaves(address) { return nil }
    if try leavesElsewhere(address) { return nil }
    return
      "answers from \(number) do not leave by \(device): the kernel has no route to \(address.prefix.network) there"
  }
}

import Netlink

/// The host's own IPv4 addresses: all that its kernel has and that are not ours, as far as it has reported them.
///
/// They are never replaced, renewed or removed, whatever the configuration says.
struct HostAddresses {
  /// The address, and when it came among the others: the order is the kernel's, as far as it matters here.
  private var byIdentity: [AddressIdentity: (address: InterfaceAddress, order: Int)] = [:]
  private var additions = 0

  /// Forgets what was known and takes a fresh list.
  mutating func replace(with addresses: [InterfaceAddress]) {
    byIdentity = [:]
    for address in addresses { add(address) }
  }

  /// An address was added, or something about it changed.
  mutating func add(_ address: InterfaceAddress) {
    additions += 1
    byIdentity[address.identity] = (address, byIdentity[address.identity]?.order ?? additions)
  }

  /// An address is gone.
  mutating func remove(_ address: AddressIdentity) { byIdentity[address] = nil }

  /// All of them, in the kernel's order.
  var all: [InterfaceAddress] { byIdentity.values.sorted { $0.order < $1.order }.map(\.address) }

  /// The devices that have an address.
  var links: Set<Int32> { Set(byIdentity.keys.lazy.map(\.link)) }

  /// Addresses of the host's that answer for one of these in its place, with another prefix length or on another device: then
  /// two hosts have the address as soon as another node owns it.
  /// - Parameter isHeard: whether neighbours hear the device; a real server has its director's address on `lo`.
  /// - Returns: each of them, with the address that it answers for.
  func rivals(
    of wanted: [InterfaceAddress], where isHeard: (Int32) -> Bool
  ) -> [(rival: InterfaceAddress, wish: InterfaceAddress)] {
    // Most hosts have a few addresses of their own, and may be asked for thousands.
    let heard = byIdentity.values.map(\.address).filter { isHeard($0.link) }
    let own = Dictionary(grouping: heard, by: \.prefix.address)
    guard !own.isEmpty else { return [] }
    return wanted.flatMap { wish in
      (own[wish.prefix.address] ?? []).filter { $0.identity != wish.identity }.map { (rival: $0, wish: wish) }
    }
  }

  /// The subnets in which the host has addresses of its own, none of which is the first one: the host's outgoing connections
  /// come from somebody else's address then.
  var overtaken: Set<Subnet> {
    let all = byIdentity.values.lazy.map(\.address)
    let following = all.filter(\.isSecondary).map(\.subnet)
    return Set(following).subtracting(all.filter { !$0.isSecondary }.map(\.subnet))
  }
}

import CLinux
import Glibc
import Linux
import Netlink
import TakeoverCore

/// The addresses that this agent has added to the kernel, and the only way it adds and removes any.
///
/// Nothing else is ever removed: an address goes only if it was added here, or if it carries our protocol tag from an
/// earlier life of the agent.
struct Holdings: ~Copyable {
  /// Marks an address as ours in the kernel (IFA_PROTO, `<linux/if_addr.h>`, Linux 5.18 and later): "V".
  static let protocolTag: UInt8 = 0x56

  private var socket: RouteSocket
  /// Which group each address is held for.
  private var held: [AddressIdentity: Tag] = [:]

  init() throws(NetlinkError) {
    socket = try RouteSocket()
  }

  /// Devices and addresses as they are now.
  mutating func snapshot() throws(NetlinkError) -> RouteSnapshot { try socket.snapshot() }

  /// The group that an address is held for; nil for every address that is not ours.
  func group(of address: InterfaceAddress) -> Tag? { held[address.identity] }

  /// The groups that anything is held for.
  var groups: Set<Tag> { Set(held.values) }

  /// What is missing of what is held, according to a fresh list.
  func groups(missingFrom addresses: [InterfaceAddress]) -> Set<Tag> {
    let present = Set(addresses.map(\.identity))
    return Set(held.lazy.filter { !present.contains($0.key) }.map(\.value))
  }

  /// Takes addresses that an earlier life of the agent has added for the group's own.
  mutating func adopt(_ addresses: [InterfaceAddress], for group: Tag) {
    for address in addresses { held[address.identity] = group }
  }

  /// Forgets what is held for the group, where the kernel does not hold it any more.
  mutating func forget(_ group: Tag) {
    held = held.filter { $0.value != group }
  }

  /// Gives addresses that are held their lifetimes anew, all in one message.
  /// - Returns: those that were refused.
  mutating func renew(_ addresses: [InterfaceAddress]) throws(NetlinkError) -> [AddressFailure] {
    try socket.add(addresses, replacing: true)
  }

  /// Makes the kernel hold these addresses for the group, beside those that it holds for it already.
  /// - Returns: what the kernel refused.
  mutating func add(_ wanted: [InterfaceAddress], for group: Tag) throws(NetlinkError) -> [AddressFailure] {
    // Noted before the attempt: should it end half-way, everything that may be there is known and will be removed.
    for address in wanted { held[address.identity] = group }
    let failures = try socket.add(wanted, replacing: true)
    for failure in failures { held[failure.address.identity] = nil }
    return failures
  }

  /// Lets go of what else is held for the group.
  /// - Parameter wanted: all of it was added before.
  /// - Returns: what could not be removed and is still held.
  mutating func keepOnly(_ wanted: [InterfaceAddress], for group: Tag) throws(NetlinkError) -> [AddressFailure] {
    // In most cases there is nothing else, which need not be looked for among thousands.
    if held.values.count(where: { $0 == group }) == wanted.count { return [] }
    let kept = Set(wanted.map(\.identity))
    return try letGo(of: addresses(of: group).filter { !kept.contains($0) })
  }

  /// Removes addresses of ours from the kernel, and nothing else: with the first address of a subnet the kernel removes
  /// the others on that device too, unless `promote_secondaries` is set. What it takes along is put back.
  /// - Returns: what could not be removed; an address that is not there any more is no failure.
  static func remove(
    _ addresses: [InterfaceAddress], through socket: inout RouteSocket
  ) throws(NetlinkError) -> [AddressFailure] {
    guard !addresses.isEmpty else { return [] }
    let bystanders = bystanders(of: addresses, among: try socket.addresses(of: .v4))
    let failures = try socket.remove(addresses)
    if !bystanders.isEmpty {
      let left = Set(try socket.addresses(of: .v4).map(\.identity))
      _ = try socket.add(bystanders.filter { !left.contains($0.identity) }, replacing: false)
    }
    return failures.filter { failure in
      guard let errno = failure.error.errno?.rawValue else { return true }
      return errno != EADDRNOTAVAIL && errno != ENODEV && errno != ENXIO
    }
  }

  /// Those of `present` that the kernel may remove together with `addresses`.
  private static func bystanders(
    of addresses: [InterfaceAddress], among present: [InterfaceAddress]
  ) -> [InterfaceAddress] {
    let going = Set(addresses.map(\.identity))
    let primaries = present.filter { !$0.isSecondary && going.contains($0.identity) }
    return present.filter { address in
      address.isSecondary && !going.contains(address.identity)
        && primaries.contains {
          $0.link == address.link && $0.prefix.length == address.prefix.length
            && $0.prefix.contains(address.prefix.address)
        }
    }
  }

  /// Makes the kernel hold nothing of the group.
  /// - Returns: what could not be removed and is still held.
  mutating func letGo(of group: Tag) throws(NetlinkError) -> [AddressFailure] {
    try letGo(of: addresses(of: group))
  }

  private func addresses(of group: Tag) -> [AddressIdentity] {
    held.compactMap { $0.value == group ? $0.key : nil }
  }

  private mutating func letGo(of addresses: [AddressIdentity]) throws(NetlinkError) -> [AddressFailure] {
    let failures = try remove(addresses.map { InterfaceAddress(prefix: $0.prefix, link: $0.link) })
    let stuck = Set(failures.map(\.address.identity))
    for address in addresses where !stuck.contains(address) { held[address] = nil }
    return failures
  }

  /// Removes addresses; one that is not there any more is no failure.
  mutating func remove(_ addresses: [InterfaceAddress]) throws(NetlinkError) -> [AddressFailure] {
    try Self.remove(addresses, through: &socket)
  }
}

/// What names an address in the kernel: device, address and prefix length, without what it was added with.
struct AddressIdentity: Hashable {
  let prefix: IPPrefix
  let link: Int32
}

extension InterfaceAddress {
  /// What names the address in the kernel.
  var identity: AddressIdentity { AddressIdentity(prefix: prefix, link: link) }
}

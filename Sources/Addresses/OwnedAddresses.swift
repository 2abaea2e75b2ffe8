import CLinux
import Glibc
import Linux
import Netlink
import Support
import TakeoverCore

/// The addresses that this agent has added to the kernel, and the only way it adds and removes any.
///
/// What the host has by itself stays as it is: an address is added only where there is none (NLM_F_EXCL), and renewed or
/// removed only if it is known to be ours: added here, or marked by an earlier life of the agent, and neither removed nor
/// changed by somebody else since.
package struct OwnedAddresses: ~Copyable {
  /// An address that is to be in the kernel for a group.
  private struct Holding {
    var group: Tag
    /// The kernel has it, and it is ours.
    var isOurs = false
  }

  private var socket: RouteSocket
  private var held: [AddressIdentity: Holding] = [:]
  /// What was removed here, until its notifications are read: nobody else has removed it.
  private var ownRemovals: [AddressIdentity: Int] = [:]
  private let marks: AddressMarks

  package init(marks: AddressMarks = AddressMarks()) throws(NetlinkError) {
    socket = try RouteSocket()
    self.marks = marks
  }

  /// Devices and addresses as they are now.
  package mutating func snapshot() throws(NetlinkError) -> RouteSnapshot { try socket.snapshot() }

  /// The groups that anything is held for.
  var groups: Set<Tag> { Set(held.values.lazy.map(\.group)) }

  /// The group that an address is held for; nil for every address that is not.
  func group(of address: AddressIdentity) -> Tag? { held[address]?.group }

  /// The addresses that the kernel has for us.
  var ours: some Sequence<AddressIdentity> { held.lazy.filter(\.value.isOurs).map(\.key) }

  func isOurs(_ address: AddressIdentity) -> Bool { held[address]?.isOurs == true }

  /// Whether an address that the kernel reports is the host's own. Where there are no marks, what was added here is reported
  /// like any other.
  func isHosts(_ address: InterfaceAddress) -> Bool {
    address.prefix.address.family == .v4 && !address.isMarked && (marks.areKept || !isOurs(address.identity))
  }

  // MARK: - What others do

  /// Takes addresses that an earlier life of the agent has added for the group's own.
  mutating func adopt(_ addresses: [InterfaceAddress], for group: Tag) {
    for address in addresses { held[address.identity] = Holding(group: group, isOurs: true) }
  }

  /// Forgets what is held for the group, where the kernel does not hold it any more.
  mutating func forget(_ group: Tag) { held = held.filter { $0.value.group != group } }

  /// Holds each address for another group, or for the same.
  /// - Parameter heir: whom an address is held for from now on, and whom it was held for.
  mutating func regroup(_ heir: (AddressIdentity, Tag) -> Tag) {
    for (address, holding) in held { held[address]?.group = heir(address, holding.group) }
  }

  /// The kernel reports an address that was added or changed by somebody else.
  /// - Returns: the group that it was held for, if it was ours until now.
  mutating func noteAddition(of address: InterfaceAddress) -> Tag? {
    guard isOurs(address.identity), marks.isForeign(address) else { return nil }
    held[address.identity]?.isOurs = false
    return held[address.identity]?.group
  }

  /// The kernel reports that an address is gone.
  /// - Returns: the group that it was held for, unless it was removed here.
  mutating func noteRemoval(of address: AddressIdentity) -> Tag? {
    if let count = ownRemovals[address], count > 0 {
      ownRemovals[address] = count - 1
      return nil
    }
    held[address]?.isOurs = false
    return held[address]?.group
  }

  /// All notifications of what was removed here are read.
  mutating func settleRemovals() { ownRemovals.removeAll(keepingCapacity: true) }

  /// Looks for what is held in a fresh list.
  /// - Returns: the groups of which something was ours and is missing now, or somebody else's.
  mutating func missing(from addresses: [InterfaceAddress]) -> Set<Tag> {
    settleRemovals()
    let present = Set(addresses.lazy.filter { [marks] in !marks.isForeign($0) }.map(\.identity))
    let missing = held.filter { $0.value.isOurs && !present.contains($0.key) }
    for address in missing.keys { held[address]?.isOurs = false }
    return Set(missing.values.map(\.group))
  }

  // MARK: - Adding

  /// Makes the kernel hold these addresses for the group, beside those that it holds for it already.
  /// - Returns: what was refused, by the kernel or because it is the host's own.
  mutating func add(_ wanted: [InterfaceAddress], for group: Tag) throws(NetlinkError) -> [AddressRefusal] {
    // Noted before the attempt: should it end half-way, everything that may be there is known and will be removed.
    for address in wanted { held[address.identity, default: Holding(group: group)].group = group }
    return try put(wanted)
  }

  /// Gives addresses that are held their lifetimes anew, and puts back those that somebody has removed.
  /// - Returns: those that were refused.
  mutating func renew(_ addresses: [InterfaceAddress]) throws(NetlinkError) -> [AddressRefusal] {
    try put(addresses.filter { held[$0.identity] != nil })
  }

  /// All in one message: exclusively what is not known to be ours.
  private mutating func put(_ addresses: [InterfaceAddress]) throws(NetlinkError) -> [AddressRefusal] {
    var refusals: [AddressRefusal] = []
    var existing: [InterfaceAddress] = []
    for failure in try socket.change(addresses.map { isOurs($0.identity) ? .put($0) : .add($0) }) {
      if failure.error.errno?.rawValue == EEXIST {
        existing.append(failure.address)
      } else {
        refusals.append(AddressRefusal(failure))
      }
    }
    if !existing.isEmpty { refusals += try inspect(existing) }
    let refused = Set(refusals.map(\.address))
    for address in addresses where !refused.contains(address.identity) { held[address.identity]?.isOurs = true }
    return refusals
  }

  /// Looks whose addresses are that the kernel has already, and renews those that are ours.
  private mutating func inspect(_ existing: [InterfaceAddress]) throws(NetlinkError) -> [AddressRefusal] {
    let present = Dictionary(grouping: try socket.addresses(of: .v4), by: \.identity)
    var refusals: [AddressRefusal] = []
    var changes: [AddressChange] = []
    for address in existing {
      switch present[address.identity]?.first {
      case .some(let found) where found.isMarked: changes.append(.put(address))
      case .some(let found): refusals.append(.hostsOwn(found, in: address, named: deviceName(address.link)))
      // It has gone meanwhile.
      case nil: changes.append(.add(address))
      }
    }
    return refusals + (try socket.change(changes)).map(AddressRefusal.init)
  }

  private mutating func deviceName(_ link: Int32) -> String { (try? socket.link(at: link)?.name) ?? "device \(link)" }

  /// Puts addresses behind the host's own in their subnets, so that these are the source of its connections again: each goes
  /// off and on again in one message, the first one of the subnet last.
  /// - Parameter addresses: of ours, as they shall be.
  /// - Returns: those that were the first one of their subnet; none where there was nothing to do.
  mutating func moveBack(_ addresses: [InterfaceAddress]) throws(NetlinkError) -> [InterfaceAddress] {
    let present = try socket.addresses(of: .v4)
    let leading = Set(present.lazy.filter { !$0.isSecondary }.map(\.identity))
    let first = addresses.filter { leading.contains($0.identity) }
    guard !first.isEmpty else { return [] }
    try letOthersStay(first.map(\.link))
    let order = addresses.filter { !leading.contains($0.identity) } + first
    let refused = Set(try socket.change(order.flatMap { [.remove($0), .add($0)] }).map(\.address.identity))
    for address in order {
      ownRemovals[address.identity, default: 0] += 1
      if refused.contains(address.identity) { held[address.identity]?.isOurs = false }
    }
    return first
  }

  // MARK: - Removing

  /// Lets go of what else is held for the group.
  /// - Parameter wanted: all of it was added before.
  /// - Returns: what could not be removed and is still held.
  mutating func keepOnly(_ wanted: [InterfaceAddress], for group: Tag) throws(NetlinkError) -> [AddressRefusal] {
    // In most cases there is nothing else, which need not be looked for among thousands.
    if held.values.count(where: { $0.group == group }) == wanted.count { return [] }
    let kept = Set(wanted.map(\.identity))
    return try letGo(of: addresses(of: group).filter { !kept.contains($0) })
  }

  /// Makes the kernel hold nothing of the group.
  /// - Returns: what could not be removed and is still held.
  mutating func letGo(of group: Tag) throws(NetlinkError) -> [AddressRefusal] {
    try letGo(of: addresses(of: group))
  }

  private func addresses(of group: Tag) -> [AddressIdentity] {
    held.compactMap { $0.value.group == group ? $0.key : nil }
  }

  /// What is not ours any more stays where it is; it is only forgotten.
  private mutating func letGo(of addresses: [AddressIdentity]) throws(NetlinkError) -> [AddressRefusal] {
    guard !addresses.isEmpty else { return [] }
    let going = Set(addresses)
    let present = try socket.addresses(of: .v4)
    let ours = present.filter { address in
      // Where there are no marks, what was added here is ours until somebody else is known to have removed it.
      going.contains(address.identity) && (marks.areKept ? address.isMarked : isOurs(address.identity))
    }
    let refusals = try remove(ours, among: present)
    let stuck = Set(refusals.map(\.address))
    for address in addresses where !stuck.contains(address) { held[address] = nil }
    return refusals
  }

  /// Removes what an earlier life of the agent has left behind; what is not there any more is no failure.
  /// - Parameter leftovers: all of them carry our mark.
  package mutating func remove(_ leftovers: [InterfaceAddress]) throws(NetlinkError) -> [AddressRefusal] {
    guard !leftovers.isEmpty else { return [] }
    return try remove(leftovers, among: try socket.addresses(of: .v4))
  }

  private mutating func remove(
    _ going: [InterfaceAddress], among present: [InterfaceAddress]
  ) throws(NetlinkError) -> [AddressRefusal] {
    try letOthersStay(Self.linksWithBystanders(of: going, among: present))
    let failures = try socket.remove(going)
    let failed = Set(failures.map(\.address.identity))
    for address in going where !failed.contains(address.identity) { ownRemovals[address.identity, default: 0] += 1 }
    return failures.filter { failure in
      guard let errno = failure.error.errno?.rawValue else { return true }
      return errno != EADDRNOTAVAIL && errno != ENODEV && errno != ENXIO
    }.map(AddressRefusal.init)
  }

  /// Has the kernel keep the other addresses of a subnet when its first one goes.
  /// - Returns: the device as it is then.
  mutating func keepSecondaries(on link: Int32) throws(NetlinkError) -> Link? {
    try socket.setPromotion(link, true)
    return try socket.link(at: link)
  }

  /// With the first address of a subnet the kernel removes the others on that device too, unless `promote_secondaries` is set,
  /// and with a device's last address all its routes. So it is set before: what comes back would lack its routes.
  private mutating func letOthersStay(_ links: some Sequence<Int32>) throws(NetlinkError) {
    for link in Set(links) { try socket.setPromotion(link, true) }
  }

  /// The devices on which the kernel might remove other addresses together with `addresses`.
  private static func linksWithBystanders(
    of addresses: [InterfaceAddress], among present: [InterfaceAddress]
  ) -> Set<Int32> {
    let going = Set(addresses.map(\.identity))
    let losing = Set(present.lazy.filter { !$0.isSecondary && going.contains($0.identity) }.map(\.subnet))
    let staying = present.lazy.filter { $0.isSecondary && !going.contains($0.identity) && losing.contains($0.subnet) }
    return Set(staying.map(\.link))
  }
}

import Glibc
import Netlink
import Support
import TakeoverCore

/// The host's devices, as far as the kernel has reported them.
struct Devices: Sendable {
  private var byIndex: [Int32: Link] = [:]

  /// Forgets what was known and takes a fresh list.
  /// - Returns: the devices that have another Ethernet address than before.
  mutating func replace(with links: [Link]) -> Set<Int32> {
    let former = byIndex
    byIndex = Dictionary(links.map { ($0.index, $0) }, uniquingKeysWith: { _, later in later })
    return Set(links.lazy.map(\.index).filter { [byIndex] in Self.isReaddressed(former[$0], byIndex[$0]) })
  }

  /// A device appeared or changed.
  /// - Returns: whether it has another Ethernet address than before.
  mutating func update(_ link: Link) -> Bool {
    let former = byIndex.updateValue(link, forKey: link.index)
    return Self.isReaddressed(former, link)
  }

  private static func isReaddressed(_ former: Link?, _ link: Link?) -> Bool {
    former != nil && former?.hardwareAddress != link?.hardwareAddress
  }

  /// A device is gone.
  mutating func remove(_ link: Link) { byIndex[link.index] = nil }

  /// The device that has this name now.
  func named(_ name: String) -> Link? { byIndex.values.first { $0.name == name } }

  /// The device of this number.
  subscript(index: Int32) -> Link? { byIndex[index] }

  /// The Ethernet address that a device has now.
  func hardwareAddress(of index: Int32) -> EthernetAddress? {
    byIndex[index]?.hardwareAddress.map { EthernetAddress($0) }
  }

  /// The numbers of all devices, the oldest first.
  var indices: [Int32] { byIndex.keys.sorted() }

  /// The devices on which the kernel may answer ARP for whatever address it has (`arp_ignore` 0). One needs none of its own for that;
  /// those that have one come first, for there may be more than there is room for.
  /// - Parameter addressed: the numbers of those that have one.
  func answering(_ addressed: Set<Int32>) -> [Link] {
    let others = byIndex.values.filter { !addressed.contains($0.index) && carries($0) }
    return addressed.sorted().compactMap { byIndex[$0] } + others.sorted { $0.index < $1.index }
  }

  /// Masters that take every frame of their ports, so that a port's own addresses are never spoken to.
  private static let swallowing: Set<String> = ["bridge", "bond", "team"]

  /// Whether the device's routes are in the table of a VRF.
  func isInVRF(_ index: Int32) -> Bool { byIndex[index]?.master.flatMap { byIndex[$0]?.kind } == "vrf" }

  /// Whether the device exists, is up, has carrier, and hears what is sent to its addresses.
  func carries(_ name: String) -> Bool { named(name).map(carries) ?? false }

  private func carries(_ link: Link) -> Bool {
    guard link.isUp, link.hasCarrier else { return false }
    guard let master = link.master, let kind = byIndex[master]?.kind else { return true }
    return !Self.swallowing.contains(kind)
  }
}

/// Finds the devices of many addresses by their names. Most have the device of the one before, and a thousand need not
/// be looked up one by one.
struct DeviceFinder {
  private let devices: Devices
  private var last: (name: String, index: Int32)?

  init(_ devices: Devices) { self.devices = devices }

  /// The number of the device that has this name now.
  mutating func index(of name: String) -> Int32? {
    if let last, last.name == name { return last.index }
    guard let link = devices.named(name) else { return nil }
    last = (name, link.index)
    return link.index
  }
}

extension Link {
  /// Whether neighbours can be asked for addresses over it: by ARP, which needs Ethernet addresses at both ends.
  package var isAskable: Bool {
    !isLoopback && flags & UInt32(IFF_NOARP) == 0 && hardwareAddress.map { EthernetAddress($0) != .zero } ?? false
  }
}

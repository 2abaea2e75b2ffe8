import Glibc
import Netlink
import TakeoverCore

/// The host's devices, as far as the kernel has reported them.
struct Devices {
  private var byIndex: [Int32: Link] = [:]

  /// Forgets what was known and takes a fresh list.
  mutating func replace(with links: [Link]) {
    byIndex = Dictionary(links.map { ($0.index, $0) }, uniquingKeysWith: { _, later in later })
  }

  /// A device appeared or changed.
  mutating func update(_ link: Link) { byIndex[link.index] = link }

  /// A device is gone.
  mutating func remove(_ link: Link) { byIndex[link.index] = nil }

  /// The numbers of all.
  var indices: Set<Int32> { Set(byIndex.keys) }

  /// The device that has this name now.
  func named(_ name: String) -> Link? { byIndex.values.first { $0.name == name } }

  /// Masters that take every frame of their ports, so that a port's own addresses are never spoken to.
  private static let swallowing: Set<String> = ["bridge", "bond", "team"]

  /// Whether the device exists, is up, has carrier, and hears what is sent to its addresses.
  func carries(_ name: String) -> Bool {
    guard let link = named(name), link.isUp, link.hasCarrier else { return false }
    guard let master = link.master, let kind = byIndex[master]?.kind else { return true }
    return !Self.swallowing.contains(kind)
  }
}

/// Finds the devices of many addresses by their names. Most have the device of the one before, and a thousand need not
/// be looked up one by one.
struct DeviceFinder {
  /// What an address needs to know of its device.
  typealias Found = (index: Int32, hardware: EthernetAddress?)

  private let devices: Devices
  private var last: (name: String, found: Found)?

  init(_ devices: Devices) { self.devices = devices }

  /// The device that has this name now.
  mutating func named(_ name: String) -> Found? {
    if let last, last.name == name { return last.found }
    guard let link = devices.named(name) else { return nil }
    let found = (index: link.index, hardware: link.hardwareAddress.map { EthernetAddress($0) })
    last = (name, found)
    return found
  }
}

extension Link {
  /// Whether neighbours can be asked for addresses over it: by ARP, which needs Ethernet addresses at both ends.
  var isAskable: Bool {
    !isLoopback && flags & UInt32(IFF_NOARP) == 0 && hardwareAddress.map { EthernetAddress($0) != .zero } ?? false
  }
}

import Netlink

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

  /// The device that has this name now.
  func named(_ name: String) -> Link? { byIndex.values.first { $0.name == name } }

  /// Whether the device exists, is up and has carrier.
  func carries(_ name: String) -> Bool {
    guard let link = named(name) else { return false }
    return link.isUp && link.hasCarrier
  }
}

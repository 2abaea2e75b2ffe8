import TakeoverCore

/// Which addresses of a group the wire is asked for, and which group an address heard from the wire belongs to.
///
/// A holder has all addresses of a group or none, so a few of them stand for all: what the heartbeat thread does must
/// not grow with their number.
struct ProbeTable: Sendable {
  /// An address to ask for, and the place of its device in the plan.
  struct Target: Sendable {
    let address: IPv4Number
    let device: Int
  }

  /// At most so many addresses of a group are asked for in turn.
  private static let perGroup = 4

  /// By group.
  let targets: [[Target]]
  /// All addresses in order, and of which group each is.
  private let addresses: [(address: UInt32, group: Int)]

  init(_ groups: [GroupAddresses], devices: [String]) {
    targets = groups.map { group in
      group.vips.prefix(Self.perGroup).map { vip in
        Target(address: IPv4Number(vip.prefix.address), device: devices.firstIndex(of: vip.dev) ?? 0)
      }
    }
    addresses = groups.enumerated().flatMap { place, group in
      group.vips.map { (address: IPv4Number($0.prefix.address).rawValue, group: place) }
    }.sorted { $0.address < $1.address }
  }

  /// All addresses, for the socket's filter.
  var all: [UInt32] { addresses.map(\.address) }

  /// The group that an address belongs to; by bisection, without allocating.
  func group(of address: IPv4Number) -> GroupIndex? {
    var low = 0
    var high = addresses.count
    while low < high {
      let middle = (low + high) / 2
      if addresses[middle].address < address.rawValue { low = middle + 1 } else { high = middle }
    }
    guard low < addresses.count, addresses[low].address == address.rawValue else { return nil }
    return GroupIndex(addresses[low].group)
  }
}

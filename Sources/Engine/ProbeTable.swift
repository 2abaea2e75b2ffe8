import Configuration
import Netlink
import Support
import TakeoverCore

/// Which addresses of a group the wire is asked for, and which group an address heard from the wire belongs to.
///
/// A holder has all addresses of a group or none, so a few of them stand for all: what the heartbeat thread does must
/// not grow with their number.
package struct ProbeTable: Sendable {
  /// An address to ask for, and the place of its device in the generation.
  package struct Target: Sendable {
    package let address: IPv4Number
    package let device: Int
  }

  /// At most so many addresses of a group are asked for in turn.
  package static let perGroup = 4

  /// By group: up to ``perGroup`` of each device, one of every device before the second of any.
  package let targets: [[Target]]
  /// All addresses in order, of which group each is, and the place of its device in the generation.
  private let addresses: [(address: UInt32, group: Int, device: Int)]

  package init(_ groups: [GroupAddresses], devices: [String]) {
    targets = groups.map { Self.spread($0.vips, devices) }
    addresses = groups.enumerated().flatMap { place, group in
      group.vips.map { vip in
        (IPv4Number(vip.prefix.address).rawValue, place, devices.firstIndex(of: vip.dev) ?? 0)
      }
    }.sorted { $0.0 < $1.0 }
  }

  private static func spread(_ vips: [VIPSettings], _ devices: [String]) -> [Target] {
    var rounds: [[Target]] = Array(repeating: [], count: perGroup)
    var counts: [String: Int] = [:]
    for vip in vips {
      let round = counts[vip.dev, default: 0]
      guard round < perGroup else { continue }
      counts[vip.dev] = round + 1
      rounds[round].append(
        Target(address: IPv4Number(vip.prefix.address), device: devices.firstIndex(of: vip.dev) ?? 0))
    }
    return rounds.flatMap(\.self)
  }

  /// All addresses, for a socket's filter.
  package var all: [UInt32] { addresses.map(\.address) }

  /// The group that an address belongs to.
  package func group(of address: IPv4Number) -> GroupIndex? { find(address)?.group }

  /// The group that an address belongs to, and the place of its device in the generation; by bisection, without allocating.
  package func find(_ address: IPv4Number) -> (group: GroupIndex, device: Int)? {
    var low = 0
    var high = addresses.count
    while low < high {
      let middle = (low + high) / 2
      if addresses[middle].address < address.rawValue { low = middle + 1 } else { high = middle }
    }
    guard low < addresses.count, addresses[low].address == address.rawValue else { return nil }
    return (GroupIndex(addresses[low].group), addresses[low].device)
  }
}

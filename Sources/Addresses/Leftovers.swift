import Configuration
import Engine
import Netlink
import Support

/// What an earlier life of the agent has left in the kernel.
package struct Leftovers {
  /// Groups whose addresses are all there, on their devices and under their labels: somebody may adopt them.
  private(set) var whole: [(group: GroupAddresses, addresses: [InterfaceAddress])] = []
  /// The others, which serve nobody.
  private(set) var rest: [InterfaceAddress]

  /// Those of the groups' addresses that carry our mark, or all that do where no groups are given.
  package static func marked(of groups: [GroupAddresses]?, among addresses: [InterfaceAddress]) -> [InterfaceAddress] {
    let configured = groups.map { Set($0.flatMap { $0.vips.map(\.prefix) }) }
    return addresses.filter { $0.isMarked && configured?.contains($0.prefix) ?? true }
  }

  init(of groups: [GroupAddresses], among addresses: [InterfaceAddress], on devices: Devices) {
    rest = Self.marked(of: groups, among: addresses)
    guard !rest.isEmpty else { return }
    let byPrefix = Dictionary(grouping: rest, by: \.prefix)
    for group in groups {
      let found = group.vips.compactMap { vip in
        byPrefix[vip.prefix]?.first {
          $0.link == devices.named(vip.dev)?.index && $0.label == (vip.label ?? vip.dev)
        }
      }
      guard found.count == group.vips.count else { continue }
      whole.append((group, found))
      let taken = Set(found)
      rest.removeAll { taken.contains($0) }
    }
  }
}

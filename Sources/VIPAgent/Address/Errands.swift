import Netlink
import TakeoverCore

/// So many addresses are added or renewed before it is somebody else's turn: a millisecond or less of the kernel's work.
private let chunkSize = 256

/// A group's addresses on their way into the kernel.
struct Hold {
  let group: GroupAddresses
  let term: UInt64
  /// When the first chunk was asked for: the lease of all counts from then.
  let began: Instant
  let addresses: [InterfaceAddress]
  /// How many the kernel has confirmed.
  var confirmed = 0
  /// Somebody has removed one that was there already.
  var isDisturbed = false

  /// The next ones to ask for.
  var chunk: [InterfaceAddress] { Array(addresses[confirmed...].prefix(chunkSize)) }

  var isComplete: Bool { confirmed == addresses.count }
}

/// The renewal of all leases.
struct Renewal {
  /// When the first chunk was asked for: the new leases count from then.
  let began: Instant
  /// Of these groups.
  let groups: [GroupAddresses]
  /// What is still to be renewed, with the groups it belongs to.
  private var rest: ArraySlice<(group: Tag, address: InterfaceAddress)>
  /// Groups of which something could not be renewed.
  var refused: Set<Tag> = []

  init(of groups: [(GroupAddresses, [InterfaceAddress])], at began: Instant) {
    self.began = began
    self.groups = groups.map(\.0)
    rest = groups.flatMap { group, addresses in addresses.map { (group: group.tag, address: $0) } }[...]
  }

  var isComplete: Bool { rest.isEmpty }

  /// The next ones to renew, of groups whose lease is still running: what has ended or was let go of stays away.
  mutating func nextChunk(where isRunning: (Tag) -> Bool) -> [InterfaceAddress] {
    defer { rest = rest.dropFirst(chunkSize) }
    return rest.prefix(chunkSize).filter { isRunning($0.group) }.map(\.address)
  }
}

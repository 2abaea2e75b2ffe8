import Engine
import Netlink
import TakeoverCore

/// A group's addresses on their way into the kernel.
struct AddPass {
  /// So many are added before it is somebody else's turn, and before what was added is announced: a millisecond of the kernel's work.
  private static let chunkSize = 128

  let group: GroupAddresses
  let term: UInt64
  /// When the first chunk was asked for: the lease of all counts from then.
  let began: Instant
  let addresses: [InterfaceAddress]
  /// The claim is new: nobody has announced it, and nobody else announces the group.
  let isClaim: Bool
  /// How many the kernel has confirmed, and how many of these have been announced before the last is.
  var confirmed = 0, announced = 0
  /// Somebody has removed one that was there already.
  var isDisturbed = false

  /// The next ones to ask for.
  var chunk: [InterfaceAddress] { Array(addresses[confirmed...].prefix(Self.chunkSize)) }

  var isComplete: Bool { confirmed == addresses.count }
}

/// Why the kernel has a group's addresses.
struct Claim {
  let term: UInt64
  /// So many of them were announced before the last was confirmed, and need not be again.
  var announced: Int
}

/// The renewal of all leases.
struct RenewalPass {
  /// So many are renewed before it is somebody else's turn, in a millisecond as well.
  private static let chunkSize = 256

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
  mutating func nextChunk(where isRunning: (Tag) -> Bool) -> [(group: Tag, address: InterfaceAddress)] {
    defer { rest = rest.dropFirst(Self.chunkSize) }
    return rest.prefix(Self.chunkSize).filter { isRunning($0.group) }
  }
}

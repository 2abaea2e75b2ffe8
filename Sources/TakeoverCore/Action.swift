/// What the core wants done, in this order. Whoever executes them reports completion as an ``Event``.
public enum Action: BitwiseCopyable, Sendable {
  /// Say ``TakeoverCore/composeHeartbeat(at:)`` on every link.
  case sendHeartbeat
  /// Make the kernel hold exactly the group's addresses; answer with `addressesAdded` or `addressesFailed`, and
  /// with the latter again if this term failed before: the node gives the claim up when it hears of it.
  case addAddresses(GroupIndex, term: UInt64)
  /// Make the kernel hold none of the group's addresses and stop announcing them; answer with `addressesRemoved`.
  case removeAddresses(GroupIndex)
  /// Announce the group's addresses from now on, on the schedule, from its beginning; answer with `announced`.
  case announce(GroupIndex, term: UInt64)
  /// Announce the group's addresses once, beside the schedule: the defence of RFC 5227 §2.4 b.
  case defend(GroupIndex)
  /// Ask the wire by ARP probe who has the group's addresses (RFC 5227 §2.1.1): everybody, and with an address
  /// given only that one.
  case probe(GroupIndex, EthernetAddress?)
  /// Ask this Ethernet address by ICMP echo for the group's addresses and for its owner's own address.
  case echo(GroupIndex, EthernetAddress)
  /// A datagram was not taken into account: count it under its reason.
  case dropped(DropReason)
  /// Something an administrator wants to read.
  case report(Report)
  /// Nothing is held and everything is said: the agent may exit.
  case finished
}

/// The actions of one event, in order. It is made once and reused: in the long run it allocates nothing.
public struct ActionList: Sendable {
  /// The actions, first to last.
  public private(set) var all: [Action] = []

  /// An empty list with room for what the largest cluster can answer to one event.
  public init() {
    all.reserveCapacity(16 * Cluster.maximumGroups)
  }

  /// Forgets everything and keeps the room.
  public mutating func clear() {
    all.removeAll(keepingCapacity: true)
  }

  mutating func add(_ action: Action) {
    all.append(action)
  }
}

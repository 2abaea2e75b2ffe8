/// What an operator can ask of a node, a group each.
public enum Request: UInt8, CaseIterable, BitwiseCopyable, Sendable {
  /// Own the group no longer, and do not take it again until `available` or `takeover`.
  case standby
  /// Take part in the group again.
  case available
  /// Take the group from its owner, whatever the preference says, and keep it until the operator wants otherwise or it
  /// moves by itself.
  case takeover
  /// Bring the group to its best node now, whatever `auto_failback` and `failback_delay` say. Said to the owner it
  /// hands over; said to the best node it asks for the group.
  case failBack
}

/// Why a request was refused. Nothing has changed then.
public enum Refusal: Equatable, BitwiseCopyable, Sendable {
  /// The agent is stopping or restarting, or has not started yet.
  case stopping
  /// `standby`: no other node could take the group now; each node's reason is its ``Readiness`` in the snapshot.
  case nobodyCanTakeIt
  /// The node that would get the group, this one or the best one, cannot take it.
  case notReady(NodeIndex, Readiness)
  /// `takeover`: this node owns the group, or is about to.
  case alreadyOwner
  /// This node is handing the group over or letting go of it: ask again when it is done.
  case moving
  /// The owner is alive but does not hear this node, so it can not be asked.
  case ownerDoesNotHearUs(NodeIndex)
  /// `failBack`: nobody owns the group.
  case noOwner
  /// `failBack`: the group is where it belongs already.
  case alreadyBest(NodeIndex)
  /// This node goes before the one that was asked: ask there, or the owner.
  case betterNode(NodeIndex)
  /// `takeover`: the owner is silent, but this Ethernet address answers for its addresses. By force it is claimed all
  /// the same, and both may have the addresses until the other's lease ends.
  case answered(by: EthernetAddress)
  /// `takeover`: a node that is not heard properly or restarts says that it holds the group. Not even by force.
  case heldBack(until: Instant)
}

/// A request under way: accepted, and not yet fulfilled or given up.
struct Order: BitwiseCopyable, Sendable {
  let request: Request
  /// Whether this node asks another for the group; otherwise it gives the group away.
  let isAsking: Bool
  /// When it is given up, unless something moves.
  let until: Instant
}

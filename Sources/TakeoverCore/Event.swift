/// Everything that can happen to the core. Whoever feeds it says when.
public enum Event: BitwiseCopyable, Sendable {
  /// The agent runs from now on. The first event, once.
  case started
  /// ``TakeoverCore/nextDeadline`` has come.
  case timer
  /// An authentic heartbeat was heard, this node's own ones included.
  case heartbeat(Heartbeat)
  /// The kernel confirmed every address of the group, for the claim of this term.
  case addressesAdded(GroupIndex, term: UInt64)
  /// The kernel refused an address; whatever had been added of the group is removed again.
  case addressesFailed(GroupIndex, term: UInt64)
  /// The kernel has none of the group's addresses any more.
  case addressesRemoved(GroupIndex)
  /// Somebody else removed an address that the group holds.
  case addressesLost(GroupIndex)
  /// The first round of gratuitous ARP has left for every address of the group, for the claim of this term.
  case announced(GroupIndex, term: UInt64)
  /// All devices of the group's addresses are up and have carrier.
  case linkUp(GroupIndex)
  /// A device of the group's addresses is down, has lost its carrier or is gone. The state before the first event.
  case linkDown(GroupIndex)
  /// At least one device that carries heartbeats is up. Heartbeats can be heard.
  case hearing
  /// No device that carries heartbeats is up. The state before the first event.
  case deaf
  /// The operator ends the agent: hand over what can be, let go of the rest.
  case stop
}

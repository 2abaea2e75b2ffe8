/// Everything that can happen to the core. Whoever feeds it says when.
public enum Event: BitwiseCopyable, Sendable {
  /// The agent runs from now on; once. What the host has at that time (addresses, links, hardware) is told before: a
  /// heartbeat that does not know of them yet would say that this node holds nothing.
  case started
  /// ``TakeoverCore/nextDeadline`` has come.
  case timer
  /// An authentic heartbeat was heard, this node's own ones included. It had arrived at this time, and may have waited in a
  /// socket since: ``TakeoverCore/mayHearLater``.
  case heartbeat(Heartbeat, arrived: Instant)
  /// The kernel confirmed every address of the group, for the claim of this term, at this time.
  case addressesAdded(GroupIndex, term: UInt64, at: Instant)
  /// The kernel refused an address; whatever had been added of the group is removed again.
  case addressesFailed(GroupIndex, term: UInt64)
  /// The kernel has none of the group's addresses any more.
  case addressesRemoved(GroupIndex)
  /// The kernel has confirmed that the group's addresses last until then; `.never` for those without a lease. Comes
  /// before `addressesAdded`, and again with every renewal.
  case leased(GroupIndex, until: Instant)
  /// At the start of the agent, the kernel has all addresses of the group from an earlier life of it.
  case addressesFound(GroupIndex)
  /// A probe that ``Action/probe(_:at:)`` asked for has left on no device: what cannot be asked has not been silent.
  case unasked(GroupIndex)
  /// Somebody else removed an address that the group holds.
  case addressesLost(GroupIndex)
  /// The first gratuitous ARP has left for every address of the group, for the claim of this term; the last one's at this
  /// time.
  case announced(GroupIndex, term: UInt64, at: Instant)
  /// All devices of the group's addresses are up and have carrier.
  case linkUp(GroupIndex)
  /// A device of the group's addresses is down, has lost its carrier or is gone. The state before the first event.
  case linkDown(GroupIndex)
  /// The Ethernet addresses of this host: first those of the devices of all groups, then the others, at which its kernel may
  /// answer ARP for any address that it has.
  case hardware(HardwareList)
  /// Somebody answered an ARP probe for an address of the group.
  case answered(GroupIndex, by: EthernetAddress)
  /// Somebody answered an ICMP echo for an address of the group, or for its owner's own address.
  case echoed(GroupIndex, by: EthernetAddress)
  /// At least one device that carries heartbeats is up. Heartbeats can be heard.
  case hearing
  /// No device that carries heartbeats is up. The state before the first event.
  case deaf
  /// The operator had put this node on standby for a group, or for all (nil), when a former agent ran. Told before ``started``.
  case standbyRemembered(GroupIndex?)
  /// The operator wants this node to own nothing while the agent goes on: hand over every group that another node can
  /// take, and until `available` claim none that another can.
  case standby
  /// The operator wants this node to take part again.
  case available
  /// The operator asks something of this node for one group, or for every group (nil). Answered at once, for each group
  /// with ``Report/accepted(_:_:)`` or ``Report/refused(_:_:_:)``, and in the end, where it was accepted, with
  /// ``Report/fulfilled(_:_:)`` or ``Report/unfulfilled(_:_:_:)``. `force`: a standby lets go even if nobody takes the
  /// group; a takeover does not wait for a silent owner's kernel to fall silent.
  case request(Request, GroupIndex?, force: Bool)
  /// The operator ends the agent: hand over what can be, let go of the rest.
  case stop
  /// The operator ends the agent and starts another at once: leave the addresses to it under their leases.
  case restart
}

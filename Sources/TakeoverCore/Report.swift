/// What happened and why, for the log, the status and the metrics. Names and sentences are made elsewhere: the core
/// has only numbers.
public enum Report: BitwiseCopyable, Sendable {
  /// A group changed its state. The only report of a change of state; each change has exactly one.
  case transitioned(GroupIndex, from: GroupReport.Role, to: GroupReport.Role, Cause, term: UInt64)
  /// A node was heard for the first time, or again under a new session.
  case joined(NodeIndex, session: UInt64)
  /// A node has been silent for longer than warntime.
  case late(NodeIndex, silence: Interval, missed: Int64)
  /// A late node was heard again before its deadtime.
  case onTime(NodeIndex, silence: Interval)
  /// A node has been silent for its deadtime.
  case dead(NodeIndex, silence: Interval, missed: Int64)
  /// A dead node is heard again in its old session: it was cut off, not restarted.
  case returned(NodeIndex, silence: Interval)
  /// A node said goodbye.
  case left(NodeIndex)
  /// A node is heard, but has not heard this node for a deadtime.
  case unheard(NodeIndex)
  /// A node that did not hear this node does so again.
  case heardAgain(NodeIndex)
  /// A node's heartbeats have not proven for a deadtime that they are no recording: it does not hear this node.
  case unproven(NodeIndex)
  /// A node's configuration says something else than this node's.
  case configurationDiffers(NodeIndex, theirs: UInt32)
  /// A node's configuration agrees with this node's again.
  case configurationAgrees(NodeIndex)
  /// Another agent uses this node's name.
  case namesake(session: UInt64)
  /// A node says other times than this node's configuration has.
  case timingDiffers(NodeIndex, keepalive: Interval, deadtime: Interval)
  /// This node would claim the group, but a node, or whoever speaks in its name, holds it back.
  case claimHeldBack(GroupIndex, by: NodeIndex, HoldBack)
  /// A node that the configuration does not name signs with our key.
  case unknownNode(Tag)
  /// Two holders heard each other; `won` says whether this node keeps the addresses.
  case conflict(GroupIndex, with: NodeIndex, theirTerm: UInt64, won: Bool)
  /// Somebody else removed an address; it is put back.
  case interference(GroupIndex)
  /// This thread was not run for longer than a deadtime beyond its time.
  case stalled(lateness: Interval)
  /// The owner is silent, but this Ethernet address answers for the group: a node's, or nobody's we know.
  case answered(GroupIndex, by: EthernetAddress, of: NodeIndex?)
  /// Nothing of the group can be asked for on the wire: the claim waits until a lease has ended.
  case unasked(GroupIndex, until: Instant)
  /// What answers for a dead owner is a proxy: ARP is answered, ICMP echo is not.
  case proxied(GroupIndex, by: EthernetAddress)
  /// A host that is none of the nodes uses an address of ours; `defended` says whether it was answered this time.
  case usurped(GroupIndex, by: EthernetAddress, defended: Bool)
  /// The kernel had the addresses from an earlier life, but another node owns them: they are removed.
  case leftoverRemoved(GroupIndex, owner: NodeIndex)
  /// A node restarts its agent and leaves its addresses to the successor.
  case restarting(NodeIndex)
  /// Addresses are removed again and again by somebody else.
  case storm(GroupIndex, losses: Int)
  /// The operator wants this node on standby, but nobody could take this group: the node keeps it.
  case standbyRefused(GroupIndex)
  /// The operator has put this node on standby, or made it available again.
  case onStandby(Bool)
  /// The operator has put this node on standby for this group, or made it available again.
  case groupOnStandby(GroupIndex, Bool)
  /// The operator's request is taken up.
  case accepted(GroupIndex, Request)
  /// The operator's request is refused; nothing has changed.
  case refused(GroupIndex, Request, Refusal)
  /// What the operator asked for is done.
  case fulfilled(GroupIndex, Request)
  /// What the operator asked for did not come about.
  case unfulfilled(GroupIndex, Request, Cause)
  /// A claim has made this node the owner: how long each step took.
  case tookOver(Timeline)
  /// The agent ends before its addresses were confirmed to be gone.
  case endedEarly
}

/// What of a node's holds a claim back.
public enum HoldBack: BitwiseCopyable, Sendable {
  /// Words of a session that does not prove that it hears this node: an owner with blocked ears, or a recording.
  case unproven
  /// It restarts on purpose, and its kernel has the addresses.
  case restarting
  /// Another agent speaks in this node's own name, or a recording of a former session of its own.
  case namesake
}

/// Why a group changed its state.
public enum Cause: BitwiseCopyable, Sendable {
  /// A device went down or was lost.
  case linkDown
  /// No heartbeat device is up: nothing can be heard.
  case deaf
  /// Every configured node has been heard.
  case heardAll
  /// Not every node was heard for so long: initdead, or less after a short stall.
  case listened(for: Interval)
  /// The owner was silent for its deadtime.
  case ownerDead(NodeIndex, silence: Interval, missed: Int64)
  /// The owner said goodbye.
  case ownerLeft(NodeIndex)
  /// The owner is there but let go.
  case ownerLetGo(NodeIndex)
  /// Nobody has owned the group for as long as this node has listened.
  case noOwner
  /// The owner was silent, but something answered for its addresses until now, for so long.
  case answersStopped(NodeIndex, after: Interval)
  /// The owner is dead, and what answers for its addresses is a proxy.
  case ownerProxied(NodeIndex)
  /// The kernel has the addresses from an earlier life of the agent, and nobody owns them.
  case adoption
  /// The owner handed the group to this node.
  case handOver(from: NodeIndex)
  /// The addresses are there and announced.
  case announced
  /// The kernel refused an address.
  case refused
  /// A better node asked for its group.
  case failBack(to: NodeIndex)
  /// The operator has put this node on standby; with a target the group is handed over first.
  case standby(to: NodeIndex?)
  /// The operator wants the group on that node: a takeover or a fail-back was asked for there.
  case requested(by: NodeIndex)
  /// The operator wants the group on this node by force.
  case forced
  /// The owner did not hand the group over in time.
  case unanswered
  /// The operator has asked for something else.
  case superseded
  /// The agent ends; with a target the group is handed over first.
  case stopping(to: NodeIndex?)
  /// The target of a hand-over reported that it owns the group.
  case taken(by: NodeIndex)
  /// The target of a hand-over did not take the group.
  case handOverFailed(to: NodeIndex)
  /// Another holder has the newer claim.
  case outranked(by: NodeIndex)
  /// The owner that this node took for dead is alive, and nothing was announced yet.
  case ownerAlive(NodeIndex)
  /// The kernel has not confirmed the lease in time.
  case leaseExpired
  /// Somebody else keeps removing the addresses.
  case storm(to: NodeIndex?)
  /// This node was stopped for longer than its deadtime.
  case stalled
  /// The addresses are gone from the kernel.
  case removed
  /// Enough time has passed since the kernel refused.
  case retry
}

/// What this node is to a group, and what it needs to know to go on from there.
struct Group: BitwiseCopyable, Sendable {
  enum State: BitwiseCopyable, Sendable {
    case listening
    case standby
    case claiming
    case owner
    case releasing(Release)
    /// Holds nothing; tries again when it is time.
    case faulted(retryAt: Instant)
  }

  enum Release: BitwiseCopyable, Sendable {
    /// Still holding: the target shall have the addresses before they are removed here.
    case handingOver(to: NodeIndex, until: Instant)
    /// Waiting for the kernel to confirm that they are gone; then standby, or listening for so long.
    case removing(thenListenFor: Interval?)
  }

  var state = State.listening
  /// The term of this node's own claim, while it holds.
  var term: UInt64 = 0
  /// The highest term heard of or claimed.
  var highestTerm: UInt64 = 0
  /// Whether the devices of the group's addresses are up.
  var linkIsUp = false
  /// Whether a device has been down since the agent started, and until when it must stay up to be trusted again.
  var hasLostLink = false
  var linkTrustedAt = Instant.origin
  /// Since when this node listens, and until when if not everybody is heard; `.never` while there is nothing to hear.
  var listeningSince = Instant.never
  var listensUntil = Instant.never
  /// When the state wants to be looked at again by itself.
  var deadline = Instant.never
  /// Until when a better node that is still listening goes first, after a start of both.
  var deferUntil = Instant.origin
  /// Since when this node has been ready to take the group.
  var readySince = Instant.origin
  /// Whether this node asks the owner for the group.
  var wants = false
  /// Until when this node says that it let go in a conflict; `.never` while it still lets go.
  var yieldedUntil = Instant.origin
  /// A hand-over that failed is not tried again before.
  var handOverNotBefore = Instant.origin
  /// Refusals by the kernel in a row.
  var refusals = 0
  /// Who was last heard to own the group.
  var lastOwner: NodeIndex?
  /// A bit a node: holds the group too, while this node owns it.
  var contested: UInt16 = 0
  /// A bit a node: says that it let go in a conflict.
  var yieldedHeard: UInt16 = 0
  /// Until when the kernel holds the addresses for certain, by its last confirmation; `.never` without a lease.
  var leaseUntil = Instant.never
  /// The kernel has the addresses from an earlier life of the agent.
  var isPresent = false
  /// Since when something has held a claim back, and who was reported to, a bit a node; since the state last changed.
  var heldBackSince = Instant.never
  var heldBackBy: UInt16 = 0
  /// What the wire says while the owner is silent.
  var probing = ProbeState()
  /// Addresses that somebody else removed, since when, and whether it has become a storm.
  var losses = 0
  var lossesSince = Instant.origin
  var isStormy = false
  /// When addresses that were removed in a storm are put back; `.never` when none is missing.
  var restoreAt = Instant.never
  /// A foreign claim is not answered again before.
  var defendNotBefore = Instant.origin
  /// A dead node is heard again: the network has healed, and the addresses must be announced anew.
  var isHealed = false
  /// The operator has put this node on standby for the group: it is the last to take it.
  var isOnStandby = false
  /// He has done so by force: it does not take the group even if nobody else can.
  var isWithdrawn = false
  /// The operator has put the group here: it stays while this node holds it.
  var isPlaced = false
  /// The claim of another node whose holder has said so last; 0 for none.
  var placedTerm: UInt64 = 0
  /// What the operator asked for and is not done yet.
  var order: Order?
  /// When the state last changed; nil before the first change.
  var since: Instant?
  /// Since when the node that was last heard to own the group has been heard to.
  var lastOwnerSince = Instant.origin
  /// How the claim goes, while there is one.
  var timeline = Timeline()
  /// Must be assessed before the current event is over.
  var isDirty = false

  var role: GroupReport.Role {
    switch state {
    case .listening: .listening
    case .standby: .standby
    case .claiming: .claiming
    case .owner: .owner
    case .releasing: .releasing
    case .faulted: .faulted
    }
  }
}

/// A node's place in the election for one group. Less is better; the order is total, so that all nodes agree.
struct CandidateOrder: Comparable {
  let isIneligible: Bool
  let isOnStandby: Bool
  let degraded: UInt8
  let rank: UInt8
  let node: Tag

  static func < (left: CandidateOrder, right: CandidateOrder) -> Bool {
    if left.isIneligible != right.isIneligible { return right.isIneligible }
    if left.isOnStandby != right.isOnStandby { return right.isOnStandby }
    if left.degraded != right.degraded { return left.degraded < right.degraded }
    if left.rank != right.rank { return left.rank < right.rank }
    return left.node < right.node
  }
}

/// How two claims for one group compare: the newer term, and where two claims crossed the better rank, then the
/// tag. It looks at nothing that changes during a claim, so that both sides come to the same result.
struct ClaimOrder: Comparable {
  let term: UInt64
  let rank: UInt8
  let node: Tag

  /// Greater wins.
  static func < (left: ClaimOrder, right: ClaimOrder) -> Bool {
    if left.term != right.term { return left.term < right.term }
    if left.rank != right.rank { return left.rank > right.rank }
    return left.node > right.node
  }
}

/// Everything that a node knows of the others and of the groups at one moment, as plain values.
///
/// Made once, with room for the largest cluster; ``TakeoverCore/snapshot(into:at:)`` fills it without allocating, as
/// long as nobody keeps a copy of its arrays meanwhile. Nodes and groups stand at the places they have in the core's
/// ``Cluster``.
public struct CoreSnapshot: Sendable {
  /// What the agent is doing as a whole.
  public enum Life: UInt8, BitwiseCopyable, Sendable { case notStarted, running, stopping, restarting, finished }

  /// A node as this one hears it. The entry of this node itself says only what it knows of itself.
  public struct Node: BitwiseCopyable, Sendable {
    /// Whether it is alive.
    public var condition = NodeCondition.unknown
    /// Its proven session, 0 before the first, and the newest sequence number of it.
    public var session: UInt64 = 0
    public var sequence: UInt64 = 0
    /// When it was last heard; nil before the first time.
    public var lastHeard: Instant?
    /// Its own keepalive and deadtime; zero before it was heard.
    public var keepalive = Interval.zero
    public var deadtime = Interval.zero
    /// The fingerprint of its configuration, and whether it is not ours.
    public var fingerprint: UInt32 = 0
    public var configurationDiffers = false
    /// Whether it says that it hears this node.
    public var hearsUs = false
    /// Leaving, goodbye, restarting: as it last said.
    public var flags = Heartbeat.Flags()
    /// It restarts: until when its kernel is expected to hold what it held; nil where it does not.
    public var bearUntil: Instant?
    /// A session in its name that has not proven that it is no recording, since when; nil where there is none.
    public var unprovenSession: UInt64?
    public var unprovenSince: Instant?
  }

  /// Who owns a group, as far as this node knows.
  public enum Ownership: Equatable, BitwiseCopyable, Sendable {
    /// Nobody does.
    case nobody
    /// This node does, or is handing over and still serves.
    case me
    /// That node does.
    case node(NodeIndex)
    /// More than one says so: a conflict, being settled.
    case several
  }

  /// A group as this node stands to it.
  public struct Group: BitwiseCopyable, Sendable {
    /// What this node is to the group, and since when; nil where nothing has changed since the start.
    public var role = GroupReport.Role.listening
    public var since: Instant?
    /// The term of this node's claim while it holds, otherwise 0; and the highest that was heard of.
    public var term: UInt64 = 0
    public var highestTerm: UInt64 = 0
    /// Who owns it, and since when this node knows; nil where nobody does.
    public var ownership = Ownership.nobody
    public var ownedSince: Instant?
    /// Whether this node could take it now, and if not, why.
    public var readiness = Readiness.leaving
    /// This node's rank; 0 is the best.
    public var rank: UInt8 = 0
    /// Whether all devices of its addresses are up here.
    public var linkIsUp = false
    /// Whether the operator has put this node on standby for it.
    public var isOnStandby = false
    /// Whether the owner holds it because an operator put it there.
    public var isPlaced = false
    /// Whether the kernel has its addresses from an earlier life of the agent.
    public var isLeftover = false
    /// Until when the kernel holds the addresses for certain; nil without a lease.
    public var leaseUntil: Instant?
    /// When this node has listened for long enough; nil where it does not listen or has nothing to hear.
    public var listensUntil: Instant?
    /// Faulted: when it tries again.
    public var retriesAt: Instant?
    /// Handing over: to whom.
    public var target: NodeIndex?
    /// Somebody keeps removing the addresses.
    public var isStormy = false
    /// The wire is being asked whether the owner's kernel lives.
    public var isAsking = false
    /// An answer holds this node's claim back: since when, whose Ethernet address, and which node's that is.
    public var heldSince: Instant?
    public var answerer = EthernetAddress.zero
    public var answeringNode: NodeIndex?
    /// An unproven or restarting holder holds this node's claim back: until when.
    public var heldBackUntil: Instant?
    /// The operator's request that is under way.
    public var request: Request?
  }

  /// What a node last said about a group.
  public struct Stance: BitwiseCopyable, Sendable {
    /// What it said; of this node itself, what it says.
    public var report = GroupReport(group: .none)
    /// Whether it could take the group now, and if not, why.
    public var readiness = Readiness.notHeard
  }

  /// When it was taken.
  public var takenAt = Instant.origin
  /// How many nodes and groups are in use of the arrays.
  public var nodeCount = 0
  public var groupCount = 0
  /// This node.
  public var me = NodeIndex(0)
  public var life = Life.notStarted
  /// This node's session and the number of its last heartbeat.
  public var session: UInt64 = 0
  public var sequence: UInt64 = 0
  /// No heartbeat device is up.
  public var isDeaf = true
  /// Another agent with this node's name is heard.
  public var hearsNamesake = false
  /// Groups that a reload adds will be on standby.
  public var isOnStandby = false
  /// By node and by group.
  public var nodes: [Node]
  public var groups: [Group]
  private var stances: [Stance]

  /// Room for the largest cluster.
  public init() {
    nodes = Array(repeating: Node(), count: Cluster.maximumNodes)
    groups = Array(repeating: Group(), count: Cluster.maximumGroups)
    stances = Array(repeating: Stance(), count: Cluster.maximumNodes * Cluster.maximumGroups)
  }

  /// What a node last said about a group; places are below ``nodeCount`` and ``groupCount``.
  public internal(set) subscript(node: Int, group: Int) -> Stance {
    get { stances[node * Cluster.maximumGroups + group] }
    set { stances[node * Cluster.maximumGroups + group] = newValue }
  }
}

extension TakeoverCore {
  /// Fills a snapshot. Allocates nothing.
  public func snapshot(into snapshot: inout CoreSnapshot, at now: Instant) {
    snapshot.takenAt = now
    snapshot.nodeCount = min(peers.count, snapshot.nodes.count)
    snapshot.groupCount = min(groups.count, snapshot.groups.count)
    snapshot.me = cluster.me
    snapshot.session = session
    snapshot.sequence = sequence
    snapshot.isDeaf = isDeaf
    snapshot.hearsNamesake = namesake.isCurrent(at: now)
  }
}

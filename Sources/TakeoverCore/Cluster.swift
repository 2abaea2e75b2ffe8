/// What the nodes have agreed on in their configuration, seen from one of them.
public struct Cluster: Sendable {
  /// At most this many nodes and groups: one heartbeat must fit into one Ethernet frame.
  public static let maximumNodes = 16, maximumGroups = 32

  /// The cluster's tag.
  public var tag: Tag
  /// The configuration's fingerprint, the same on all nodes when their files say the same.
  public var fingerprint: UInt32
  /// Every node, this one too.
  public var nodes: [Tag]
  /// This node.
  public var me: NodeIndex
  /// Time between two heartbeats of this node.
  public var keepalive: Interval
  /// Silence after which a node with this node's deadtime is late.
  public var warntime: Interval
  /// Silence after which the others take this node for dead.
  public var deadtime: Interval
  /// How long to listen after start, link-up or a stall before claiming.
  public var initdead: Interval
  /// Every group.
  public var groups: [GroupRules]

  /// Puts an agreement together; the caller has checked names, ranges and bounds.
  public init(
    tag: Tag, fingerprint: UInt32, nodes: [Tag], me: NodeIndex, keepalive: Interval, warntime: Interval,
    deadtime: Interval, initdead: Interval, groups: [GroupRules]
  ) {
    self.tag = tag
    self.fingerprint = fingerprint
    self.nodes = nodes
    self.me = me
    self.keepalive = keepalive
    self.warntime = warntime
    self.deadtime = deadtime
    self.initdead = initdead
    self.groups = groups
  }
}

/// What has been agreed on for one group of addresses.
public struct GroupRules: Sendable {
  /// The group's tag.
  public var tag: Tag
  /// For each node, in the order of ``Cluster/nodes``, its place in the group's order of preference: 0 is the best.
  public var ranks: [UInt8]
  /// Whether the group returns to a better node when that node is back.
  public var autoFailback: Bool
  /// How long a better node must have been ready before it asks for the group.
  public var failbackDelay: Interval
  /// The lifetime under which the kernel holds the addresses; nil where it holds them for ever.
  public var lease: Interval?
  /// What to do when the owner is silent but something answers for the addresses.
  public var onConflict: ConflictPolicy

  /// What to do when the owner is silent but something answers for the addresses.
  public enum ConflictPolicy: BitwiseCopyable, Sendable {
    /// Ask the wire before claiming, and wait while it answers.
    case wait
    /// Do not ask: claim, as VRRP daemons do.
    case claim
  }

  /// Puts rules together; `ranks` has one entry a node.
  public init(
    tag: Tag, ranks: [UInt8], autoFailback: Bool, failbackDelay: Interval, lease: Interval? = nil,
    onConflict: ConflictPolicy = .claim
  ) {
    self.tag = tag
    self.ranks = ranks
    self.autoFailback = autoFailback
    self.failbackDelay = failbackDelay
    self.lease = lease
    self.onConflict = onConflict
  }
}

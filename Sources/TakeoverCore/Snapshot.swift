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
    /// Its proven session; 0 before the first.
    public var session: UInt64 = 0
    /// The newest sequence number heard of that session.
    public var sequence: UInt64 = 0
    /// When it was last heard; nil before the first time.
    public var lastHeard: Instant?
    /// Time between two of its heartbeats, as it says; zero before it was heard.
    public var keepalive = Interval.zero
    /// Silence after which it is dead, as it says; zero before it was heard.
    public var deadtime = Interval.zero
    /// The fingerprint of its configuration; 0 before it was heard.
    public var fingerprint: UInt32 = 0
    /// Whether that is not ours.
    public var configurationDiffers = false
    /// Whether it says that it hears this node.
    public var hearsUs = false
    /// Since when it has been heard without saying so; nil while it says so, or is not heard.
    public var unheardSince: Instant?
    /// Leaving, goodbye, restarting: as it last said.
    public var flags = Heartbeat.Flags()
    /// It restarts: until when its kernel is expected to hold what it held; nil where it does not.
    public var bearUntil: Instant?
    /// A session in its name that has not proven that it is no recording; nil where there is none.
    public var unprovenSession: UInt64?
    /// Since when that session has been heard.
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
    /// What this node is to the group.
    public var role = GroupReport.Role.listening
    /// Since when; nil where nothing has changed since the start.
    public var since: Instant?
    /// The term of this node's claim while it holds, otherwise 0.
    public var term: UInt64 = 0
    /// The highest term that was heard of or claimed.
    public var highestTerm: UInt64 = 0
    /// Who owns it.
    public var ownership = Ownership.nobody
    /// Since when that one owns it, as far as this node knows; nil where it is not one.
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
    /// Since when an answer has held this node's claim back; nil where none does.
    public var heldSince: Instant?
    /// Who answered last while the wire is asked; zero where nobody did.
    public var answerer = EthernetAddress.zero
    /// The node whose Ethernet address that is; nil where it is nobody's we know.
    public var answeringNode: NodeIndex?
    /// Who holds this node's claim back by what it says; nil where nobody does.
    public var hold: ClaimHold?
    /// Nobody can be asked for the group on the wire: until when the claim waits.
    public var unaskedUntil: Instant?
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
  /// How many nodes there are.
  public var nodeCount = 0
  /// How many groups there are.
  public var groupCount = 0
  /// This node.
  public var me = NodeIndex(0)
  /// What the agent is doing as a whole.
  public var life = Life.notStarted
  /// This node's session.
  public var session: UInt64 = 0
  /// The number of this node's last heartbeat.
  public var sequence: UInt64 = 0
  /// No heartbeat device is up.
  public var hasNoHeartbeatLink = true
  /// Another agent with this node's name is heard.
  public var hearsNamesake = false
  /// Groups that a reload adds will be on standby.
  public var isOnStandby = false
  /// By node, up to ``nodeCount``; what comes after means nothing.
  public var nodes: [Node]
  /// By group, up to ``groupCount``; what comes after means nothing.
  public var groups: [Group]
  var stances: [Stance]

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
    snapshot.life = snapshotLife
    snapshot.session = session
    snapshot.sequence = sequence
    snapshot.hasNoHeartbeatLink = hasNoHeartbeatLink
    snapshot.hearsNamesake = hasNamesake(at: now)
    snapshot.isOnStandby = isOnStandby
    let me = Int(cluster.me.position)
    for node in 0..<snapshot.nodeCount {
      snapshot.nodes[node] = node == me ? snapshotOfMe(at: now) : self.snapshot(of: node, at: now)
      for group in 0..<snapshot.groupCount {
        snapshot[node, group] = CoreSnapshot.Stance(
          report: node == me ? report(on: group, at: now) : report(by: node, on: group),
          readiness: node == me ? myReadiness(group, at: now) : readiness(of: node, for: group))
      }
    }
    for group in 0..<snapshot.groupCount { snapshot.groups[group] = self.snapshot(on: group, at: now) }
  }

  private var snapshotLife: CoreSnapshot.Life {
    switch life {
    case .notStarted: .notStarted
    case .running: .running
    case .leaving, .parting: .stopping
    case .restarting: .restarting
    case .finished: .finished
    }
  }

  private func snapshotOfMe(at now: Instant) -> CoreSnapshot.Node {
    var node = CoreSnapshot.Node()
    node.condition = .alive
    node.session = session
    node.sequence = sequence
    node.lastHeard = now
    node.keepalive = cluster.keepalive
    node.deadtime = cluster.deadtime
    node.fingerprint = cluster.fingerprint
    node.hearsUs = true
    node.flags = lifeFlags
    return node
  }

  private func snapshot(of position: Int, at now: Instant) -> CoreSnapshot.Node {
    let peer = peers[position]
    var node = CoreSnapshot.Node()
    node.condition = peer.condition
    node.session = peer.session
    node.sequence = peer.sequence
    node.lastHeard = peer.condition == .unknown ? nil : peer.lastHeard
    node.keepalive = peer.keepalive
    node.deadtime = peer.deadtime
    node.fingerprint = peer.fingerprint
    node.configurationDiffers = peer.fingerprint != 0 && peer.configurationDiffers
    node.hearsUs = peer.isAlive && peer.hearsUs
    node.unheardSince = peer.isAlive && !peer.hearsUs ? peer.unheardSince : nil
    node.flags = peer.flags
    node.bearUntil = peer.restartsSince == .never ? nil : bearUntil(peer.restartsSince, at: now)
    if let session = unproven[position].latest(at: now) {
      node.unprovenSession = session.session
      node.unprovenSince = session.since
    }
    return node
  }

  /// Until when what a node held that restarts may still be in its kernel; nil where that is over.
  private func bearUntil(_ since: Instant, at now: Instant) -> Instant? {
    let until = since + (cluster.groups.compactMap(\.lease).max() ?? Self.presumedLease)
    return until > now ? until : nil
  }

  private func snapshot(on position: Int, at now: Instant) -> CoreSnapshot.Group {
    let group = groups[position]
    var result = CoreSnapshot.Group()
    result.role = group.role
    result.since = group.since
    result.term = group.role.holds ? group.term : 0
    result.highestTerm = group.highestTerm
    (result.ownership, result.ownedSince, result.isPlaced) = ownership(of: position)
    result.readiness = myReadiness(position, at: now)
    result.rank = myRank(position)
    result.linkIsUp = group.linkIsUp
    result.isOnStandby = group.isOnStandby
    result.isLeftover = group.isPresent
    result.leaseUntil = group.leaseUntil == .never ? nil : group.leaseUntil
    result.isStormy = group.isStormy || group.restoreAt != .never
    result.hold = claimHold(position, at: now)
    result.unaskedUntil = group.probing.isAsking ? unaskedEnd(position) : nil
    result.request = group.order?.request
    result.isAsking = group.probing.isAsking
    result.heldSince = group.probing.heldSince == .never ? nil : group.probing.heldSince
    result.answerer = group.probing.answerer
    result.answeringNode = node(with: group.probing.answerer)
    switch group.state {
    case .listening where group.listeningSince != .never:
      result.listensUntil = group.listensUntil
    case .faulted(let retryAt): result.retriesAt = retryAt
    case .releasing(.handingOver(let target, _)): result.target = target
    case .listening, .standby, .claiming, .owner, .releasing(.removing): break
    }
    return result
  }

  private func ownership(of position: Int) -> (CoreSnapshot.Ownership, since: Instant?, isPlaced: Bool) {
    var owners = 0
    // Who hands over serves until somebody else says owner.
    var result: (CoreSnapshot.Ownership, since: Instant?, isPlaced: Bool) = (.nobody, nil, false)
    switch groups[position].state {
    case .owner, .releasing(.handingOver):
      if case .owner = groups[position].state { owners = 1 }
      result = (.me, groups[position].timeline.announced, groups[position].isPlaced)
    case .listening, .standby, .claiming, .releasing(.removing), .faulted: break
    }
    for node in peers.indices where peers[node].isAlive {
      let report = report(by: node, on: position)
      let isHandingOver = report.role == .releasing && report.target != .none
      guard report.role == .owner || isHandingOver && result.0 == .nobody else { continue }
      if report.role == .owner { owners += 1 }
      result = (.node(NodeIndex(node)), groups[position].lastOwnerSince, report.flags.contains(.placed))
    }
    return owners > 1 ? (.several, nil, false) : result
  }
}

/// Everything an agent says about itself when it is asked for its status: what `vipagent status --json` prints, and what
/// the table, the live view, the metrics and the doctor are made of. docs/control.md describes it key by key.
///
/// Keys are these names in snake case. Times of day are RFC 3339 with milliseconds, in UTC; lengths of time end in `Us`
/// and are microseconds; hexadecimal numbers are strings. What is unknown is left out.
package struct Status: Codable, Equatable, Sendable {
  package var agent: AgentStatus
  package var heartbeat: HeartbeatStatus
  package var groups: [GroupStatus]
  /// Every other node.
  package var peers: [PeerStatus]
  /// The last takeovers by this node, the newest first.
  package var takeovers: [TakeoverStatus]
  package var counters: AgentCounters

  package init(
    agent: AgentStatus, heartbeat: HeartbeatStatus, groups: [GroupStatus], peers: [PeerStatus],
    takeovers: [TakeoverStatus], counters: AgentCounters
  ) {
    self.agent = agent
    self.heartbeat = heartbeat
    self.groups = groups
    self.peers = peers
    self.takeovers = takeovers
    self.counters = counters
  }
}

/// The process.
package struct AgentStatus: Codable, Equatable, Sendable {
  package enum State: String, Codable, Sendable { case running, stopping, restarting }

  package var version: String
  package var cluster: String
  package var node: String
  package var pid: Int32
  package var state: State
  package var started: String
  package var uptimeUs: Int64
  /// Drawn at the start; what the others know this agent by.
  package var session: String
  package var config: String
  /// The fingerprint of the configuration in force.
  package var fingerprint: String
  /// When the configuration in force was read.
  package var configured: String
  /// Why the last reload was refused, until one succeeds.
  package var reloadRefused: String?
  /// Whether the heartbeat thread runs under SCHED_FIFO.
  package var realtime: Bool
  /// Whether the memory is locked.
  package var memoryLocked: Bool
  /// Devices of the configuration that carry nothing, as "eth0 has no carrier"; nothing where all do.
  package var deviceTroubles: [String]?
  /// What the configuration does on this host that may not be meant, each in a sentence; nothing where there is nothing.
  package var doubts: [String]?
  /// Whether an operator has put this node on standby for every group, those that a reload adds among them.
  package var onStandby = false
  /// Why a later agent will not know what this node is on standby for; nothing where it will.
  package var standbyForgotten: String?

  package init(
    version: String, cluster: String, node: String, pid: Int32, state: State, started: String, uptimeUs: Int64,
    session: String, config: String, fingerprint: String, configured: String, reloadRefused: String? = nil,
    realtime: Bool, memoryLocked: Bool, deviceTroubles: [String]? = nil, doubts: [String]? = nil,
    onStandby: Bool = false, standbyForgotten: String? = nil
  ) {
    self.version = version
    self.cluster = cluster
    self.node = node
    self.pid = pid
    self.state = state
    self.started = started
    self.uptimeUs = uptimeUs
    self.session = session
    self.config = config
    self.fingerprint = fingerprint
    self.configured = configured
    self.reloadRefused = reloadRefused
    self.realtime = realtime
    self.memoryLocked = memoryLocked
    self.deviceTroubles = deviceTroubles
    self.doubts = doubts
    self.onStandby = onStandby
    self.standbyForgotten = standbyForgotten
  }
}

/// What the nodes have agreed on, and how it goes.
package struct HeartbeatStatus: Codable, Equatable, Sendable {
  package var port: Int
  package var keepaliveUs: Int64
  package var warntimeUs: Int64
  package var deadtimeUs: Int64
  package var initdeadUs: Int64
  /// Heartbeats said, one for all links together.
  package var sent: UInt64
  /// Authentic heartbeats heard, this node's own and copies over several links among them.
  package var received: UInt64
  /// Datagrams dropped, by the name of the reason; reasons that never occurred are left out.
  package var dropped: [String: UInt64]
  package var links: [LinkStatus]
  /// Whether these devices have no addresses of their own by design.
  package var unnumbered = false
  /// What the arrival gaps of all peers say about deadtime; nothing before there is enough to go by.
  package var advice: DeadtimeAdvice?

  package init(
    port: Int, keepaliveUs: Int64, warntimeUs: Int64, deadtimeUs: Int64, initdeadUs: Int64, sent: UInt64,
    received: UInt64, dropped: [String: UInt64], links: [LinkStatus], unnumbered: Bool = false,
    advice: DeadtimeAdvice? = nil
  ) {
    self.port = port
    self.keepaliveUs = keepaliveUs
    self.warntimeUs = warntimeUs
    self.deadtimeUs = deadtimeUs
    self.initdeadUs = initdeadUs
    self.sent = sent
    self.received = received
    self.dropped = dropped
    self.links = links
    self.unnumbered = unnumbered
    self.advice = advice
  }
}

/// A device that heartbeats go over.
package struct LinkStatus: Codable, Equatable, Sendable {
  package var device: String
  /// Whether the device is there and a socket is bound to it.
  package var open: Bool
  /// Why heartbeats do not leave; nothing while they do.
  package var failure: String?
  /// The device's own address, which heartbeats leave from; nothing where it has none.
  package var source: String?
  /// Whose heartbeats come from a shared address, so that the kernel drops them; nothing where nobody's do.
  package var martian: String?

  package init(device: String, open: Bool, failure: String? = nil, source: String? = nil, martian: String? = nil) {
    self.device = device
    self.open = open
    self.failure = failure
    self.source = source
    self.martian = martian
  }
}

/// The recipe of heartbeat's FAQ, by measurement: deadtime at least twice the longest gap, and three keepalives.
package struct DeadtimeAdvice: Codable, Equatable, Sendable {
  /// The longest gap between two heartbeats of a living peer, over the best link, of the last half to whole hour.
  package var longestGapUs: Int64
  /// The shortest deadtime that leaves the margin.
  package var recommendedUs: Int64
  /// Deadtime in force ÷ longest gap: what is left before a false alarm. 2 and more is comfortable.
  package var margin: Double
  /// How long that is.
  package var observedUs: Int64

  package init(longestGapUs: Int64, recommendedUs: Int64, margin: Double, observedUs: Int64) {
    self.longestGapUs = longestGapUs
    self.recommendedUs = recommendedUs
    self.margin = margin
    self.observedUs = observedUs
  }
}

/// Addresses that move together, as this node sees them.
package struct GroupStatus: Codable, Equatable, Sendable {
  package var name: String
  /// What this node is to the group: listening, backup, claiming, owner, releasing, faulted.
  package var role: String
  /// The node that owns it; nothing if there is none, or several.
  package var owner: String?
  /// Whether several nodes say that they own it.
  package var conflict: Bool
  package var term: UInt64
  /// Since when this node has had its role, and why, in the words of the log.
  package var since: String
  package var sinceUs: Int64
  package var cause: String
  package var addresses: [AddressStatus]
  /// The lifetime under which the kernel holds the addresses; nothing without one.
  package var leaseUs: Int64?
  /// What is left of it by the last confirmation; nothing where this node holds nothing.
  package var leaseLeftUs: Int64?
  package var autoFailback: Bool
  /// Whether an operator has put the group where it is.
  package var placedByOperator: Bool
  /// Whether an operator has put this node on standby for the group.
  package var onStandby = false
  /// Whether another node than the owner could take the group now.
  package var backupReady: Bool
  /// How each node stands to the group, the best first.
  package var nodes: [StandingStatus]
  /// Why this node's kernel would not answer from the addresses that it holds, in words; nothing where it would, or holds none.
  package var unanswered: String?
  /// The address of it that connections of this host leave from, so that they end when it moves; nothing where none is.
  package var sourceOfHost: String?
  /// What holds a claim back, in words; nothing where nothing does.
  package var heldBack: String?
  /// Whether that is a host of which nobody knows that it is a node; nothing where nothing holds a claim back.
  package var heldBackByStranger: Bool?
  /// Addresses of it that this host has and that are not the agent's, with their devices; nothing where there are none.
  package var foreignAddresses: [String]?
  /// How often this node has become the owner since the agent started: because the former one died or went silent, by a
  /// planned move, and because nobody had the group; see ``TakeoverKind``.
  package var takeoversUnplanned: UInt64
  package var takeoversPlanned: UInt64
  package var takeoversAtStart: UInt64

  package init(
    name: String, role: String, owner: String? = nil, conflict: Bool, term: UInt64, since: String, sinceUs: Int64,
    cause: String, addresses: [AddressStatus], leaseUs: Int64? = nil, leaseLeftUs: Int64? = nil, autoFailback: Bool,
    placedByOperator: Bool, onStandby: Bool = false, backupReady: Bool, nodes: [StandingStatus],
    unanswered: String? = nil, sourceOfHost: String? = nil, heldBack: String? = nil, heldBackByStranger: Bool? = nil,
    foreignAddresses: [String]? = nil, takeoversUnplanned: UInt64, takeoversPlanned: UInt64, takeoversAtStart: UInt64
  ) {
    self.name = name
    self.role = role
    self.owner = owner
    self.conflict = conflict
    self.term = term
    self.since = since
    self.sinceUs = sinceUs
    self.cause = cause
    self.addresses = addresses
    self.leaseUs = leaseUs
    self.leaseLeftUs = leaseLeftUs
    self.autoFailback = autoFailback
    self.placedByOperator = placedByOperator
    self.onStandby = onStandby
    self.backupReady = backupReady
    self.nodes = nodes
    self.unanswered = unanswered
    self.sourceOfHost = sourceOfHost
    self.heldBack = heldBack
    self.heldBackByStranger = heldBackByStranger
    self.foreignAddresses = foreignAddresses
    self.takeoversUnplanned = takeoversUnplanned
    self.takeoversPlanned = takeoversPlanned
    self.takeoversAtStart = takeoversAtStart
  }
}

/// A virtual address.
package struct AddressStatus: Codable, Equatable, Sendable {
  /// With the length of its prefix.
  package var address: String
  package var device: String
  package var label: String?

  package init(address: String, device: String, label: String? = nil) {
    self.address = address
    self.device = device
    self.label = label
  }
}

/// How a node stands to a group.
package struct StandingStatus: Codable, Equatable, Sendable {
  package var node: String
  package var role: String
  /// 0 is the most preferred.
  package var rank: Int
  /// Whether it could take the group over now; the owner has it already and is not ready.
  package var ready: Bool
  /// Why not, in words.
  package var reason: String?

  package init(node: String, role: String, rank: Int, ready: Bool, reason: String? = nil) {
    self.node = node
    self.role = role
    self.rank = rank
    self.ready = ready
    self.reason = reason
  }
}

/// Another node.
package struct PeerStatus: Codable, Equatable, Sendable {
  package var node: String
  /// unknown, alive, late, dead, left; restarting is dead on purpose, while its kernel keeps what it held.
  package var condition: String
  package var session: String?
  /// How long ago it was heard.
  package var lastHeardUs: Int64?
  package var keepaliveUs: Int64?
  package var deadtimeUs: Int64?
  /// Whether it says that it hears this node.
  package var hearsUs: Bool
  /// For how long it has been heard without saying so; nothing while it says so, or is not heard.
  package var unheardUs: Int64?
  /// Why heartbeats in its name are refused, in words; nothing where none are.
  package var refused: String?
  package var fingerprint: String?
  /// Whether its configuration says the same as ours.
  package var configurationAgrees: Bool
  package var links: [ArrivalStatus]

  package init(
    node: String, condition: String, session: String? = nil, lastHeardUs: Int64? = nil, keepaliveUs: Int64? = nil,
    deadtimeUs: Int64? = nil, hearsUs: Bool, unheardUs: Int64? = nil, refused: String? = nil,
    fingerprint: String? = nil, configurationAgrees: Bool, links: [ArrivalStatus]
  ) {
    self.node = node
    self.condition = condition
    self.session = session
    self.lastHeardUs = lastHeardUs
    self.keepaliveUs = keepaliveUs
    self.deadtimeUs = deadtimeUs
    self.hearsUs = hearsUs
    self.unheardUs = unheardUs
    self.refused = refused
    self.fingerprint = fingerprint
    self.configurationAgrees = configurationAgrees
    self.links = links
  }
}

/// How a peer's heartbeats arrive on a link, since the agent or the peer has started.
package struct ArrivalStatus: Codable, Equatable, Sendable {
  package var device: String
  package var heard: UInt64
  /// Gaps between one heartbeat and the next.
  package var gapP50Us: Int64
  package var gapP99Us: Int64
  package var gapP999Us: Int64
  package var gapMaxUs: Int64
  /// The longest of the last half to whole hour, and how long that is; nothing where nothing came.
  package var gapRecentMaxUs: Int64?
  package var gapRecentUs: Int64?
  /// Gaps of warntime or more.
  package var late: UInt64
  /// Heartbeats that never came, by their sequence numbers.
  package var lost: UInt64

  package init(
    device: String, heard: UInt64, gapP50Us: Int64, gapP99Us: Int64, gapP999Us: Int64, gapMaxUs: Int64,
    gapRecentMaxUs: Int64? = nil, gapRecentUs: Int64? = nil, late: UInt64, lost: UInt64
  ) {
    self.device = device
    self.heard = heard
    self.gapP50Us = gapP50Us
    self.gapP99Us = gapP99Us
    self.gapP999Us = gapP999Us
    self.gapMaxUs = gapMaxUs
    self.gapRecentMaxUs = gapRecentMaxUs
    self.gapRecentUs = gapRecentUs
    self.late = late
    self.lost = lost
  }
}

/// A takeover by this node, step by step. Times count from the moment the former owner was last heard, or, unless it has
/// failed, from the decision.
package struct TakeoverStatus: Codable, Equatable, Sendable {
  package var group: String
  package var at: String
  var from: String?
  var cause: String
  var kind: TakeoverKind
  var term: UInt64
  /// When silence had lasted for deadtime.
  package var deadlineUs: Int64?
  package var claimedUs: Int64
  /// When the kernel had confirmed the addresses.
  package var confirmedUs: Int64
  /// When the first gratuitous ARP frame of every address had left.
  package var announcedUs: Int64

  package init(
    group: String, at: String, from: String?, cause: String, kind: TakeoverKind, term: UInt64, deadlineUs: Int64?,
    claimedUs: Int64, confirmedUs: Int64, announcedUs: Int64
  ) {
    self.group = group
    self.at = at
    self.from = from
    self.cause = cause
    self.kind = kind
    self.term = term
    self.deadlineUs = deadlineUs
    self.claimedUs = claimedUs
    self.confirmedUs = confirmedUs
    self.announcedUs = announcedUs
  }
}

/// What was left out, and how often.
package struct AgentCounters: Codable, Equatable, Sendable {
  /// Log lines that the sink did not take, or not in time.
  package var logLinesDropped: UInt64
  /// Why it has refused the last that it refused; nothing where it was only too slow.
  package var logSinkError: String?
  /// Sentences kept out of the log because they repeated themselves.
  package var logLinesSuppressed: UInt64
  /// Messages between threads that found no room, by mailbox.
  package var mailboxRefusals: [String: UInt64]
  /// Control clients there are, and were since the start.
  package var controlClients: UInt64 = 0
  package var controlClientsServed: UInt64 = 0
  /// Clients that were refused, dropped for being too slow, or asked for nonsense.
  package var controlClientsRefused: UInt64 = 0
  package var controlClientsDropped: UInt64 = 0
  package var controlRequestsRefused: UInt64 = 0

  package init(
    logLinesDropped: UInt64, logSinkError: String? = nil, logLinesSuppressed: UInt64, mailboxRefusals: [String: UInt64],
    controlClients: UInt64 = 0, controlClientsServed: UInt64 = 0, controlClientsRefused: UInt64 = 0,
    controlClientsDropped: UInt64 = 0, controlRequestsRefused: UInt64 = 0
  ) {
    self.logLinesDropped = logLinesDropped
    self.logSinkError = logSinkError
    self.logLinesSuppressed = logLinesSuppressed
    self.mailboxRefusals = mailboxRefusals
    self.controlClients = controlClients
    self.controlClientsServed = controlClientsServed
    self.controlClientsRefused = controlClientsRefused
    self.controlClientsDropped = controlClientsDropped
    self.controlRequestsRefused = controlRequestsRefused
  }
}

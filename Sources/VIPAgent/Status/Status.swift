/// Everything an agent says about itself when it is asked for its status: what `vipagent status --json` prints, and what
/// the table, the live view, the metrics and the doctor are made of. docs/control.md describes it key by key.
///
/// Keys are these names in snake case. Times of day are RFC 3339 with milliseconds, in UTC; lengths of time end in `Us`
/// and are microseconds; hexadecimal numbers are strings. What is unknown is left out.
struct Status: Codable, Equatable, Sendable {
  var agent: AgentStatus
  var heartbeat: HeartbeatStatus
  var groups: [GroupStatus]
  /// Every other node.
  var peers: [PeerStatus]
  /// The last takeovers by this node, the newest first.
  var takeovers: [TakeoverStatus]
  var counters: AgentCounters
}

/// The process.
struct AgentStatus: Codable, Equatable, Sendable {
  enum State: String, Codable, Sendable { case running, stopping, restarting }

  var version: String
  var cluster: String
  var node: String
  var pid: Int32
  var state: State
  var started: String
  var uptimeUs: Int64
  /// Drawn at the start; what the others know this agent by.
  var session: String
  var config: String
  /// The fingerprint of the configuration in force.
  var fingerprint: String
  /// When the configuration in force was read.
  var configured: String
  /// Why the last reload was refused, until one succeeds.
  var reloadRefused: String?
  /// Whether the heartbeat thread runs under SCHED_FIFO.
  var realtime: Bool
  /// Whether the memory is locked.
  var memoryLocked: Bool
  /// Devices of the configuration that carry nothing, as "eth0 has no carrier"; nothing where all do.
  var deviceTroubles: [String]?
  /// What the configuration does on this host that may not be meant, each in a sentence; nothing where there is nothing.
  var doubts: [String]?
  /// Whether an operator has put this node on standby for every group, those that a reload adds among them.
  var onStandby = false
  /// Why a later agent will not know what this node is on standby for; nothing where it will.
  var standbyForgotten: String?
}

/// What the nodes have agreed on, and how it goes.
struct HeartbeatStatus: Codable, Equatable, Sendable {
  var port: Int
  var keepaliveUs: Int64
  var warntimeUs: Int64
  var deadtimeUs: Int64
  var initdeadUs: Int64
  /// Heartbeats said, one for all links together.
  var sent: UInt64
  /// Authentic heartbeats heard, this node's own and copies over several links among them.
  var received: UInt64
  /// Datagrams dropped, by the name of the reason; reasons that never occurred are left out.
  var dropped: [String: UInt64]
  var links: [LinkStatus]
  /// Whether these devices have no addresses of their own by design.
  var unnumbered = false
  /// What the arrival gaps of all peers say about deadtime; nothing before there is enough to go by.
  var advice: DeadtimeAdvice?
}

/// A device that heartbeats go over.
struct LinkStatus: Codable, Equatable, Sendable {
  var device: String
  /// Whether the device is there and a socket is bound to it.
  var open: Bool
  /// Why heartbeats do not leave; nothing while they do.
  var failure: String?
  /// The device's own address, which heartbeats leave from; nothing where it has none.
  var source: String?
  /// Whose heartbeats come from a shared address, so that the kernel drops them; nothing where nobody's do.
  var martian: String?
}

/// The recipe of heartbeat's FAQ, by measurement: deadtime at least twice the longest gap, and three keepalives.
struct DeadtimeAdvice: Codable, Equatable, Sendable {
  /// The longest gap between two heartbeats of a living peer, over the best link, of the last half to whole hour.
  var longestGapUs: Int64
  /// The shortest deadtime that leaves the margin.
  var recommendedUs: Int64
  /// Deadtime in force ÷ longest gap: what is left before a false alarm. 2 and more is comfortable.
  var margin: Double
  /// How long that is.
  var observedUs: Int64
}

/// Addresses that move together, as this node sees them.
struct GroupStatus: Codable, Equatable, Sendable {
  var name: String
  /// What this node is to the group: listening, backup, claiming, owner, releasing, faulted.
  var role: String
  /// The node that owns it; nothing if there is none, or several.
  var owner: String?
  /// Whether several nodes say that they own it.
  var conflict: Bool
  var term: UInt64
  /// Since when this node has had its role, and why, in the words of the log.
  var since: String
  var sinceUs: Int64
  var cause: String
  var addresses: [AddressStatus]
  /// The lifetime under which the kernel holds the addresses; nothing without one.
  var leaseUs: Int64?
  /// What is left of it by the last confirmation; nothing where this node holds nothing.
  var leaseLeftUs: Int64?
  var autoFailback: Bool
  /// Whether an operator has put the group where it is.
  var placedByOperator: Bool
  /// Whether an operator has put this node on standby for the group.
  var onStandby = false
  /// Whether another node than the owner could take the group now.
  var backupReady: Bool
  /// How each node stands to the group, the best first.
  var nodes: [StandingStatus]
  /// Why this node's kernel would not answer from the addresses that it holds, in words; nothing where it would, or holds none.
  var unanswered: String?
  /// The address of it that connections of this host leave from, so that they end when it moves; nothing where none is.
  var sourceOfHost: String?
  /// What holds a claim back, in words; nothing where nothing does.
  var heldBack: String?
  /// Whether that is a host of which nobody knows that it is a node; nothing where nothing holds a claim back.
  var heldBackByStranger: Bool?
  /// Addresses of it that this host has and that are not the agent's, with their devices; nothing where there are none.
  var foreignAddresses: [String]?
  /// How often this node has become the owner since the agent started: because the former one died or went silent, by a
  /// planned move, and because nobody had the group; see ``TakeoverKind``.
  var takeoversUnplanned: UInt64
  var takeoversPlanned: UInt64
  var takeoversAtStart: UInt64
}

/// A virtual address.
struct AddressStatus: Codable, Equatable, Sendable {
  /// With the length of its prefix.
  var address: String
  var device: String
  var label: String?
}

/// How a node stands to a group.
struct StandingStatus: Codable, Equatable, Sendable {
  var node: String
  var role: String
  /// 0 is the most preferred.
  var rank: Int
  /// Whether it could take the group over now; the owner has it already and is not ready.
  var ready: Bool
  /// Why not, in words.
  var reason: String?
}

/// Another node.
struct PeerStatus: Codable, Equatable, Sendable {
  var node: String
  /// unknown, alive, late, dead, left; restarting is dead on purpose, while its kernel keeps what it held.
  var condition: String
  var session: String?
  /// How long ago it was heard.
  var lastHeardUs: Int64?
  var keepaliveUs: Int64?
  var deadtimeUs: Int64?
  /// Whether it says that it hears this node.
  var hearsUs: Bool
  /// For how long it has been heard without saying so; nothing while it says so, or is not heard.
  var unheardUs: Int64?
  /// Why heartbeats in its name are refused, in words; nothing where none are.
  var refused: String?
  var fingerprint: String?
  /// Whether its configuration says the same as ours.
  var configurationAgrees: Bool
  var links: [ArrivalStatus]
}

/// How a peer's heartbeats arrive on a link, since the agent or the peer has started.
struct ArrivalStatus: Codable, Equatable, Sendable {
  var device: String
  var heard: UInt64
  /// Gaps between one heartbeat and the next.
  var gapP50Us: Int64
  var gapP99Us: Int64
  var gapP999Us: Int64
  var gapMaxUs: Int64
  /// The longest of the last half to whole hour, and how long that is; nothing where nothing came.
  var gapRecentMaxUs: Int64?
  var gapRecentUs: Int64?
  /// Gaps of warntime or more.
  var late: UInt64
  /// Heartbeats that never came, by their sequence numbers.
  var lost: UInt64
}

/// A takeover by this node, step by step. Times count from the moment the former owner was last heard, or, unless it has
/// failed, from the decision.
struct TakeoverStatus: Codable, Equatable, Sendable {
  var group: String
  var at: String
  var from: String?
  var cause: String
  var kind: TakeoverKind
  var term: UInt64
  /// When silence had lasted for deadtime.
  var deadlineUs: Int64?
  var claimedUs: Int64
  /// When the kernel had confirmed the addresses.
  var confirmedUs: Int64
  /// When the first gratuitous ARP frame of every address had left.
  var announcedUs: Int64
}

/// What was left out, and how often.
struct AgentCounters: Codable, Equatable, Sendable {
  /// Log lines that the sink did not take, or not in time.
  var logLinesDropped: UInt64
  /// Why it has refused the last that it refused; nothing where it was only too slow.
  var logSinkError: String?
  /// Sentences kept out of the log because they repeated themselves.
  var logLinesSuppressed: UInt64
  /// Messages between threads that found no room, by mailbox.
  var mailboxRefusals: [String: UInt64]
  /// Control clients there are, and were since the start.
  var controlClients: UInt64 = 0
  var controlClientsServed: UInt64 = 0
  /// Clients that were refused, dropped for being too slow, or asked for nonsense.
  var controlClientsRefused: UInt64 = 0
  var controlClientsDropped: UInt64 = 0
  var controlRequestsRefused: UInt64 = 0
}

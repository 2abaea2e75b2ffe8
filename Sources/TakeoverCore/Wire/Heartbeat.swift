/// One heartbeat, as it is said and heard. ``HeartbeatCodec`` puts it into bytes; docs/protocol.md says what it means.
public struct Heartbeat: BitwiseCopyable, Sendable {
  /// The number of the key that it was signed with, 1…255; of a heartbeat that is not signed yet, 0.
  public var key: UInt8 = 0
  /// The sender's cluster.
  public var cluster: Tag
  /// The sender.
  public var node: Tag
  /// The fingerprint of the sender's configuration.
  public var fingerprint: UInt32
  /// A random number drawn when the sender's agent started.
  public var session: UInt64
  /// Grows by one with every heartbeat of a session, from 1.
  public var sequence: UInt64
  /// Time between two heartbeats of the sender.
  public var keepalive: Interval
  /// Silence after which the receiver shall take the sender for dead.
  public var deadtime: Interval
  /// What the sender says about itself as a whole.
  public var flags: Flags
  /// Whom the sender has heard.
  public var echoes: FixedList<30, Echo>
  /// How the sender stands to each group.
  public var groups: FixedList<32, GroupReport>
  /// The Ethernet addresses that answer for the sender's addresses: who answers with one of these is the sender.
  public var hardware: HardwareList

  /// What a node says about itself as a whole.
  public struct Flags: OptionSet, BitwiseCopyable, Sendable {
    /// The bits as they stand in a datagram.
    public let rawValue: UInt8
    /// Takes the bits as they stand in a datagram; unknown ones are kept and mean nothing.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The node is stopping: it claims nothing any more.
    public static let leaving = Flags(rawValue: 1)
    /// The node holds nothing and this is one of its last words.
    public static let goodbye = Flags(rawValue: 2)
    /// The agent ends and leaves its addresses to a successor that is about to start: bear with it while its leases
    /// last.
    public static let restarting = Flags(rawValue: 4)
  }

  /// A session the sender has heard, given back to whom it belongs: the proof that this heartbeat is no recording
  /// from before that session.
  public struct Echo: BitwiseCopyable, Sendable {
    /// Who was heard.
    public var node: Tag
    /// Whether that node is alive to the sender at this moment.
    public var alive: Bool
    /// The session that was heard.
    public var session: UInt64
    /// The highest sequence number heard of it.
    public var sequence: UInt64

    /// Puts an echo together.
    public init(node: Tag, alive: Bool, session: UInt64, sequence: UInt64) {
      self.node = node
      self.alive = alive
      self.session = session
      self.sequence = sequence
    }
  }

  /// A heartbeat that mentions nobody and no group yet.
  public init(
    cluster: Tag, node: Tag, fingerprint: UInt32, session: UInt64, sequence: UInt64, keepalive: Interval,
    deadtime: Interval, flags: Flags = []
  ) {
    self.cluster = cluster
    self.node = node
    self.fingerprint = fingerprint
    self.session = session
    self.sequence = sequence
    self.keepalive = keepalive
    self.deadtime = deadtime
    self.flags = flags
    echoes = FixedList(filler: Echo(node: .none, alive: false, session: 0, sequence: 0))
    groups = FixedList(filler: GroupReport(group: .none))
    hardware = HardwareList(filler: .zero)
  }
}

/// The Ethernet addresses of a node's devices.
public typealias HardwareList = FixedList<16, EthernetAddress>

/// How a node stands to a group: the part of a heartbeat that the election and the hand-over work on.
public struct GroupReport: Equatable, BitwiseCopyable, Sendable {
  /// Which group.
  public var group: Tag
  /// What the node is to the group.
  public var role: Role
  /// More about it, a bit each.
  public var flags: Flags
  /// The node's place in the order of preference; 0 is the best.
  public var rank: UInt8
  /// How many of the node's checks for the group fail; a node with fewer goes first.
  public var degraded: UInt8
  /// For a holder the term of its claim, for the others the highest they have heard of.
  public var term: UInt64
  /// In a hand-over the node that shall take the group, otherwise none.
  public var target: Tag

  /// What a node is to a group, with its code on the wire.
  public enum Role: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// Has not heard enough to judge.
    case listening = 0
    /// Holds nothing and is ready to, if eligible.
    case standby = 1
    /// Is adding the addresses.
    case claiming = 2
    /// Holds the addresses and has announced them.
    case owner = 3
    /// Still holds the addresses: until the target has them, or until they are removed.
    case releasing = 4
    /// Its kernel refused the addresses; holds nothing.
    case faulted = 5

    /// Whether the node's kernel may have addresses of the group.
    public var holds: Bool { self == .claiming || self == .owner || self == .releasing }
  }

  /// More about how a node stands to a group.
  public struct Flags: OptionSet, BitwiseCopyable, Sendable {
    /// The bits as they stand in a datagram.
    public let rawValue: UInt8
    /// Takes the bits as they stand in a datagram; unknown ones are kept and mean nothing.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The node could carry the group.
    public static let eligible = Flags(rawValue: 1)
    /// The node asks the owner for the group: fail-back.
    public static let wants = Flags(rawValue: 2)
    /// The node has just let go in a conflict; the winner shall announce the addresses again.
    public static let yielded = Flags(rawValue: 4)
    /// The node's kernel has the addresses from an earlier life of the agent; it adopts them if nobody owns them.
    public static let present = Flags(rawValue: 8)
    /// The owner has the group because an operator put it there: nobody asks for it by himself. Of a node that holds
    /// nothing: so it was with an owner that is restarting.
    public static let placed = Flags(rawValue: 16)
    /// With `wants`: an operator asks, so preference does not matter.
    public static let insists = Flags(rawValue: 32)
    /// The operator has put the node on standby for the group: with `eligible` it is the last resort, without it could not take
    /// the group now, or shall not by force.
    public static let onStandby = Flags(rawValue: 64)
  }

  /// Whether the node's kernel may have addresses of the group, whoever put them there.
  public var holds: Bool { role.holds || flags.contains(.present) }

  /// Whether the node has announced the addresses and keeps them for now: as owner, or until a target has them.
  var isServing: Bool { role == .owner || role == .releasing && target != .none }

  /// Whether the node removes its addresses, for nobody in particular.
  var isLettingGo: Bool { role == .releasing && target == .none }

  /// A report of a node that has nothing to do with the group.
  public init(
    group: Tag, role: Role = .listening, flags: Flags = [], rank: UInt8 = .max, degraded: UInt8 = 0,
    term: UInt64 = 0, target: Tag = .none
  ) {
    self.group = group
    self.role = role
    self.flags = flags
    self.rank = rank
    self.degraded = degraded
    self.term = term
    self.target = target
  }
}

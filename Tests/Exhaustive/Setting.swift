import TakeoverCore

/// What may go wrong, each so many times.
public enum Trouble: UInt8, CaseIterable, Sendable {
  /// A heartbeat is lost.
  case loss
  /// An agent is started: both at first, then the successor of one that has ended.
  case start
  /// A host loses its power.
  case crash
  /// SIGKILL: the agent is gone, the kernel is not.
  case kill
  /// The heartbeat thread is not run for a while.
  case stall
  /// SIGSTOP: none of the agent's threads is run for a while.
  case suspend
  /// The address thread is not run for a while.
  case block
  /// No frame passes between the two for a while.
  case cut
  /// A firewall eats the heartbeats, in one direction each time, for a while; ARP passes.
  case wall
  /// SIGTERM.
  case stop
  /// SIGUSR1: the agent leaves everything to a successor.
  case restart
}

/// How much of each ``Trouble`` may still come: four bits each.
public struct Budget: Hashable, Sendable {
  var bits: UInt64 = 0

  /// Nothing goes wrong.
  public init(_ counts: [Trouble: Int] = [:]) {
    for (trouble, count) in counts { self[trouble] = count }
  }

  /// 0 to 15.
  public subscript(trouble: Trouble) -> Int {
    get { Int(bits >> (UInt64(trouble.rawValue) * 4) & 15) }
    set {
      let shift = UInt64(trouble.rawValue) * 4
      bits = bits & ~(15 << shift) | UInt64(min(newValue, 15)) << shift
    }
  }
}

/// What is searched: the configuration of the two nodes, what may go wrong, and how coarse time is.
public struct Setting: Sendable {
  /// A word for the command line and the report.
  public var name: String
  /// What may go wrong.
  public var budget: Budget
  /// Whether the wire is asked before a claim.
  public var policy = GroupRules.ConflictPolicy.wait
  /// Whether it is a broken rule to claim what the other's kernel answers for; nil: if the wire is asked.
  var mustAskWire: Bool?
  /// In ticks; nil where the kernels hold addresses for ever.
  public var lease: Int64? = 6
  /// Whether the addresses return to the preferred node.
  public var autoFailback = true
  /// In ticks.
  public var initdead: Int64 = 4
  /// A kernel does what it is told at once or after this many units.
  public var kernelTakes: Int64 = 1
  /// No thread is kept from running for longer than this many ticks.
  public var longestStall: Int64 = 12
  /// Both have run for a while when the search begins; otherwise neither is started yet.
  public var beginsSettled = true
  /// Never two heartbeats in a row are lost in one direction; then any number may be.
  public var losesSingly = false

  /// A search in which so much may go wrong.
  public init(_ name: String, _ budget: [Trouble: Int]) {
    self.name = name
    self.budget = Budget(budget)
  }

  /// The grid of time: between two probes.
  static let unit = Interval.milliseconds(4)
  /// Units in a tick: a keepalive. Heartbeats take no time, or until the next tick.
  static let unitsPerTick = 8
  static let tick = unit * Int64(unitsPerTick)
  static let warntime = tick * 2, deadtime = tick * 3
  static let names = ["loadb1", "loadb2"]
  static let group = GroupIndex(0)
  static let groupTag = Tag(of: "director")
  static let clusterTag = Tag(of: "loadb")

  static func hardware(of node: Int) -> EthernetAddress { EthernetAddress(rawValue: 0x0200_0000_0001 + UInt64(node)) }

  var asksWire: Bool { mustAskWire ?? (policy == .wait) }

  var leaseTime: Interval? { lease.map { Self.tick * $0 } }

  func cluster(of node: Int) -> Cluster {
    let rules = GroupRules(
      tag: Self.groupTag, ranks: [0, 1], autoFailback: autoFailback, failbackDelay: .zero, lease: leaseTime,
      onConflict: policy)
    return Cluster(
      tag: Self.clusterTag, fingerprint: 1, nodes: Self.names.map { Tag(of: $0) }, me: NodeIndex(node),
      keepalive: Self.tick, warntime: Self.warntime, deadtime: Self.deadtime, initdead: Self.tick * initdead,
      groups: [rules])
  }
}

extension Interval {
  static func + (left: Interval, right: Interval) -> Interval {
    Interval(nanoseconds: left.nanoseconds + right.nanoseconds)
  }
}

import TakeoverCore

/// What the core has asked its address thread for, and the kernel has not done yet.
enum Order {
  case hold(term: UInt64)
  case letGo
  case announce(term: UInt64)
}

/// What the address thread tells a heartbeat thread that is not run.
enum Notice {
  case leased(until: Instant)
  case added(term: UInt64)
  case removed
  case announced(term: UInt64)
  case lost
}

/// Which of an agent's threads are not run.
enum Stall: UInt8 {
  case none, heartbeat, all, addresses

  var stopsHeartbeats: Bool { self == .heartbeat || self == .all }
  var stopsAddresses: Bool { self == .addresses || self == .all }
}

/// A node: an agent around a real core, and the kernel it works on.
struct Host {
  /// Nil while no agent runs.
  var core: TakeoverCore?
  /// Counts starts; the session follows from it.
  var incarnation = 0
  var isPowered = true
  var stall = Stall.none
  var stalledSince = Instant.never

  /// Whether the kernel has the group's addresses, and when it may end them.
  var holds = false
  var leaseEnd = Instant.never
  /// Since when it has them without a break.
  var heldSince = Instant.never

  /// The address thread: what it is to do and has to tell, what it renews and when.
  var orders: [Order] = []
  var orderBy = Instant.never
  var notices: [Notice] = []
  var wanted: UInt64?
  var renewAt = Instant.never
  var leasedUntil = Instant.never
  /// The kernel has the addresses from an earlier agent, and nobody has asked for them yet.
  var isFound = false
  /// Nor has the core been told of them, which it is at once after its start.
  var isUntold = false

  /// The search's own knowledge, against which the core is held: until when this node must listen unless it hears the
  /// other, whether it must withdraw before it says anything, when it claimed and how it came to that.
  var listensUntil = Instant.origin
  var mustWithdraw = false
  var claimedAt = Instant.origin
  var takesOver = false
  var isBlind = false
  var isRestarting = false

  var hears: Bool { core != nil && !stall.stopsHeartbeats }
  /// What the address thread has told can be read now.
  var hasUnread: Bool { core != nil && stall == .none && !notices.isEmpty }
  var works: Bool { core != nil && !stall.stopsAddresses }
}

/// A heartbeat under way: what is not the same in all of them.
struct Message {
  var session: UInt64
  var sequence: UInt64
  var flags: Heartbeat.Flags
  var echoes: FixedList<2, Heartbeat.Echo>
  var report: GroupReport
  var hasHardware: Bool
  /// It has been under way since an earlier instant.
  var isOld = false

  init(_ heartbeat: borrowing Heartbeat) {
    session = heartbeat.session
    sequence = heartbeat.sequence
    flags = heartbeat.flags
    echoes = FixedList(filler: Heartbeat.Echo(node: .none, alive: false, session: 0, sequence: 0))
    for place in 0..<heartbeat.echoes.count { echoes.append(heartbeat.echoes[place]) }
    report = heartbeat.groups[0]
    hasHardware = heartbeat.hardware.count > 0
  }

  /// The heartbeat as it was said by a node.
  func heartbeat(from node: Int) -> Heartbeat {
    var heartbeat = Heartbeat(
      cluster: Setting.clusterTag, node: Tag(of: Setting.names[node]), fingerprint: 1, session: session,
      sequence: sequence, keepalive: Setting.tick, deadtime: Setting.deadtime, flags: flags)
    for place in 0..<echoes.count { heartbeat.echoes.append(echoes[place]) }
    heartbeat.groups.append(report)
    if hasHardware { heartbeat.hardware.append(Setting.hardware(of: node)) }
    return heartbeat
  }

  /// Whether it says the same, to a node that reads both at one instant.
  func saysTheSame(as other: Message) -> Bool {
    session == other.session && flags == other.flags && report == other.report && echoes.count == other.echoes.count
      && (0..<echoes.count).allSatisfy {
        echoes[$0].session == other.echoes[$0].session && echoes[$0].alive == other.echoes[$0].alive
      }
  }
}

/// Both nodes and the network between them at one instant.
struct World {
  var now = Instant(nanoseconds: 1 << 50)
  /// Units since the last tick.
  var phase = 0
  var hosts: InlineArray<2, Host> = [Host(), Host()]
  /// By destination, in the order in which they were sent.
  var flights: InlineArray<2, [Message]> = [[], []]
  /// No frame passes.
  var isCut = false
  /// By sender: a firewall eats its heartbeats.
  var isWalled: InlineArray<2, Bool> = [false, false]
  /// By destination: the last heartbeat was lost.
  var hasLost: InlineArray<2, Bool> = [false, false]
  /// Since when frames have passed.
  var joinedAt = Instant.origin
  /// Since when both kernels have the addresses while everything passes between two agents that run.
  var overlapSince = Instant.never
  var budget = Budget()

  var areInTouch: Bool { !isCut && !isWalled[0] && !isWalled[1] }
}

import TakeoverCore

/// The bounds of docs/protocol.md as numbers, for one schedule: the longest times of all nodes and editions.
struct Bounds {
  var keepalive = Interval.milliseconds(100)
  var deadtime = Interval.milliseconds(300)
  var initdead = Interval.seconds(1)
  var shortestInitdead = Interval.seconds(1)
  var lease = Interval.seconds(3)
  var shortestLease = Interval.seconds(3)
  var failbackDelay = Interval.zero
  /// deadtime − warntime: for so long the wire is asked before deadtime.
  var asking = Interval.milliseconds(100)
  /// Between two probes, at the least.
  var probe = Interval.milliseconds(4)
  var delay = Interval.microseconds(500)
  var adding = Interval.milliseconds(1)
  var removing = Interval.milliseconds(1)
  var nodes = 2
  var groups = 1
  var mayRefuse = false

  /// Between the threads of an agent, and from a deadline to its timer.
  static let threads = Interval.milliseconds(1)
  /// Between two probes once the owner is dead, at most.
  static let slowProbe = Interval.milliseconds(4)
  /// How late the kernel may end a lease.
  static let leaseRounding = Interval.milliseconds(1_000)

  init() {}

  init(_ schedule: Schedule) {
    nodes = schedule.nodes
    groups = schedule.groups.count
    let editions = Set(schedule.faults.filter { $0.kind == .reload }.map(\.amount) + [0])
    let clusters = editions.map { schedule.cluster(of: 0, edition: $0) }
    keepalive = clusters.map(\.keepalive).max() ?? keepalive
    deadtime = clusters.map(\.deadtime).max() ?? deadtime
    initdead = clusters.map(\.initdead).max() ?? initdead
    shortestInitdead = clusters.map(\.initdead).min() ?? initdead
    asking = clusters.map { $0.deadtime - $0.warntime }.max() ?? asking
    let intervals = clusters.map { max(.microseconds(250), min(.milliseconds(4), ($0.deadtime - $0.warntime) / 8)) }
    probe = intervals.min() ?? probe
    let leases = clusters.flatMap { $0.groups.map { $0.lease ?? .seconds(3) } }
    lease = leases.max() ?? lease
    shortestLease = leases.min() ?? lease
    failbackDelay = schedule.groups.map(\.failbackDelay).max() ?? .zero
    delay = schedule.delay.most
    adding = schedule.adding.most
    removing = schedule.removing.most
    mayRefuse = schedule.faults.contains { $0.kind == .refuse }
  }

  /// While asking, so many answers in a row cannot be missed: nobody claims what a kernel has had for so long.
  /// - Parameter late: how late the timer is that ends the asking; it finds the silence of when it was due.
  func secondOpinion(late: Interval) -> Interval {
    sum(asking, probe * Int64(2 * (8 + 2 * nodes)), delay * 2, Self.threads * 8, late)
  }

  /// Two owners in contact → one has removed the addresses.
  var conflict: Interval { sum(keepalive, delay * 2, adding * Int64(6), removing * 2, Self.threads * 4) }

  /// A host dies that owns something → a standby has it; and where only the agent dies, after the end of its lease.
  var outage: Interval { sum(deadtime, claim) }
  var abandonment: Interval { sum(max(deadtime, sum(lease, Self.leaseRounding)), claim) }

  /// The last agent begins to listen → every group is held.
  var start: Interval { sum(initdead, deadtime, acquaintance, claim) }

  /// From the instant at which nobody owns a group any more to the kernel's confirmation: the wire is silent nine times, and
  /// the orders of all groups wait for each other. Clocks may drift by a thousandth.
  private var claim: Interval {
    sum(Self.slowProbe * Int64(9 + 2 * nodes), adding * Int64(groups), delay * 2, Self.threads * 8, deadtime / 500)
  }

  /// Two who have not heard each other in these sessions prove themselves.
  var introduction: Interval { sum(keepalive, delay, Self.threads) }

  /// What is held is added again, that of all groups.
  var reload: Interval { adding * Int64(groups * 2) }

  /// Both have the addresses while one hands over to the other.
  var handOver: Interval { sum(delay * 2, adding * 2, removing * 2, Self.threads * 3) }

  /// A new agent is taken for what it is: its former session is dead, and both have heard each other.
  var acquaintance: Interval { sum(deadtime, keepalive * 2, delay * 2, Self.threads * 2) }

  /// For how long a word counts that somebody with the key has said, and until it is replaced by a true one.
  var deception: Interval { sum(deadtime * 10, acquaintance, asking) }

  /// After the last fault: nothing has a reason to change any more.
  ///
  /// The longest chain: a lease ends late, a proxy's grace, listening, a claim, a hand-over that is refused and tried again after ten
  /// deadtimes, a link on probation, failback_delay, and the hand-over.
  var quiet: Interval {
    var time = sum(
      lease, Self.leaseRounding, .seconds(1), initdead * 2, deadtime * 6, max(deadtime * 10, .seconds(1)), .seconds(2))
    time = sum(time, failbackDelay, keepalive * 4, .milliseconds(100))
    return time
  }

  /// What a refusal by the kernel may cost: the longest pause, and listening.
  var refusal: Interval { sum(.seconds(33), initdead) }
  /// What a storm of removals may cost.
  var storm: Interval { sum(.seconds(31), initdead) }

  private func sum(_ intervals: Interval...) -> Interval {
    Interval(nanoseconds: intervals.reduce(0) { $0 + $1.nanoseconds })
  }
}

import TakeoverCore

/// Random schedules: the same number of nodes and the same seed, the same schedule.
package struct ScheduleGenerator {
  private var dice: Dice
  private var schedule: Schedule

  package static func schedule(seed: UInt64, nodes: [Int]) -> Schedule {
    var generator = ScheduleGenerator(seed: seed, nodes: nodes)
    generator.chooseTimes()
    generator.chooseGroups()
    generator.chooseHosts()
    generator.chooseFaults()
    generator.chooseSizes()
    return generator.schedule
  }

  private init(seed: UInt64, nodes: [Int]) {
    dice = Dice(seed: Chance.mix(seed))
    // Of 2, 3 and 5 nodes: 6, 3 and 1 in ten. Every larger cluster is half as frequent, or less.
    let weights = nodes.map { (max(1, 24 / ($0 * $0)), $0) }
    schedule = Schedule(seed: seed, nodes: dice.pick(weighted: weights))
  }

  // MARK: - The cluster

  /// As clusters are configured: the default of 1 s most often, seldom below 100 ms.
  private mutating func chooseTimes() {
    let keepalive = dice.pick(weighted: [
      (43, Interval.seconds(1)), (22, .milliseconds(500)), (13, .milliseconds(200)), (13, .milliseconds(100)),
      (3, .milliseconds(50)), (3, .milliseconds(20)), (2, .milliseconds(10)), (1, .milliseconds(2)),
    ])
    schedule.keepalive = keepalive
    let multiple = dice.pick(weighted: [(6, 3 as Int64), (2, 4), (2, 5), (1, 10)])
    schedule.deadtime = keepalive * multiple
    let late = dice.pick(weighted: [
      (4, schedule.deadtime * 2 / 3 as Interval), (1, keepalive * 5 / 4), (1, schedule.deadtime * 7 / 8),
    ])
    schedule.warntime = max(late, keepalive * 5 / 4)
    let patience: Int64 = dice.pick(weighted: [(3, 2), (1, 1), (1, 4)])
    schedule.initdead = max(schedule.deadtime * patience, .milliseconds(200))
    if dice.below(2) == 0 { schedule.initdead = max(schedule.initdead, .seconds(1)) }
  }

  private mutating func chooseGroups() {
    let count = dice.pick(weighted: [(8, 1), (2, 2), (1, 3)])
    schedule.groups = []
    for _ in 0..<count {
      var group = Schedule.Group(preferred: Array(0..<schedule.nodes).shuffled(using: &dice))
      group.autoFailback = dice.below(3) > 0
      group.failbackDelay = dice.pick(weighted: [(5, Interval.zero), (1, .milliseconds(500)), (1, .seconds(5))])
      group.lease = dice.pick(weighted: [
        (12, Interval.seconds(3) as Interval?), (1, .seconds(1)), (2, .seconds(2)), (2, .seconds(5)), (1, nil),
      ])
      group.asksFirst = dice.below(8) > 0
      schedule.groups.append(group)
    }
  }

  private mutating func chooseSizes() {
    for group in schedule.groups.indices { schedule.groups[group].isLarge = dice.isOneIn(3) }
  }

  private mutating func chooseHosts() {
    let isShort = (schedule.deadtime - schedule.warntime) < .milliseconds(8)
    schedule.delay =
      isShort ? .init(.microseconds(20), .microseconds(120)) : .init(.microseconds(50), .microseconds(500))
    if !isShort, dice.isOneIn(8) { schedule.delay.most = .milliseconds(1) }
    schedule.isLoopback = dice.isOneIn(8)
    if dice.isOneIn(6) {
      schedule.adding = .init(.milliseconds(1), .milliseconds(60))
      schedule.removing = .init(.milliseconds(1), .milliseconds(60))
    }
    for node in 0..<schedule.nodes {
      schedule.drifts[node] = dice.isOneIn(2) ? dice.below(1001) - 500 : 0
      let late = dice.pick(weighted: [
        (6, schedule.keepalive), (2, schedule.deadtime), (1, schedule.initdead * 2), (1, .seconds(10)),
      ])
      schedule.starts[node] = dice.interval(upTo: late)
    }
  }

  // MARK: - The faults

  private mutating func chooseFaults() {
    let settle = Bounds(schedule).quiet
    let isPatient = dice.isOneIn(3)
    var time = dice.pick(weighted: [(1, Interval.zero), (3, schedule.initdead * 2), (isPatient ? 8 : 2, settle)])
    time = Interval(nanoseconds: time.nanoseconds + dice.interval(upTo: schedule.deadtime * 2).nanoseconds)
    let most: Int64 = dice.pick(weighted: [(3, 2), (4, 6), (2, 12)])
    let count = Int(1 + dice.below(most))
    for _ in 0..<count {
      add(randomFault(at: time))
      time = Interval(nanoseconds: time.nanoseconds + gap(settle, isPatient: isPatient).nanoseconds)
    }
  }

  private mutating func gap(_ settle: Interval, isPatient: Bool) -> Interval {
    let last = schedule.faults.last?.duration ?? .zero
    let soon = schedule.initdead * 2
    let longest = dice.pick(weighted: [
      (3, schedule.keepalive * 2), (4, schedule.deadtime * 2), (3, soon),
      (3, .seconds(4)),
    ])
    if isPatient {
      return Interval(nanoseconds: settle.nanoseconds + last.nanoseconds + dice.interval(upTo: longest).nanoseconds)
    }
    return dice.interval(upTo: longest)
  }

  /// A configuration is rolled out node by node; everything else comes alone.
  private mutating func add(_ fault: Fault) {
    guard fault.kind == .reload else { return schedule.faults.append(fault) }
    rollOut(fault)
    guard dice.isOneIn(3) else { return }
    // Somebody thinks again: another edition, or back to what it was.
    var second = fault
    second.at = later(than: fault.at, by: dice.pick([.milliseconds(2), .milliseconds(400), schedule.deadtime * 2]))
    second.amount = dice.isOneIn(2) ? 0 : randomAmount(.reload)
    rollOut(second)
  }

  private mutating func rollOut(_ fault: Fault) {
    let pace = dice.pick(weighted: [
      (6, schedule.deadtime * 2), (2, .milliseconds(5)), (1, Bounds(schedule).quiet * 2),
    ])
    var time = fault.at
    for node in Array(0..<schedule.nodes).shuffled(using: &dice) {
      var part = fault
      part.host = node
      part.at = time
      schedule.faults.append(part)
      if dice.isOneIn(8) { refuseBriefly(around: part) }
      time = later(than: time, by: pace)
      if dice.isOneIn(6) { break }
    }
  }

  /// The kernel refuses what a reload has a node add again.
  private mutating func refuseBriefly(around reload: Fault) {
    let most = dice.pick([Interval.milliseconds(1), .milliseconds(10), .milliseconds(200)])
    var refusal = Fault(.refuse, at: later(than: reload.at, by: .milliseconds(1)), host: reload.host)
    refusal.group = Int(dice.below(Int64(schedule.groups.count)))
    refusal.duration = Interval(nanoseconds: 1_000 + dice.interval(upTo: most).nanoseconds)
    schedule.faults.append(refusal)
  }

  private mutating func later(than time: Interval, by most: Interval) -> Interval {
    Interval(nanoseconds: time.nanoseconds + dice.interval(upTo: most).nanoseconds)
  }

  private static let weights: [(Int, Fault.Kind)] = [
    (8, .crash), (8, .kill), (6, .stop), (6, .restart), (8, .stallBeats), (6, .stallAddresses), (8, .suspend),
    (4, .pause), (3, .freeze), (3, .late), (8, .cut), (6, .firewall), (4, .loss), (4, .heartbeatLoss), (4, .jitter),
    (2, .duplicates), (4, .replay), (4, .recordings), (4, .forge), (3, .unaskable), (4, .rtnl), (2, .refuse),
    (4, .interfere), (5, .unplug), (2, .deafen),
    (5, .standby), (4, .takeover), (3, .failBack),
    (6, .reload), (1, .stranger), (1, .proxy),
  ]

  private mutating func randomFault(at time: Interval) -> Fault {
    var fault = Fault(dice.pick(weighted: Self.weights), at: time, host: Int(dice.below(Int64(schedule.nodes))))
    if fault.kind.hasDuration { fault.duration = randomDuration() }
    // So long that a claim which they hold back for ever is noticed.
    if fault.kind == .recordings, dice.isOneIn(2) { fault.duration = Bounds(schedule).quiet * 2 }
    if fault.kind.hasGroup || fault.kind == .stranger { fault.group = Int(dice.below(Int64(schedule.groups.count))) }
    if !fault.kind.hasHost { fault.host = 0 }
    if fault.kind.isOfNetwork { choosePath(&fault) }
    if fault.kind.hasAmount { fault.amount = randomAmount(fault.kind) }
    return fault
  }

  private mutating func randomDuration() -> Interval {
    let scale = dice.pick(weighted: [
      (2, schedule.keepalive), (4, schedule.deadtime), (4, schedule.deadtime * 2), (2, schedule.initdead),
      (3, .seconds(4)),
      (2, .seconds(12)),
    ])
    return Interval(nanoseconds: 1_000_000 + dice.interval(upTo: scale * 2).nanoseconds)
  }

  private mutating func choosePath(_ fault: inout Fault) {
    fault.host = 0
    let all = UInt16(1) << UInt16(schedule.nodes) - 1
    let one = UInt16(1) << UInt16(dice.below(Int64(schedule.nodes)))
    switch dice.below(4) {
    case 0:
      fault.from = one
      fault.to = all & ~one
    case 1:
      fault.from = max(UInt16(truncatingIfNeeded: dice.next()) & all, 1)
      fault.to = all & ~fault.from
    default:
      fault.from = one
      fault.to = UInt16(1) << UInt16(dice.below(Int64(schedule.nodes)))
    }
    if fault.to & ~fault.from == 0 { fault.to = all & ~fault.from }
    if fault.to == 0 { fault.to = all }
    fault.isBothWays = dice.below(3) > 0
    if fault.kind == .jitter || fault.kind == .duplicates {
      fault.from = all
      fault.to = all
    }
  }

  private mutating func randomAmount(_ kind: Fault.Kind) -> Int64 {
    switch kind {
    case .late: 1_000 + dice.interval(upTo: schedule.deadtime).nanoseconds
    case .loss, .heartbeatLoss: dice.pick(weighted: [(2, 10), (2, 100), (2, 300), (1, 600)])
    case .jitter: 1_000 + dice.interval(upTo: schedule.deadtime).nanoseconds
    case .duplicates: dice.pick([100, 500, 1000])
    case .replay: 1_000_000 + dice.interval(upTo: schedule.deadtime * 20).nanoseconds
    case .recordings:
      dice.pick(weighted: [
        (3, schedule.deadtime + .milliseconds(4)), (1, schedule.keepalive), (1, schedule.deadtime * 3 / 4),
      ]).nanoseconds
    case .forge: dice.pick(World.Forgery.allCases.map(\.rawValue))
    case .reload: dice.pick([0, 1, 2, 3, 4, 8, 16, 12, 32, 32, 64, 96, 33])
    default: 0
    }
  }
}

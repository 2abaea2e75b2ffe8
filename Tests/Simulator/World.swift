import TakeoverCore

/// Several hosts with real protocol cores, the network between them, and time that passes only when something happens.
///
/// It drives each core as the agent's threads do: through `handle`, `hear`, `nextDeadline`, `composeHeartbeat` and the codec, and looks
/// at nothing else. Faults come from a ``Schedule`` or by hand, one call each. The same seed and the same calls at the same times give the
/// same run.
package final class World {
  /// A host that is none of the nodes.
  package static let stranger = EthernetAddress(rawValue: 0x0200_0000_00ff)

  package internal(set) var now = Instant.origin
  package internal(set) var hosts: HostList
  /// The faults in force.
  package internal(set) var inForce: [Fault] = []
  package internal(set) var journal: Journal?
  package internal(set) var statistics = Statistics()
  /// All that happened, folded into one number.
  package internal(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325

  let seed: UInt64
  let groups: [Tag]
  let groupNames: [String]
  /// What a configuration may call the groups else; none or as many as there are groups.
  let otherNames: [Tag]
  let delay: Schedule.Range
  let isLoopback: Bool
  package var timing = Timing()
  package var strangerAnswersEchoes = true
  package var addTakes: Schedule.Range
  package var removeTakes: Schedule.Range
  var network: Network
  var agenda = Agenda()
  var pool = DatagramPool()
  var actions = ActionList()
  /// When each host's timer comes.
  var timers: [Int64]
  var ledger: Ledger
  /// The schedule's faults, and its configurations.
  var schedule: Schedule?
  /// The faults that end by themselves, for their ends.
  var endings: [Fault] = []
  /// What a third party has heard, if it is there.
  var recording: Recording?

  /// How long things take that a schedule says nothing of.
  package struct Timing: Sendable {
    /// From a deadline to its timer.
    package var timer = Schedule.Range(.zero, .microseconds(50))
    /// From one thread of an agent to the other.
    package var notice = Schedule.Range(.microseconds(5), .microseconds(45))
    /// A round of announcements.
    package var announcing = Schedule.Range(.microseconds(20), .microseconds(120))
    /// From the end of a lease to the moment when the kernel ends it: docs/faults.md has the measurement.
    package var leaseRounding = Schedule.Range(.milliseconds(-20), .milliseconds(1_000))
    package init() {}
  }

  package struct Statistics: Sendable {
    package var steps = 0
    package var sent = 0
    package var heard = 0
    package var faults = 0
    package var claims = 0
  }

  /// - Parameters:
  ///   - groups: the names of all groups that any configuration will have.
  ///   - otherNames: what a configuration may call them else.
  package init(
    clusters: [Cluster], names: [String], groups: [String], otherNames: [String] = [], seed: UInt64,
    delay: Schedule.Range = .init(.microseconds(100), .microseconds(500)), isLoopback: Bool = true,
    adding: Schedule.Range = .init(.microseconds(50), .milliseconds(1)),
    removing: Schedule.Range = .init(.microseconds(50), .milliseconds(1)), drifts: [Int64] = [],
    keepsJournal: Bool = true
  ) {
    self.seed = seed
    hosts = HostList(room: clusters.count)
    self.groups = groups.map { Tag(of: $0) }
    groupNames = groups
    self.otherNames = otherNames.map { Tag(of: $0) }
    self.delay = delay
    self.isLoopback = isLoopback
    addTakes = adding
    removeTakes = removing
    network = Network(count: clusters.count, delay: delay, seed: seed)
    timers = Array(repeating: .max, count: clusters.count)
    ledger = Ledger(hosts: clusters.count, groups: groups.count)
    for (place, cluster) in clusters.enumerated() {
      let base = Interval.milliseconds(1 + Int64(Chance.mix(seed &+ UInt64(place)) % 1_000_000))
      let clock = HostClock(base: base, drift: drifts.isEmpty ? 0 : drifts[place])
      let hardware = EthernetAddress(rawValue: 0x0200_0000_0001 + UInt64(place))
      hosts.append(
        Host(name: names[place], hardware: hardware, cluster: cluster, clock: clock, groups: groups.count))
      number(place)
    }
    if keepsJournal { journal = Journal(nodes: names, groups: groups, otherNames: otherNames) }
    survey()
  }

  /// The world that a schedule begins in, with its starts and faults to come.
  package convenience init(_ schedule: Schedule, keepsJournal: Bool = false) {
    self.init(
      clusters: (0..<schedule.nodes).map { schedule.cluster(of: $0) },
      names: (0..<schedule.nodes).map(Schedule.name(ofNode:)),
      groups: schedule.groups.indices.map(Schedule.name(ofGroup:)),
      otherNames: schedule.groups.indices.map(Schedule.otherName(ofGroup:)), seed: schedule.seed, delay: schedule.delay,
      isLoopback: schedule.isLoopback, adding: schedule.adding, removing: schedule.removing, drifts: schedule.drifts,
      keepsJournal: keepsJournal)
    self.schedule = schedule
    ledger.bounds = Bounds(schedule)
    if schedule.faults.contains(where: { $0.kind.needsRecording }) { recording = Recording() }
    for (host, time) in schedule.starts.enumerated() {
      agenda.add(Occurrence(kind: .start, host: UInt8(host)), at: time.nanoseconds)
    }
    for (place, fault) in schedule.faults.enumerated() {
      agenda.add(Occurrence(kind: .faultBegins, host: 0, value: UInt64(place)), at: fault.at.nanoseconds)
    }
  }

  deinit { hosts.deallocate() }

  func number(_ host: Int) {
    hosts[host].renamed = 0
    hosts[host].numbers = hosts[host].cluster.groups.compactMap { rules in
      if let number = groups.firstIndex(of: rules.tag) { return UInt8(number) }
      guard let number = otherNames.firstIndex(of: rules.tag) else { return nil }
      hosts[host].renamed |= 1 << UInt32(number)
      return UInt8(number)
    }
  }

  /// Whether two hosts call a group the same.
  func isNamedAlike(_ group: Int, on one: Int, _ other: Int) -> Bool {
    (hosts[one].renamed ^ hosts[other].renamed) >> UInt32(group) & 1 == 0
  }

  // MARK: - Time

  /// Lets time pass until `end`, or until `condition` holds after something happened, or until a rule is broken.
  @discardableResult
  package func run(until end: Instant, or condition: (() -> Bool)? = nil) -> Bool {
    while ledger.isSound {
      var timer = Int64.max
      var host = 0
      for place in 0..<timers.count where timers[place] < timer {
        timer = timers[place]
        host = place
      }
      let next = agenda.next
      guard min(timer, next) <= end.nanoseconds else { break }
      now.nanoseconds = max(now.nanoseconds, min(timer, next))
      if now >= ledger.nextLook { look() }
      // What has been received is handled before the time is told.
      if next <= timer {
        take(agenda.removeFirst())
      } else {
        fold(UInt64(host))
        deliver(.timer, to: host)
      }
      statistics.steps += 1
      if let condition, condition() { return true }
    }
    guard ledger.isSound else { return false }
    now = max(now, end)
    look()
    return false
  }

  package func run(for time: Interval) { run(until: now + time) }

  @inline(__always) func fold(_ number: UInt64) {
    digest = (digest ^ number ^ UInt64(bitPattern: now.nanoseconds)) &* 0x0000_0100_0000_01b3
  }

  private func take(_ what: Occurrence) {
    fold(UInt64(what.kind.rawValue) << 8 | UInt64(what.host))
    switch what.kind {
    case .heartbeat: hear(what)
    case .probe, .echoRequest: answer(what)
    case .answered, .echoed: hearFrame(what)
    case .operationDone: finishOperation(what)
    case .threadFree: if hosts[Int(what.host)].life == what.life { work(Int(what.host)) }
    case .announcement: announceAgain(what)
    case .announcementAhead: announceAhead(what)
    case .leaseEnd: endLease(what)
    case .addressGone: readAddressGone(what)
    case .linkChanged: readLinks(what)
    case .leased, .added, .failed, .removed, .lost, .announced, .found, .hardware, .linkUp, .linkDown, .hearing, .deaf,
      .surveyed, .stop, .restart, .standby, .available, .reload, .takeover, .failBack:
      hearMail(what)
    case .mailbox: emptyMailbox(what)
    case .start: startWhenPossible(what)
    case .faultBegins: if let schedule { begin(schedule.faults[Int(what.value)]) }
    case .faultEnds: endFault(what.value)
    case .strangerSpeaks: strangerSpeaks(what)
    case .recordingSpeaks: recordingSpeaks(what)
    }
  }

  // MARK: - Chance

  enum Subject: Int { case operation, place, notice, lease, ahead }

  /// A number that hangs on the host, the subject and how often it was asked for.
  func chance(of host: Int, about subject: Subject) -> UInt64 {
    hosts[host].asked[subject.rawValue] &+= 1
    let key = Chance.mix(seed &+ UInt64(host * 8 + subject.rawValue + 1000) &* Chance.golden)
    return Chance.mix(key &+ hosts[host].asked[subject.rawValue] &* Chance.golden)
  }

  // MARK: - Words

  func name(ofGroup group: Int) -> String { groupNames[group] }

  @inline(__always) func note(_ host: Int, _ sentence: @autoclosure () -> String) {
    guard journal != nil else { return }
    journal?.note(sentence(), by: hosts[host].name, at: now)
  }

  @inline(__always) func note(_ sentence: @autoclosure () -> String) {
    guard journal != nil else { return }
    journal?.note(sentence(), by: nil, at: now)
  }
}

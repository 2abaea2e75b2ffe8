@testable import TakeoverCore

/// Several hosts, the network between them, and time that passes only when something happens.
///
/// It drives each core as an agent does: through `handle`, `nextDeadline`, `composeHeartbeat` and the codec, and looks
/// at nothing else. What it sees goes into the ``Record``. The same seed gives the same trial.
final class Trial {
  /// What the network does to datagrams in one direction.
  struct Path {
    var isCut = false
    var loss = 0.0
    var duplicates = 0.0
    var delay = Interval.microseconds(100)...Interval.microseconds(500)
  }

  private(set) var now = Instant.origin
  var hosts: [Host]
  var record = Record()
  /// From a host (first) to another (second).
  var paths: [[Path]]
  /// The same for ARP and ICMP, which a firewall may let pass where it eats heartbeats.
  var wire: [[Path]]
  /// Those on the wire that are none of the nodes.
  var bystanders: [Bystander] = []
  /// Who answers every ARP probe, whatever the hosts hold; nobody for nil.
  var answerer: EthernetAddress?
  var dice: Dice
  /// The wire's own: what is asked of it does not change the heartbeats' luck.
  var wireDice: Dice
  /// How much later than asked for a timer comes.
  var timerLateness = Interval.zero
  /// What is to come, the soonest last; equal times in the order in which they were asked for.
  private var agenda: [(at: Instant, what: () -> Void)] = []
  private var actions = ActionList()

  init(_ clusters: [Cluster], names: [String], seed: UInt64) {
    dice = Dice(seed: seed)
    wireDice = Dice(seed: ~seed)
    hosts = []
    for (cluster, name) in zip(clusters, names) {
      let clock = Interval.milliseconds(Int64.random(in: 0..<1_000_000, using: &dice))
      let hardware = EthernetAddress(rawValue: 0x0200_0000_0001 + UInt64(hosts.count))
      hosts.append(Host(name: name, hardware: hardware, cluster: cluster, clock: clock))
    }
    paths = Array(repeating: Array(repeating: Path(), count: names.count), count: names.count)
    wire = paths
    record.vocabulary = Vocabulary(nodes: names)
  }

  // MARK: - Time

  func at(_ time: Instant, _ what: @escaping () -> Void) {
    let place = agenda.lastIndex { $0.at > time }.map { $0 + 1 } ?? 0
    agenda.insert((max(time, now), what), at: place)
  }

  /// Lets time pass until `end`, or until `condition` holds after something happened.
  @discardableResult
  func run(until end: Instant, or condition: () -> Bool = { false }) -> Bool {
    while true {
      let deadlines = hosts.map { $0.deadline == .never ? .never : $0.deadline + timerLateness }
      let timer = deadlines.min() ?? .never
      let next = agenda.last?.at ?? .never
      guard min(timer, next) <= end else { break }
      now = max(now, min(timer, next))
      // What has been received is handled before the time is told.
      if next <= timer {
        agenda.removeLast().what()
      } else if let host = deadlines.firstIndex(of: timer) {
        deliver(.timer, to: host)
      }
      watch()
      if condition() { return true }
    }
    now = end
    watch()
    return false
  }

  func watch() { record.watch(hosts, on: wire, at: now) }

  func run(for time: Interval) { run(until: now + time) }

  // MARK: - What a test does

  func start(_ host: Int, deaf: Bool = false) {
    hosts[host].begin()
    hosts[host].core = TakeoverCore(cluster: hosts[host].cluster, session: dice.next() | 1)
    record.note("started", by: host, at: now)
    for group in hosts[host].cluster.groups.indices where hosts[host].holds.contains(hosts[host].tag(GroupIndex(group)))
    {
      deliver(.addressesFound(GroupIndex(group)), to: host)
    }
    deliver(.started, to: host)
    tellFound(host)
    if !deaf { deliver(.hearing, to: host) }
    for group in hosts[host].cluster.groups.indices { deliver(.linkUp(GroupIndex(group)), to: host) }
  }

  func stop(_ host: Int) { deliver(.stop, to: host) }

  func crash(_ host: Int) {
    hosts[host].crash()
    record.note("crashed", by: host, at: now)
    watch()
  }

  /// SIGKILL: the agent is gone, the kernel is not.
  func kill(_ host: Int) {
    hosts[host].kill()
    record.note("killed", by: host, at: now)
  }

  /// SIGUSR1: the agent leaves its addresses to a successor.
  func restart(_ host: Int) { deliver(.restart, to: host) }

  /// The host's heartbeat thread is not run for so long; what comes meanwhile waits.
  func stall(_ host: Int, for time: Interval) { hosts[host].stalledUntil = now + time }

  /// The host's address thread is not run for so long.
  func stallAddresses(of host: Int, for time: Interval) { hosts[host].occupy(until: now + time) }

  /// SIGSTOP, and SIGCONT after so long.
  func suspend(_ host: Int, for time: Interval) {
    stall(host, for: time)
    hosts[host].suspendedUntil = now + time
    stallAddresses(of: host, for: time)
  }

  func reload(_ host: Int, with cluster: Cluster) {
    guard let former = hosts[host].core else { return }
    var core = TakeoverCore(cluster: cluster, session: former.currentSession)
    let gone = hosts[host].holds.subtracting(cluster.groups.map(\.tag))
    let new = cluster.groups.indices.filter { hosts[host].index(of: cluster.groups[$0].tag) == nil }
    actions.clear()
    core.succeed(former, at: hosts[host].local(now), into: &actions)
    hosts[host].cluster = cluster
    hosts[host].core = core
    hosts[host].forget(gone)
    carryOut(actions.all, by: host)
    for group in new { deliver(.linkUp(GroupIndex(group)), to: host) }
  }

  /// The fabric eats everything to and from a host.
  func isolate(_ host: Int, _ isCut: Bool = true) {
    muffle(host, isCut)
    for other in hosts.indices where other != host {
      wire[host][other].isCut = isCut
      wire[other][host].isCut = isCut
    }
  }

  /// A firewall eats the heartbeats to and from a host, and nothing else.
  func muffle(_ host: Int, _ isCut: Bool = true) {
    for other in hosts.indices where other != host {
      paths[host][other].isCut = isCut
      paths[other][host].isCut = isCut
    }
  }

  /// Somebody else removes the group's addresses from the host's kernel.
  func interfere(with host: Int, _ group: Tag) {
    guard hosts[host].holds.remove(group) != nil else { return }
    hosts[host].leaseEnds[group] = nil
    hosts[host].robbed.insert(group)
    watch()
    if let index = hosts[host].index(of: group) { deliver(.addressesLost(index), to: host) }
  }

  /// Says bytes to one host that came from nobody in the trial.
  func inject(_ datagram: Datagram, to host: Int) {
    do throws(DropReason) {
      deliver(.heartbeat(try datagram.parsed()), to: host)
    } catch {
      hosts[host].drops[error, default: 0] += 1
    }
  }

  // MARK: - The agent's part

  func deliver(_ event: Event, to host: Int) {
    let life = hosts[host].life
    if now < hosts[host].stalledUntil {
      return at(hosts[host].stalledUntil) { [unowned self] in
        if hosts[host].life == life { deliver(event, to: host) }
      }
    }
    guard hosts[host].core != nil else { return }
    let local = hosts[host].local(now)
    actions.clear()
    hosts[host].core?.handle(event, at: local, into: &actions)
    hosts[host].ranAt = now
    if case .timer = event, hosts[host].deadline <= now {
      record.violations.append("\(hosts[host].name) wants the timer again at once, at \(now.nanoseconds) ns")
    }
    carryOut(actions.all, by: host)
  }

  private func carryOut(_ actions: [Action], by host: Int) {
    for action in actions {
      switch action {
      case .sendHeartbeat: broadcast(from: host)
      case .addAddresses(let group, let term):
        order(.added(hosts[host].tag(group), term: term), of: host, taking: hosts[host].addTakes)
      case .removeAddresses(let group):
        order(.removed(hosts[host].tag(group)), of: host, taking: hosts[host].removeTakes)
      case .announce(let group, let term):
        record.announced(hosts[host].tag(group), term: term, by: host, of: hosts, at: now)
        order(.announced(hosts[host].tag(group), term: term), of: host, taking: hosts[host].announceTakes)
      case .defend(let group):
        record.announced(hosts[host].tag(group), term: 0, by: host, of: hosts, at: now)
      case .probe(let group, let hardware):
        probe(hosts[host].tag(group), at: hardware, from: host)
        answer(group, to: host)
      case .echo(let group, let hardware): echo(group, at: hardware, from: host)
      case .dropped(let reason): hosts[host].drops[reason, default: 0] += 1
      case .report(let report): record.reported(report, by: host, in: &hosts, at: now)
      case .finished:
        hosts[host].finishedAt = now
        hosts[host].core = nil
        record.note("finished", by: host, at: now)
      }
    }
  }

  /// Whoever answers every probe does so now.
  private func answer(_ group: GroupIndex, to host: Int) {
    guard let answerer else { return }
    let life = hosts[host].life
    at(now + .microseconds(200)) { [unowned self] in
      if hosts[host].life == life { deliver(.answered(group, by: answerer), to: host) }
    }
  }

  private func order(_ completion: Host.Completion, of host: Int, taking time: Interval) {
    complete(completion, of: host, inLife: hosts[host].life, at: hosts[host].order(taking: time, at: now))
  }

  private func complete(_ completion: Host.Completion, of host: Int, inLife life: Int, at time: Instant) {
    at(time) { [unowned self] in
      guard hosts[host].life == life, hosts[host].core != nil else { return }
      if now < hosts[host].suspendedUntil {
        return complete(completion, of: host, inLife: life, at: hosts[host].suspendedUntil)
      }
      let events = hosts[host].perform(completion, at: now)
      switch completion {
      case .added(let tag, _): beginLease(of: tag, on: host)
      case .announced(let tag, _): proclaim(tag, by: host)
      case .failed, .removed: break
      }
      for event in events { deliver(event, to: host) }
    }
  }

  private func broadcast(from host: Int) {
    let local = hosts[host].local(now)
    guard let heartbeat = hosts[host].core?.composeHeartbeat(at: local) else { return }
    let datagram = Datagram(heartbeat)
    record.sent(datagram, heartbeat, by: host, of: hosts, at: now)
    for other in hosts.indices {
      let path = paths[host][other]
      if path.isCut && other != host || dice.chance(path.loss) { continue }
      for _ in 0..<(dice.chance(path.duplicates) ? 2 : 1) {
        let range = path.delay.lowerBound.nanoseconds...path.delay.upperBound.nanoseconds
        let arrival = now + Interval(nanoseconds: Int64.random(in: range, using: &dice))
        at(arrival) { [unowned self] in inject(datagram, to: other) }
      }
    }
  }
}

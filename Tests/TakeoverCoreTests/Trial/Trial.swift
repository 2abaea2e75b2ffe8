import TakeoverCore

@testable import Simulator

/// A simulated world in the words of the tests: what they do to it, and exact times where chance would only blur them.
///
/// Time, hosts and network are the simulator's. All that is added is a list of what a test wants done at a time.
final class Trial {
  static let groupNames = ["director"] + (0..<8).map { "vip\($0)" }

  let world: World
  let hosts: [TrialHost]
  /// From a host (first) to another (second), for heartbeats.
  let paths: [[TrialPath]]
  /// The same for ARP and ICMP, which a firewall may let pass where it eats heartbeats.
  let wire: [[TrialPath]]
  var bystanders: [Bystander] = [] { didSet { place(bystanders) } }
  /// Who answers ARP probes, whatever the hosts hold; nobody for nil.
  var answerer: EthernetAddress? {
    didSet { bystanders = answerer.map { [.init(group: Self.director, hardware: $0)] } ?? [] }
  }
  var dice: Dice
  /// How much later than asked for a timer comes.
  var timerLateness = Interval.zero {
    didSet {
      world.timing.timer = .init(timerLateness, timerLateness)
      world.survey()
    }
  }
  /// What a test wants done, the soonest last; equal times in the order in which they were asked for.
  private var wishes: [(at: Instant, what: () -> Void)] = []

  init(_ clusters: [Cluster], names: [String], seed: UInt64) {
    dice = Dice(seed: seed)
    let millisecond = Schedule.Range(.milliseconds(1), .milliseconds(1))
    let world = World(
      clusters: clusters, names: names, groups: Self.groupNames, seed: seed, adding: millisecond, removing: millisecond)
    world.timing.timer = .init(.zero, .zero)
    world.timing.notice = .init(.zero, .zero)
    world.timing.announcing = .init(.microseconds(200), .microseconds(200))
    world.timing.leaseRounding = .init(.milliseconds(140), .milliseconds(330))
    world.ledger.bounds = Bounds(of: clusters)
    world.tolerateViolations()
    world.survey()
    self.world = world
    hosts = clusters.indices.map { TrialHost($0, of: world) }
    paths = names.map { _ in names.map { _ in TrialPath() } }
    wire = names.map { _ in names.map { _ in TrialPath() } }
    for from in names.indices {
      for to in names.indices {
        for path in [paths[from][to], wire[from][to]] { path.changed = { [unowned self] in rewire(from, to) } }
      }
    }
  }

  func number(of group: Tag) -> Int { world.groups.firstIndex(of: group) ?? 0 }

  // MARK: - Time

  var now: Instant { world.now }

  func at(_ time: Instant, _ what: @escaping () -> Void) {
    let place = wishes.lastIndex { $0.at > time }.map { $0 + 1 } ?? 0
    wishes.insert((max(time, now), what), at: place)
  }

  /// Lets time pass until `end`, or until `condition` holds after something happened.
  @discardableResult
  func run(until end: Instant, or condition: (() -> Bool)? = nil) -> Bool {
    while let next = wishes.last?.at, next <= end {
      if world.run(until: next, or: condition) { return true }
      wishes.removeLast().what()
      if let condition, condition() { return true }
    }
    return world.run(until: end, or: condition)
  }

  func run(for time: Interval) { run(until: now + time) }

  // MARK: - What a test does

  /// Starts an agent, if need be with the machine.
  func start(_ host: Int, deaf: Bool = false) {
    if deaf { world.impose(Fault(.deafen, at: .zero, host: host)) }
    if world.hosts[host].isUp { world.start(host) } else { world.boot(host) }
  }

  func stop(_ host: Int) { world.stop(host) }
  func crash(_ host: Int) { world.crash(host) }
  /// SIGKILL: the agent is gone, the kernel is not.
  func kill(_ host: Int) { world.kill(host) }
  /// SIGUSR1: the agent leaves its addresses to a successor.
  func restart(_ host: Int) { world.restart(host) }
  /// The host's heartbeat thread is not run for so long; what comes meanwhile waits.
  func stall(_ host: Int, for time: Interval) { world.begin(Fault(.stallBeats, at: .zero, host: host, for: time)) }
  /// The host's address thread is not run for so long.
  func stallAddresses(of host: Int, for time: Interval) {
    world.begin(Fault(.stallAddresses, at: .zero, host: host, for: time))
  }

  /// SIGSTOP, and SIGCONT after so long.
  func suspend(_ host: Int, for time: Interval) { world.begin(Fault(.suspend, at: .zero, host: host, for: time)) }
  func reload(_ host: Int, with cluster: Cluster) { world.reload(host, with: cluster) }
  /// What the host's next agent reads.
  func configure(_ host: Int, with cluster: Cluster) { world.configure(host, with: cluster) }
  /// Somebody else removes the group's addresses from the host's kernel.
  func interfere(with host: Int, _ group: Tag) { world.interfere(host, number(of: group)) }

  /// Tells a core something that the world has not brought about.
  func deliver(_ event: Event, to host: Int) {
    switch event {
    case .stop: world.stop(host)
    case .restart: world.restart(host)
    case .linkUp(let group): tell(host, .linkUp, group)
    case .linkDown(let group): tell(host, .linkDown, group)
    case .deaf: tell(host, .deaf)
    case .hearing:
      world.lift { $0.kind == .deafen && $0.host == host }
      tell(host, .hearing)
    default: deliverAwake(event, to: host)
    }
  }

  /// A notice of the address thread's, without delay.
  private func tell(_ host: Int, _ kind: Occurrence.Kind, _ group: GroupIndex? = nil) {
    let number = group.map { world.hosts[host].numbers[Int($0.position)] } ?? 0
    world.hearMail(Occurrence(kind: kind, host: UInt8(host), group: number, life: world.hosts[host].life))
  }

  private func deliverAwake(_ event: Event, to host: Int) {
    let free = world.hosts[host].heldUpUntil
    guard now < free else { return world.deliver(event, to: host) }
    let life = world.hosts[host].life
    at(free) { [unowned self] in
      if world.hosts[host].life == life { deliverAwake(event, to: host) }
    }
  }

  /// Says bytes to one host that came from nobody in the trial.
  func inject(_ datagram: Datagram, to host: Int) {
    if let heartbeat = try? datagram.parsed() { world.inject(heartbeat, to: host) }
  }
}

extension Bounds {
  /// The longest times of all nodes.
  fileprivate init(of clusters: [Cluster]) {
    self.init()
    nodes = clusters.count
    keepalive = clusters.map(\.keepalive).max() ?? keepalive
    deadtime = clusters.map(\.deadtime).max() ?? deadtime
    initdead = clusters.map(\.initdead).max() ?? initdead
    asking = clusters.map { $0.deadtime - $0.warntime }.max() ?? asking
  }
}

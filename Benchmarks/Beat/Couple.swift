import TakeoverCore

/// Two nodes with a group or more, over virtual time, on a network that loses nothing. They are patient, so that either can be
/// left alone for a thousand beats without noticing.
struct Couple {
  static let keepalive = Interval.milliseconds(10)
  static let cluster = Tag(of: "couple")

  /// The owner and the backup.
  private(set) var cores: [TakeoverCore]
  private(set) var now = Instant(nanoseconds: 1_000_000_000)
  private var actions = ActionList()

  /// Runs until every group has an owner and nothing is left to be done.
  init(groups: Int = 1) {
    cores = (0..<2).map {
      TakeoverCore(cluster: Self.agreement(on: groups, seenFrom: $0), session: UInt64(4711 + $0))
    }
    for place in 0..<2 {
      for group in 0..<groups { handle(.linkUp(GroupIndex(group)), at: place) }
      handle(.hearing, at: place)
      handle(.started, at: place)
    }
    while now < Instant(nanoseconds: 5_000_000_000) { step() }
  }

  /// Lets the time pass until the next deadline of either.
  mutating func step() {
    now = min(cores[0].nextDeadline, cores[1].nextDeadline)
    for place in 0..<2 where cores[place].nextDeadline <= now { handle(.timer, at: place) }
  }

  /// So many heartbeats that the backup says next, each a keepalive after the one before.
  func heartbeats(_ count: Int) -> [(heartbeat: Heartbeat, at: Instant)] {
    var backup = cores[1]
    return (1...count).map { number in
      let at = now + Self.keepalive * Int64(number)
      return (backup.composeHeartbeat(at: at), at)
    }
  }

  private mutating func handle(_ event: Event, at place: Int) {
    actions.clear()
    cores[place].handle(event, at: now, into: &actions)
    for action in actions.all {
      switch action {
      case .sendHeartbeat: handle(.heartbeat(cores[place].composeHeartbeat(at: now), arrived: now), at: 1 - place)
      case .addAddresses(let group, let term): handle(.addressesAdded(group, term: term, at: now), at: place)
      case .removeAddresses(let group): handle(.addressesRemoved(group), at: place)
      case .announce(let group, let term): handle(.announced(group, term: term, at: now), at: place)
      case .defend, .probe, .echo, .dropped, .report, .finished: break
      }
    }
  }

  private static func agreement(on groups: Int, seenFrom place: Int) -> Cluster {
    Cluster(
      tag: cluster, fingerprint: 1, nodes: [Tag(of: "a"), Tag(of: "b")], me: NodeIndex(place), keepalive: keepalive,
      warntime: .seconds(500), deadtime: .seconds(600), initdead: .seconds(600),
      groups: (0..<groups).map {
        GroupRules(tag: Tag(of: "web\($0)"), ranks: [0, 1], autoFailback: true, failbackDelay: .milliseconds(100))
      })
  }
}

import TakeoverCore

@testable import Simulator

/// What happened in a trial, as the world's journal has it, and what must never happen.
struct Record {
  /// The addresses of a group in two kernels at once.
  struct Overlap {
    let group: Tag
    let holders: Set<Int>
    let from: Instant
    var until: Instant?
    /// Whether one of them was handing over when it began.
    let isHandOver: Bool
    /// Since when the first of them has held.
    let since: Instant
    /// Whether ARP passed between them when it began.
    let isInTouch: Bool
    var length: Interval { (until ?? .never) - from }
  }

  /// No kernel has the addresses of a group that somebody had before.
  struct Gap {
    let group: Tag
    let from: Instant
    var until: Instant?
    var length: Interval { (until ?? .never) - from }
  }

  let world: World
  private var journal: Journal { world.journal ?? Journal(nodes: [], groups: [], otherNames: []) }

  init(of world: World) { self.world = world }

  /// One line an occurrence.
  var transcript: [String] { journal.lines }
  var reports: [(at: Instant, host: Int, report: Report)] { journal.reports }
  /// What was ordered to be announced: the rounds that repeat it are the address thread's own. Term 0 for a defence.
  var announcements: [(at: Instant, host: Int, group: Tag, term: UInt64)] {
    journal.orders.map { ($0.at, $0.host, world.groups[$0.group], $0.term) }
  }
  var datagrams: [(at: Instant, host: Int, datagram: Datagram)] {
    journal.datagrams.map { ($0.at, $0.host, Datagram($0.heartbeat)) }
  }
  /// What the wire was asked: to one Ethernet address, or to everybody.
  var probes: [(at: Instant, host: Int, to: EthernetAddress?)] { journal.probes }
  var echoes: [(at: Instant, host: Int, to: EthernetAddress)] { journal.echoes }
  /// What must never happen.
  var violations: [String] { world.violations.map(\.description) }
  var overlaps: [Overlap] { holdings.overlaps }
  var gaps: [Gap] { holdings.gaps }

  private var holdings: Holdings {
    var holdings = Holdings(groups: world.groups, hosts: world.hosts.count)
    for moment in journal.moments { holdings.take(moment) }
    return holdings
  }
}

/// Who held what when, from a journal.
private struct Holdings {
  let groups: [Tag]
  let hosts: Int
  var overlaps: [Record.Overlap] = []
  var gaps: [Record.Gap] = []
  private var since: [[Int: Instant]]
  private var handsOver: [Set<Int>]
  private var cuts: [Fault] = []

  init(groups: [Tag], hosts: Int) {
    self.groups = groups
    self.hosts = hosts
    since = Array(repeating: [:], count: groups.count)
    handsOver = Array(repeating: [], count: groups.count)
  }

  mutating func take(_ moment: Happening) {
    switch moment.what {
    case .began(let fault) where fault.kind == .cut: cuts.append(fault)
    case .healed(let fault) where fault.kind == .cut: cuts.removeAll { $0 == fault }
    case .held(let group, let holds):
      guard let host = moment.host else { return }
      since[group][host] = holds ? moment.at : nil
      watch(group, at: moment.at)
    case .reported(.transitioned(_, _, _, let cause, _)):
      if let host = moment.host, let group = moment.group { note(cause, by: host, group) }
    default: break
    }
  }

  private mutating func note(_ cause: Cause, by host: Int, _ group: Int) {
    switch cause {
    case .failBack, .requested, .standby(.some), .stopping(.some), .storm(.some): handsOver[group].insert(host)
    case .taken: break
    default: handsOver[group].remove(host)
    }
  }

  private mutating func watch(_ group: Int, at now: Instant) {
    let holders = Set(since[group].keys)
    let tag = groups[group]
    for place in overlaps.indices where overlaps[place].until == nil && overlaps[place].group == tag {
      if holders != overlaps[place].holders { overlaps[place].until = now }
    }
    for place in gaps.indices where gaps[place].until == nil && gaps[place].group == tag {
      if !holders.isEmpty { gaps[place].until = now }
    }
    if holders.isEmpty { gaps.append(Record.Gap(group: tag, from: now, until: nil)) }
    if holders.count > 1 {
      overlaps.append(
        Record.Overlap(
          group: tag, holders: holders, from: now, until: nil, isHandOver: !handsOver[group].isDisjoint(with: holders),
          since: since[group].values.min() ?? now, isInTouch: isInTouch(holders)))
    }
  }

  private func isInTouch(_ holders: Set<Int>) -> Bool {
    !cuts.contains { cut in
      holders.contains { one in holders.contains { other in one != other && cut.covers(one, other) } }
    }
  }
}

@testable import TakeoverCore

/// What happened in a trial, and what must never happen.
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

  var vocabulary = Vocabulary(nodes: [])
  /// One line an occurrence.
  private(set) var transcript: [String] = []
  private(set) var reports: [(at: Instant, host: Int, report: Report)] = []
  private(set) var announcements: [(at: Instant, host: Int, group: Tag, term: UInt64)] = []
  private(set) var datagrams: [(at: Instant, host: Int, datagram: Datagram)] = []
  /// What the wire was asked: to one Ethernet address, or to everybody.
  private(set) var probes: [(at: Instant, host: Int, to: EthernetAddress?)] = []
  private(set) var echoes: [(at: Instant, host: Int, to: EthernetAddress)] = []
  private(set) var overlaps: [Overlap] = []
  private(set) var gaps: [Gap] = []
  /// What must never happen.
  var violations: [String] = []
  private var held: Set<Tag> = []
  /// Since when each host has held each group.
  private var heldSince: [Tag: [Int: Instant]] = [:]

  /// Looks at the kernels after every step.
  mutating func watch(_ hosts: [Host], on wire: [[Trial.Path]], at now: Instant) {
    var holders: [Tag: Set<Int>] = [:]
    for host in hosts.indices {
      for group in hosts[host].holds { holders[group, default: []].insert(host) }
    }
    held.formUnion(holders.keys)
    for group in held {
      let former = heldSince[group] ?? [:]
      heldSince[group] = Dictionary(uniqueKeysWithValues: holders[group, default: []].map { ($0, former[$0] ?? now) })
    }
    for place in overlaps.indices where overlaps[place].until == nil {
      if holders[overlaps[place].group] != overlaps[place].holders { overlaps[place].until = now }
    }
    for (group, several) in holders.sorted(by: { $0.key < $1.key }) where several.count > 1 {
      if overlaps.contains(where: { $0.group == group && $0.until == nil }) { continue }
      let isHandOver = several.contains { hosts[$0].handsOver.contains(group) }
      let isInTouch = several.allSatisfy { one in
        several.allSatisfy { other in one == other || !wire[one][other].isCut && !wire[other][one].isCut }
      }
      overlaps.append(
        Overlap(
          group: group, holders: several, from: now, until: nil, isHandOver: isHandOver,
          since: heldSince[group]?.values.min() ?? now, isInTouch: isInTouch))
      note("\(several.sorted().map { vocabulary.nodes[$0] }.joined(separator: " and ")) both hold it", group, at: now)
    }
    for place in gaps.indices where gaps[place].until == nil {
      if holders[gaps[place].group] != nil { gaps[place].until = now }
    }
    for group in held.sorted() where holders[group] == nil {
      if gaps.contains(where: { $0.group == group && $0.until == nil }) { continue }
      gaps.append(Gap(group: group, from: now, until: nil))
      note("nobody holds it", group, at: now)
    }
  }

  mutating func note(_ sentence: String, _ group: Tag, at now: Instant) {
    transcript.append("\(vocabulary.time(now)) \(vocabulary.name(group)): \(sentence)")
  }

  mutating func note(_ sentence: String, by host: Int, at now: Instant) {
    transcript.append("\(vocabulary.time(now)) \(vocabulary.nodes[host]) \(sentence)")
  }

  mutating func reported(_ report: Report, by host: Int, in hosts: inout [Host], at now: Instant) {
    reports.append((now, host, report))
    if case .transitioned(let group, let from, let to, let cause, _) = report {
      let tag = hosts[host].tag(group)
      if hosts[host].roles[tag, default: .listening] != from {
        violations.append("\(hosts[host].name) says it was \(from), but it was \(hosts[host].roles[tag] as Any)")
      }
      hosts[host].roles[tag] = to
      switch cause {
      case .failBack, .requested, .standby(.some), .stopping(.some), .storm(.some): hosts[host].handsOver.insert(tag)
      case .taken: break
      default: hosts[host].handsOver.remove(tag)
      }
    }
    note(vocabulary.sentence(report, in: hosts[host].cluster), by: host, at: now)
  }

  mutating func asked(_ hardware: EthernetAddress?, by host: Int, at now: Instant) {
    probes.append((now, host, hardware))
  }

  mutating func echoed(_ hardware: EthernetAddress, by host: Int, at now: Instant) {
    echoes.append((now, host, hardware))
  }

  /// R4: an address is announced only while the kernel has it.
  mutating func announced(_ group: Tag, term: UInt64, by host: Int, of hosts: [Host], at now: Instant) {
    announcements.append((now, host, group, term))
    note("announces \(vocabulary.name(group)), term \(term)", by: host, at: now)
    if !hosts[host].holds.contains(group), !hosts[host].robbed.contains(group) {
      violations.append("\(hosts[host].name) announces what its kernel does not have, at \(vocabulary.time(now))")
    }
  }

  /// Whoever says that it owns has the addresses; whoever says that it holds none has none.
  mutating func sent(_ datagram: Datagram, _ heartbeat: Heartbeat, by host: Int, of hosts: [Host], at now: Instant) {
    datagrams.append((now, host, datagram))
    for place in 0..<heartbeat.groups.count {
      let report = heartbeat.groups[place]
      let isHeld = hosts[host].holds.contains(report.group)
      let isExcused = hosts[host].robbed.contains(report.group) || hosts[host].untold.contains(report.group)
      let isLie = !isExcused && (report.role == .owner && !isHeld || !report.holds && isHeld)
      if isLie { violations.append("\(hosts[host].name) says \(report.role) at \(vocabulary.time(now)): not so") }
    }
  }
}

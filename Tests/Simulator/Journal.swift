import TakeoverCore

/// What happened, for tests and for people: a transcript of all hosts in order, and lists of what can be asked for.
package struct Journal {
  package private(set) var lines: [String] = []
  package private(set) var reports: [(at: Instant, host: Int, report: Report)] = []
  package private(set) var announcements: [(at: Instant, host: Int, group: Int)] = []
  package private(set) var datagrams: [(at: Instant, host: Int, heartbeat: Heartbeat)] = []
  /// What the wire was asked: one Ethernet address, or everybody.
  package private(set) var probes: [(at: Instant, host: Int, to: EthernetAddress?)] = []
  package private(set) var echoes: [(at: Instant, host: Int, to: EthernetAddress)] = []
  /// Who got or lost the addresses of a group in its kernel.
  package private(set) var holdings: [(at: Instant, host: Int, group: Int, holds: Bool)] = []
  package private(set) var drops: [DropReason: Int] = [:]
  package private(set) var dropsByHost: [Int: [DropReason: Int]] = [:]
  /// The announcements that a core has ordered; term 0 for a defence.
  package private(set) var orders: [(at: Instant, host: Int, group: Int, term: UInt64)] = []
  /// All of it that a story tells, in order.
  package private(set) var moments: [Happening] = []
  private let vocabulary: Vocabulary
  private let groups: Int
  private var isReporting = false

  init(nodes: [String], groups: [String], otherNames: [String]) {
    vocabulary = Vocabulary(nodes: nodes, groups: groups + otherNames)
    self.groups = groups.count
  }

  package var transcript: String { lines.joined(separator: "\n") + "\n" }

  mutating func note(_ sentence: String, by host: String?, at now: Instant) {
    let who = host.map { $0 + String(repeating: " ", count: max(0, 8 - $0.count)) } ?? "        "
    lines.append("\(Vocabulary.time(now)) \(who) \(sentence)")
    guard let host = host.flatMap({ vocabulary.nodes.firstIndex(of: $0) }), !isReporting else { return }
    moments.append(Happening(at: now, host: host, what: .noted(sentence)))
  }

  mutating func began(_ fault: Fault, at now: Instant) {
    moments.append(Happening(at: now, host: nil, what: .began(fault)))
  }

  mutating func healed(_ fault: Fault, at now: Instant) {
    moments.append(Happening(at: now, host: nil, what: .healed(fault)))
  }

  /// A kernel, a stranger or a fabric answers what a host asks the wire.
  mutating func answered(_ group: Int, by hardware: EthernetAddress, isEcho: Bool, to host: Int, at now: Instant) {
    moments.append(Happening(at: now, host: host, what: .answered(group, by: hardware, isEcho: isEcho)))
  }

  mutating func reported(_ report: Report, by host: Int, name: String, in cluster: Cluster, at now: Instant) {
    reports.append((now, host, report))
    var moment = Happening(at: now, host: host, what: .reported(report))
    if case .transitioned(let index, _, _, _, _) = report {
      let tag = cluster.groups[Int(index.position)].tag
      moment.group = vocabulary.groups.firstIndex { Tag(of: $0) == tag }.map { $0 % groups }
    }
    moments.append(moment)
    isReporting = true
    note(vocabulary.sentence(report, in: cluster), by: name, at: now)
    isReporting = false
  }

  mutating func announced(_ group: Int, by host: Int, at now: Instant) {
    announcements.append((now, host, group))
    moments.append(Happening(at: now, host: host, what: .announced(group)))
  }
  mutating func sent(_ heartbeat: Heartbeat, by host: Int, at now: Instant) { datagrams.append((now, host, heartbeat)) }
  mutating func asked(_ hardware: EthernetAddress?, by host: Int, at now: Instant) {
    probes.append((now, host, hardware))
    moments.append(Happening(at: now, host: host, what: .asked))
  }

  mutating func echoed(_ hardware: EthernetAddress, by host: Int, at now: Instant) {
    echoes.append((now, host, hardware))
    moments.append(Happening(at: now, host: host, what: .echoed))
  }
  mutating func held(_ group: Int, by host: Int, _ holds: Bool, at now: Instant) {
    holdings.append((now, host, group, holds))
    moments.append(Happening(at: now, host: host, what: .held(group, holds)))
  }
  mutating func dropped(_ reason: DropReason, by host: Int) {
    drops[reason, default: 0] += 1
    dropsByHost[host, default: [:]][reason, default: 0] += 1
  }

  mutating func ordered(_ group: Int, term: UInt64, by host: Int, at now: Instant) {
    orders.append((now, host, group, term))
  }

}

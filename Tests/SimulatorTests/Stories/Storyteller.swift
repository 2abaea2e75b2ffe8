import Simulator
import TakeoverCore

@testable import Agent
@testable import Configuration
@testable import Engine
@testable import Log
@testable import Support

/// Makes one ordered timeline of what all nodes log, all kernels have, the wire answers and a client notices.
///
/// What a node logs comes from the agent's own ``MessageFormatter``: the words are those of the log.
struct Storyteller {
  private let schedule: Schedule
  private let names: [String]
  private var narrators: [MessageFormatter] = []
  private var editions: [Int64]
  private var holders = Holders()
  private var client = Client()
  private var questions = Questions()
  private var proxied: Set<Int> = []
  private var lines: [(at: Instant, line: String)] = []

  init(_ schedule: Schedule) throws {
    self.schedule = schedule
    names = (0..<schedule.nodes).map(Schedule.name(ofNode:))
    editions = Array(repeating: 0, count: schedule.nodes)
    for host in names.indices {
      narrators.append(MessageFormatter(generation: try schedule.generation(of: host, edition: 0)))
    }
  }

  /// The text from the line `timeline` on. Of a story with faults what comes before the first of them is left out.
  mutating func tell(_ moments: [Happening]) throws -> String {
    for moment in moments { try take(moment) }
    let begin = schedule.faults.map(\.at).min().map { Instant.origin + $0 } ?? .origin
    let told = lines.filter { $0.at >= begin }.map(\.line)
    let ends = ["", "clients: \(clientsEnd(since: begin))", "address: \(addressEnd)"]
    return (["timeline", "    time  has  who"] + told + ends)
      .joined(separator: "\n") + "\n"
  }

  private mutating func take(_ moment: Happening) throws {
    let held = holders.take(moment)
    let asked = questions.take(moment, names: names, who: answerer)
    if let asked { say(moment.at, "wire", asked) }
    if let (who, sentence) = try sentence(for: moment) { say(moment.at, who, sentence) }
    if let held { say(moment.at, "", held) }
    if let noticed = client.take(moment, names: names) { say(moment.at, "clients", noticed) }
  }

  private mutating func say(_ at: Instant, _ who: String, _ sentence: String) {
    let time = at.nanoseconds / 100_000
    let fraction = String(10_000 + time % 10_000).dropFirst()
    let seconds = String(time / 10_000)
    let stamp = String(repeating: " ", count: max(0, 3 - seconds.count)) + seconds + "." + fraction
    let gutter = holders.gutter(of: names.count)
    lines.append((at, "\(stamp)  \(gutter)  \(who.padded(to: 7))  \(sentence)"))
  }

  private mutating func sentence(for moment: Happening) throws -> (String, String)? {
    switch moment.what {
    case .noted(let note): return moment.host.flatMap { host in plainWords(note).map { (names[host], $0) } }
    case .reported(let report): return try log(report, at: moment)
    case .began(let fault):
      if fault.kind == .proxy { proxied.insert(fault.host) }
      if fault.kind == .reload { try go(fault.host, toEdition: fault.amount) }
      return fault.beginning(names: names).map { ("", $0) }
    case .healed(let fault):
      if fault.kind == .proxy { proxied.remove(fault.host) }
      return fault.end(names: names).map { ("", $0) }
    case .held(_, let holds):
      return moment.host.map { (names[$0], "the kernel has the address\(holds ? "" : " no longer")") }
    case .announced, .asked, .echoed, .answered: return nil
    }
  }

  private mutating func log(_ report: Report, at moment: Happening) throws -> (String, String)? {
    guard let host = moment.host else { return nil }
    var report = report
    if case .configurationDiffers(let node, let theirs) = report {
      let generation = try schedule.generation(of: host, edition: Int64(theirs) - 1)
      report = .configurationDiffers(node, theirs: generation.configuration.fingerprint)
    }
    return narrators[host].message(for: report, at: moment.at).map { (names[host], $0.text) }
  }

  private mutating func go(_ host: Int, toEdition edition: Int64) throws {
    editions[host] = edition
    narrators[host].generation = try schedule.generation(of: host, edition: edition)
  }

  private func answerer(_ hardware: EthernetAddress) -> String {
    guard hardware != World.stranger else { return "a host that is none of the nodes" }
    let host = Int(hardware.rawValue & 0xff) - 1
    return proxied.contains(host) && !holders.now.contains(host) ? "the switch" : "the kernel of \(names[host])"
  }

  private func clientsEnd(since begin: Instant) -> String {
    var parts: [String] = []
    if let first = client.firstAnswered, first >= begin { parts.append("first answered after \((first - begin).text)") }
    if !client.silences.isEmpty { parts.append("without an answer for \(list(client.silences))") }
    if client.isSilent { parts.append("without an answer in the end") }
    if client.moves > 0 { parts.append("moved \(times(client.moves)) without a loss") }
    return parts.isEmpty ? "noticed nothing" : parts.joined(separator: "; ")
  }

  private var addressEnd: String {
    var parts: [String] = []
    if !holders.gaps.isEmpty { parts.append("on no host for \(list(holders.gaps))") }
    let overlaps = holders.overlaps.map { "\($0.length.text) (\($0.reason))" }
    parts.append(overlaps.isEmpty ? "never on two hosts" : "on two hosts for \(overlaps.joined(separator: ", "))")
    return parts.joined(separator: "; ")
  }

  private func list(_ times: [Interval]) -> String {
    guard times.count > 3, let longest = times.max() else { return times.map(\.text).joined(separator: ", ") }
    return "\(longest.text) at most, \(self.times(times.count))"
  }

  private func times(_ count: Int) -> String { count == 1 ? "once" : count == 2 ? "twice" : "\(count) times" }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension Schedule {
  /// The plan that an agent would make of the same cluster, with the addresses of the examples.
  fileprivate func generation(of host: Int, edition: Int64) throws -> Generation {
    let cluster = cluster(of: host, edition: edition)
    func text(_ time: Interval) -> String { "\(time.nanoseconds / 1_000_000)ms" }
    var lines = ["cluster = \"loadb\"", "[heartbeat]", "bcast = \"story0\""]
    lines += ["keepalive = \"\(text(cluster.keepalive))\"", "warntime = \"\(text(cluster.warntime))\""]
    lines += ["deadtime = \"\(text(cluster.deadtime))\"", "initdead = \"\(text(cluster.initdead))\""]
    lines += ["[auth]", "keys = \"/k\""]
    for node in 0..<nodes { lines += ["[[node]]", "name = \"\(Schedule.name(ofNode: node))\""] }
    for (number, rules) in cluster.groups.enumerated() {
      let order = (0..<nodes).sorted { rules.ranks[$0] < rules.ranks[$1] }.map { "\"\(Schedule.name(ofNode: $0))\"" }
      lines += [
        "[[group]]", "name = \"\(Schedule.name(ofGroup: number))\"", "preferred = [\(order.joined(separator: ", "))]",
      ]
      lines += ["auto_failback = \(rules.autoFailback)", "lease = \"\(rules.lease.map(text) ?? "off")\""]
      lines += ["[[group.vip]]", "address = \"195.46.64.\(21 + number)/24\"", "dev = \"eth0\""]
    }
    let loaded = try LoadedConfiguration(parsing: Array(lines.joined(separator: "\n").utf8), file: "config.toml")
    let keys = KeyRing(signing: Key(id: 1, secret: Array(repeating: 7, count: 32)), keys: [])
    return try Generation(
      loaded.configuration, keys: keys, nodeName: Schedule.name(ofNode: host), session: 1, after: nil)
  }
}

import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// The questions that scenarios ask of a trial.
extension Trial {
  static let director = Tag(of: "director")

  var record: Record { Record(of: world) }

  func startAll(within time: Interval) {
    for host in hosts.indices {
      let phase = Int64.random(in: 0..<time.nanoseconds, using: &dice)
      at(now + Interval(nanoseconds: phase)) { [unowned self] in start(host) }
    }
  }

  /// Whom the group's reports make its owner.
  func owners(of group: Tag = director) -> [Int] {
    hosts.indices.filter { hosts[$0].core != nil && hosts[$0].roles[group] == .owner }
  }

  func holders(of group: Tag = director) -> [Int] { hosts.indices.filter { hosts[$0].holds.contains(group) } }

  /// The changes to a role, with their times and causes.
  func changes(
    to role: GroupReport.Role, by host: Int, since: Instant = .origin
  ) -> [(at: Instant, cause: Cause, term: UInt64)] {
    record.reports.compactMap { report in
      guard report.host == host, report.at >= since, case .transitioned(_, _, role, let cause, let term) = report.report
      else { return nil }
      return (report.at, cause, term)
    }
  }

  /// The one's last claim was made because the other offered the group.
  func expectHandOver(from giver: Int, to taker: Int, sourceLocation: SourceLocation = #_sourceLocation) {
    var source: NodeIndex?
    if case .handOver(let node)? = changes(to: .claiming, by: taker).last?.cause { source = node }
    #expect(source == NodeIndex(giver), "\(transcript())", sourceLocation: sourceLocation)
  }

  func reports(by host: Int, since: Instant = .origin, where matches: (Report) -> Bool) -> Int {
    record.reports.count { $0.host == host && $0.at >= since && matches($0.report) }
  }

  func announcements(by host: Int, since: Instant) -> [Instant] {
    record.announcements.filter { $0.host == host && $0.at >= since }.map(\.at)
  }

  func transcript() -> String { record.transcript.joined(separator: "\n") }

  /// What holds after every scenario: one owner, nobody else with the addresses, nothing that must never happen.
  func expectOwner(_ host: Int, of group: Tag = director, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(owners(of: group) == [host], "\(transcript())", sourceLocation: sourceLocation)
    #expect(holders(of: group) == [host], "\(transcript())", sourceLocation: sourceLocation)
    expectSound(sourceLocation: sourceLocation)
  }

  func expectSound(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(record.violations == [], "\(transcript())", sourceLocation: sourceLocation)
  }

  /// No two holders but for an instant while one hands over to the other.
  func expectOnlyHandOvers(
    within bound: Interval = .milliseconds(5), sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let others = record.overlaps.filter { !$0.isHandOver || $0.length >= bound }
    #expect(others.isEmpty, "\(transcript())", sourceLocation: sourceLocation)
  }

  /// Where ARP passes there are never two holders, but for an instant while one hands over to the other.
  func expectOneHolder(sourceLocation: SourceLocation = #_sourceLocation) {
    let others = record.overlaps.filter { $0.isInTouch && !($0.isHandOver && $0.length < .milliseconds(5)) }
    #expect(others.isEmpty, "\(transcript())", sourceLocation: sourceLocation)
    expectSound(sourceLocation: sourceLocation)
  }

  /// Nothing has moved since.
  func expectUnmoved(since: Instant, sourceLocation: SourceLocation = #_sourceLocation) {
    let moves = hosts.indices.map {
      reports(by: $0, since: since) { if case .transitioned = $0 { true } else { false } }
    }
    #expect(moves.allSatisfy { $0 == 0 }, "\(transcript())", sourceLocation: sourceLocation)
  }

  func probes(by host: Int, since: Instant = .origin) -> Int {
    record.probes.count { $0.host == host && $0.at >= since }
  }

  /// When a host's kernel has lost the last address of the group by itself, or an order.
  func heldUntil(_ host: Int, _ group: Tag = director, by end: Instant) -> Instant {
    run(until: end) { [self] in !hosts[host].holds.contains(group) }
    return now
  }

  func expectNoGap(since: Instant = .origin, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(record.gaps.allSatisfy { $0.from < since }, "\(transcript())", sourceLocation: sourceLocation)
  }
}

import TakeoverCore
import Testing

@testable import Agent
@testable import Log

/// Reports as a network gone mad would cause them, at random and without a pause.
@Suite struct ReportFloodTests {
  private static let duration: Int64 = 600
  private static let count: Int64 = 30_000

  @Test func theLogStaysReadableAndAccountsForEverything() throws {
    var random = SystemRandomNumberGenerator()
    var formatter = MessageFormatter(generation: try MessageExamples().generation)
    var throttle = Throttle()
    var said: [String: Int] = [:]
    var (accountedFor, untold) = (0, 0)
    func take(_ line: LogLine) {
      let fields = line.message.fields
      let about = [line.message.kind.rawValue, fields[.group] ?? "", fields[.peer] ?? ""].joined(separator: " ")
      said[about, default: 0] += 1
      accountedFor += 1 + (fields[.leftOut].flatMap { Int($0) } ?? 0)
    }
    for number in 0..<Self.count {
      let now = Self.duration * 1_000_000_000 * number / Self.count
      // That a claim has made an owner is told with how long it took; a node that is late in its restart,
      // when it has been silent for its deadtime.
      guard let message = formatter.message(for: .random(using: &random), at: Instant(nanoseconds: now)) else {
        untold += 1
        continue
      }
      for line in throttle.overdue(at: now) { take(line) }
      if let line = throttle.admit(LogLine(message, at: now / 1_000_000), at: now) { take(line) }
    }
    for line in throttle.overdue(at: Self.duration * 1_000_000_000, isLast: true) { take(line) }
    #expect(accountedFor + untold == Int(Self.count) && untold < Int(Self.count) / 10, "each is said or counted")
    for (about, lines) in said {
      let kind = try #require(about.split(separator: " ").first.flatMap { MessageKind(rawValue: String($0)) })
      let bound = kind.entry.pace == .sparse ? 3 + Self.duration / 10 + 1 : 20 + Self.duration + 1
      #expect(lines <= Int(bound), "\(about)")
    }
  }
}

extension Report {
  /// Any report of a cluster with two nodes and a group, with any numbers that a network could bring about.
  fileprivate static func random(using random: inout SystemRandomNumberGenerator) -> Report {
    let group = GroupIndex(0)
    let node = NodeIndex(Int.random(in: 0...1, using: &random))
    let hardware = EthernetAddress(rawValue: UInt64.random(in: 0..<1 << 48, using: &random))
    let time = Interval(nanoseconds: Int64.random(in: 0..<1 << 40, using: &random))
    let number = UInt64.random(in: 0 ... .max, using: &random)
    let roles = GroupReport.Role.allCases
    let (from, to) = (roles.randomElement(using: &random), roles.randomElement(using: &random))
    let reports: [Report] = [
      .transitioned(
        group, from: from ?? .standby, to: to ?? .owner, .ownerDead(node, silence: time, missed: 3), term: number),
      .joined(node, session: number), .late(node, silence: time, missed: 2), .onTime(node, silence: time),
      .dead(node, silence: time, missed: 3), .returned(node, silence: time), .left(node), .unheard(node),
      .heardAgain(node), .unproven(node), .configurationDiffers(node, theirs: UInt32(truncatingIfNeeded: number)),
      .timingDiffers(node, keepalive: time, deadtime: time), .claimHeldBack(group, by: node, .unproven),
      .unasked(group, until: .origin + time),
      .configurationAgrees(node), .namesake(session: number),
      .unknownNode(Tag(rawValue: UInt32(truncatingIfNeeded: number))),
      .conflict(group, with: node, theirTerm: number, won: number % 2 == 0), .interference(group),
      .stalled(lateness: time), .answered(group, by: hardware, of: node), .answered(group, by: hardware, of: nil),
      .proxied(group, by: hardware), .usurped(group, by: hardware, defended: number % 2 == 0),
      .leftoverRemoved(group, owner: node), .restarting(node), .storm(group, losses: 6),
    ]
    return reports.randomElement(using: &random) ?? .endedEarly
  }
}

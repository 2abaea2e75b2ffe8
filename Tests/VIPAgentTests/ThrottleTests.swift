import Testing

@testable import Agent
@testable import Log

@Suite struct ThrottleTests {
  private let second: Int64 = 1_000_000_000
  private var throttle = Throttle()

  private func late(_ node: String = "loadb2", number: Int64 = 0) -> LogLine {
    LogLine(Message(.late, "\(node) is late \(number)", [.peer: node]), at: number)
  }

  @Test mutating func admitsABurstAndThenOneEveryInterval() {
    let admitted = (0..<100).filter { throttle.admit(late(), at: Int64($0) * second) != nil }
    #expect(admitted == [0, 1, 2, 10, 20, 30, 40, 50, 60, 70, 80, 90])
  }

  @Test mutating func whatTheNodeDoesItselfHasMoreRoom() {
    let line = LogLine(Message(.taking, "taking", [.group: "director"]), at: 0)
    #expect((0..<30).count { throttle.admit(line, at: Int64($0)) != nil } == 20)
    let next = throttle.admit(line, at: second)
    #expect(next?.message.fields[.leftOut] == "10")
  }

  @Test mutating func whatTheOperatorCausesIsAlwaysSaid() {
    for _ in 0..<1_000 { #expect(throttle.admit(LogLine(.reloadNeedsRestart(), at: 0), at: 0) != nil) }
  }

  @Test mutating func theNextLineSaysHowManyAreMissing() throws {
    for number in 0..<40 { _ = throttle.admit(late(number: Int64(number)), at: 0) }
    #expect(throttle.leftOut == 37)
    let admitted = throttle.admit(late(number: 42), at: 10 * second)
    let line = try #require(admitted)
    #expect(line.text == "loadb2 is late 42 (37 lines like this were left out before)")
    #expect(line.message.fields[.leftOut] == "37")
    #expect(throttle.admit(late(number: 43), at: 30 * second)?.text == "loadb2 is late 43")
    #expect(throttle.overdue(at: 30 * second, isLast: true) == [], "nothing is left out any more")
  }

  @Test mutating func theLastLineIsSaidWhenItHasBecomeQuiet() {
    for number in 0..<6 { _ = throttle.admit(late(number: Int64(number)), at: Int64(number)) }
    #expect(throttle.nextOverdue <= 10 * second + 5)
    #expect(throttle.overdue(at: 10 * second + 3) == [], "the last one is not 10 s ago yet")
    #expect(throttle.nextOverdue == 10 * second + 5)
    let lines = throttle.overdue(at: 10 * second + 5)
    #expect(lines.map(\.text) == ["loadb2 is late 5 (2 lines like this were left out before)"])
    #expect(lines.map(\.milliseconds) == [5], "it tells when it was said")
    #expect(throttle.leftOut == 2)
    #expect(throttle.nextOverdue == .max)
  }

  @Test mutating func topicsDoNotHinderEachOther() {
    for _ in 0..<10 { _ = throttle.admit(late(), at: 0) }
    #expect(throttle.admit(late("loadb3"), at: 0) != nil)
    #expect(throttle.admit(LogLine(Message(.dead, "", [.peer: "loadb2"]), at: 0), at: 0) != nil)
  }

  /// What a sender can choose (its address, its session, the time it lets pass) makes no topic.
  @Test mutating func nothingFromTheWireMakesATopic() {
    var said = 0
    for number in UInt32(0)..<5_000 {
      let drop = Message.dropped(.authentication, count: 1, source: number, port: 694, keys: "/k")
      let messages: [Message?] = [
        drop, .namesake(of: "loadb1", session: UInt64(number)), .unknownNode(.init(rawValue: number)),
        .joined("loadb2", session: UInt64(number)),
        .configurationDiffers(of: "loadb2", theirs: number, ours: 1),
      ]
      for message in messages.compactMap(\.self) where throttle.admit(LogLine(message, at: 0), at: 0) != nil {
        said += 1
      }
    }
    #expect(said == 5 * 3)
    #expect(throttle.leftOut == 24_985)
  }

  /// Should topics ever be more than there is room for, those beyond share one for each kind.
  @Test func tooManyTopicsShareOne() {
    var throttle = Throttle(capacity: 4)
    let admitted = (0..<10_000).filter { throttle.admit(late("node\($0)"), at: Int64($0)) != nil }
    #expect(admitted == Array(0..<7))
    #expect(throttle.admit(late("node77"), at: 60 * second) != nil, "those that are quiet make room")
  }
}

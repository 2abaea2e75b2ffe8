import TakeoverCore
import Testing

@testable import Engine

@Suite struct ArrivalsTests {
  private static func heartbeat(_ session: UInt64, _ sequence: UInt64) -> Heartbeat {
    Heartbeat(
      cluster: Tag(of: "loadb"), node: Tag(of: "loadb2"), fingerprint: 1, session: session, sequence: sequence,
      keepalive: .milliseconds(100), deadtime: .milliseconds(300))
  }

  /// A peer can say any sequence number, in as many sessions as it likes: the sum of what seems to be lost goes round.
  @Test func theHighestSequenceOfTwoSessions() throws {
    let arrivals = Arrivals()
    var now = Instant.origin + .seconds(1)
    for session in [UInt64(1), 2, 3] {
      for sequence in [UInt64(1), .max] {
        arrivals.note(Self.heartbeat(session, sequence), at: now, warntime: .milliseconds(200))
        now = now + .milliseconds(100)
      }
    }
    let summary = try #require(arrivals.summary(of: Tag(of: "loadb2"), at: now))
    #expect(summary.heard == 6)
  }

  /// Times at the ends of what a heartbeat can say.
  @Test(arguments: [Int64.min, -1, 0, 1, Int64.max - 1])
  func anyGap(nanoseconds: Int64) throws {
    let arrivals = Arrivals()
    var word = Self.heartbeat(1, 1)
    word.deadtime = .seconds(600)
    arrivals.note(word, at: .origin, warntime: .milliseconds(200))
    word.sequence = 2
    arrivals.note(word, at: Instant(nanoseconds: nanoseconds), warntime: .milliseconds(200))
    #expect(arrivals.summary(of: Tag(of: "loadb2"), at: .origin)?.heard == 2)
  }
}

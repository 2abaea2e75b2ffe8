import Testing

@testable import Lab

/// The pinger's account on its own, at one request a millisecond.
@Suite struct PingLogTests {
  private static let millisecond: Int64 = 1_000_000

  /// Sends `count` requests from 1 ms on and answers those in `answered` 0.2 ms later.
  private func log(capacity: Int = 100, count: Int, answered: (Int) -> Bool) -> PingLog {
    var log = PingLog(capacity: capacity)
    for number in 0..<count {
      let time = Int64(number + 1) * Self.millisecond
      log.send(at: time)
      if answered(number) { log.answer(number, at: time + 200_000) }
    }
    return log
  }

  @Test func outagesRunFromTheFirstLostToTheFirstAnswered() {
    let log = log(count: 20) { !(5..<8).contains($0) && $0 != 10 }
    let report = log.report(from: 0, to: 20, at: .max)
    #expect(report.sent == 20)
    #expect(report.lost == 4)
    #expect(
      report.outages == [
        PingReport.Outage(start: 6_000_000, end: 9_000_000, answered: 9_200_000, lost: 3),
        PingReport.Outage(start: 11_000_000, end: 12_000_000, answered: 12_200_000, lost: 1),
      ])
    #expect(report.longest?.duration == .milliseconds(3))
    #expect(report.slowest == .microseconds(200))
  }

  @Test func whatMayStillBeAnsweredCountsForNothing() {
    let log = log(count: 10) { $0 < 8 }
    let early = 12 * Self.millisecond
    #expect(!log.isSettled(from: 0, to: 10, at: early))
    #expect(log.isSettled(from: 0, to: 8, at: early))
    #expect(log.report(from: 0, to: 10, at: early).sent == 8)
    #expect(log.report(from: 0, to: 10, at: early).lost == 0)
    let late = 10 * Self.millisecond + PingLog.patience
    #expect(log.isSettled(from: 0, to: 10, at: late))
    #expect(log.report(from: 0, to: 10, at: late).lost == 2)
    #expect(log.report(from: 0, to: 10, at: late).longest?.end == nil)
  }

  @Test func anAnswerAfterASecondIsNone() {
    var log = log(count: 2) { $0 == 1 }
    log.answer(0, at: 2 * PingLog.patience)
    #expect(log.report(from: 0, to: 2, at: .max).lost == 1)
  }

  @Test func strangeAnswersChangeNothing() {
    var log = log(capacity: 10, count: 25) { _ in false }
    for number in [-1, 0, 14, 25, Int.max, Int.min] { log.answer(number, at: 26 * Self.millisecond) }
    #expect(log.newestAnswered == -1)
    log.answer(15, at: 26 * Self.millisecond)
    log.answer(15, at: 2 * PingLog.patience)
    #expect(log.report(from: 0, to: 25, at: .max).sent == 10)
    #expect(log.report(from: 0, to: 25, at: .max).lost == 9)
  }

  @Test func closingLosesTheRest() {
    var log = log(count: 3) { $0 == 0 }
    log.close()
    #expect(log.isSettled(from: 0, to: 3, at: 0))
    #expect(log.report(from: 1, to: 3, at: 4 * Self.millisecond).lost == 2)
    #expect(log.report(from: 3, to: 3, at: .max) == PingReport())
    #expect(log.report(from: 9, to: 3, at: .max) == PingReport())
  }
}

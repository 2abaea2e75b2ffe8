import TakeoverCore
import Testing

@testable import Agent

@Suite struct ReloadPaceTests {
  private func instant(_ milliseconds: Int64) -> Instant { .origin + .milliseconds(milliseconds) }

  @Test func theFirstOneComesAtOnce() {
    let pace = ReloadPace()
    #expect(!pace.isDue(at: instant(5_000)) && pace.timeout(at: instant(5_000)) == -1)
    pace.want()
    #expect(pace.isDue(at: instant(5_000)) && pace.timeout(at: instant(5_000)) == 0)
  }

  @Test func whatIsWantedMeanwhileIsOneThatComesWhenTheSecondIsOver() {
    let pace = ReloadPace()
    pace.want()
    pace.begin(at: instant(5_000))
    #expect(!pace.isDue(at: instant(9_000)))
    for _ in 0..<100 { pace.want() }
    #expect(!pace.isDue(at: instant(5_999)) && pace.timeout(at: instant(5_999)) == 2)
    #expect(pace.isDue(at: instant(6_000)))
    pace.begin(at: instant(6_000))
    #expect(!pace.isDue(at: instant(60_000)) && pace.timeout(at: instant(60_000)) == -1)
  }
}

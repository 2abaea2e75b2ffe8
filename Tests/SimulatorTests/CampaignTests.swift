import Simulator
import Testing

/// Random schedules, always the same few; `make test` plays thousands and fresh ones with the release build.
@Suite struct CampaignTests {
  @Test func theFixedSchedulesAreSound() async {
    let tally = await Campaign(seed: 1, schedules: 6).run(jobs: 2)
    print("fixed schedules: \(tally.summary)")
    expectSound(tally)
    #expect(tally.schedules == 6)
  }

  private func expectSound(_ tally: Campaign.Tally) {
    guard let failure = tally.failure else { return }
    var shrinker = Shrinker(failure.schedule, rule: failure.violation.rule, limit: 500)
    shrinker.shrink()
    let transcript = shrinker.schedule.play(keepsJournal: true).transcript ?? ""
    Issue.record("seed \(failure.schedule.seed): \(failure.violation)\n\(shrinker.schedule.text)\n\(transcript)")
  }
}

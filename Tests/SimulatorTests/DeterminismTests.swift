import Simulator
import Testing

@Suite struct DeterminismTests {
  /// The same seed gives the same run to the byte, with a journal or without.
  @Test(arguments: [1, 7, 42, 1_000, 123_456] as [UInt64])
  func theSameSeedGivesTheSameRun(seed: UInt64) {
    let schedule = ScheduleGenerator.schedule(seed: seed, nodes: [2, 3, 5])
    let first = schedule.play(keepsJournal: true)
    let second = schedule.play(keepsJournal: true)
    #expect(first.transcript == second.transcript)
    #expect(first.digest == second.digest)
    #expect(first.digest == schedule.play().digest)
    #expect(first.statistics.sent > 0)
  }

  @Test func anotherSeedGivesAnotherRun() {
    let digests = (1...20).map { ScheduleGenerator.schedule(seed: $0, nodes: [2, 3, 5]).play().digest }
    #expect(Set(digests).count == digests.count)
  }
}

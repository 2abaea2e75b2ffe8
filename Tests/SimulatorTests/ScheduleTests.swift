import Simulator
import Testing

@Suite struct ScheduleTests {
  @Test func aScheduleIsReadAsItWasPrinted() throws {
    for seed in 0..<500 as Range<UInt64> {
      let schedule = ScheduleGenerator.schedule(seed: seed, nodes: [2, 3, 5])
      #expect(try Schedule(text: schedule.text) == schedule)
    }
  }
}

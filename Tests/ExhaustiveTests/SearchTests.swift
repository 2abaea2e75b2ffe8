import Testing

@testable import Exhaustive

/// Searches that are small enough for every run of the tests; `make search` runs them all, and to the end.
@Suite struct SearchTests {
  private func expectSound(_ outcome: Search.Outcome) {
    #expect(outcome.violation == nil, "\(outcome.violation ?? "")\n\(outcome.story.joined(separator: "\n"))")
  }

  /// Heartbeats may be lost, but never two in a row: the whole space, and nothing moves in it.
  @Test func aStableClusterNeverMoves() {
    var setting = Setting("calm", [:])
    setting.losesSingly = true
    setting.lease = nil
    var search = Search(setting)
    let outcome = search.run()
    expectSound(outcome)
    #expect(outcome.isComplete)
    #expect(outcome.states > 500)
  }

  /// The nearest situations of each search.
  @Test(arguments: Setting.all.indices) func theNearestSituationsAreSound(_ place: Int) {
    var search = Search(Setting.all[place], limit: 400)
    let outcome = search.run()
    expectSound(outcome)
    #expect(outcome.states >= 400 || outcome.isComplete)
  }

  /// A search that cannot fail proves nothing: a core that does not ask the wire, held against the rule that it must.
  @Test func aBrokenRuleIsFoundWithTheShortestWayToIt() {
    var setting = Setting("careless", [.wall: 1])
    setting.policy = .claim
    setting.mustAskWire = true
    setting.lease = nil
    var search = Search(setting, limit: 20_000)
    let outcome = search.run()
    #expect(outcome.violation == "claims what the other's kernel answers for")
    #expect(outcome.story.contains { $0.contains("standby → claiming") })
    #expect(outcome.story.contains { $0.contains("BROKEN") })
    #expect(!outcome.isComplete)
  }
}

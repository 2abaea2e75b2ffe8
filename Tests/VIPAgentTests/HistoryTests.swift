import Agent
import TakeoverCore
import Testing

@testable import Agent
@testable import Engine
@testable import Status
@testable import Support

/// What the status remembers.
@Suite struct HistoryTests {
  /// A cluster that starts has planned nothing, and an agent that finds its own addresses has not either.
  @Test(arguments: [
    (Cause.noOwner, TakeoverKind.start), (.adoption, .start), (.handOver(from: NodeIndex(1)), .planned),
    (.ownerLeft(NodeIndex(1)), .planned), (.ownerLetGo(NodeIndex(1)), .planned),
    (.ownerDead(NodeIndex(1), silence: .milliseconds(302), missed: 3), .unplanned),
    (.answersStopped(NodeIndex(1), after: .seconds(1)), .unplanned), (.ownerProxied(NodeIndex(1)), .unplanned),
    (.forced, .unplanned),
  ]) func aTakeoverIsOfItsKind(_ cause: Cause, _ kind: TakeoverKind) throws {
    let group = try MessageExamples().generation.groups[0]
    var history = History(started: .now)
    history.note(group.tag, to: .claiming, because: "", takeover: cause.takeover, at: .now)
    history.note(group.tag, to: .owner, because: "announced", takeover: .planned, at: .now)
    history.note(Timeline(), group, from: nil)
    #expect(history.entry(of: group.tag).takeovers == [kind: 1])
    #expect(history.takeovers.map(\.kind) == [kind])
  }
}

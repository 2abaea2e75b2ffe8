import TakeoverCore
import Testing

@testable import Agent
@testable import Log
@testable import Support

/// What the main thread remembers of what it was told.
struct EventHistoryTests {
  /// Whoever has no key may write any name: only those of the generation's nodes are remembered.
  @Test func onlyNodesOfThePlanAreRemembered() throws {
    let pipe = try Pipe()
    let log = try Log(to: pipe.writer, node: "loadb2", journalStream: nil)
    let generation = try MessageExamples().generation
    let users = LocalUsers(in: "/nonexistent")
    let eventHistory = EventHistory(generation, quietDevices: [], users: users, log: log)
    let source = UInt32(bigEndian: 0xc32e_4010), node = Tag(of: "loadb1"), stranger = Tag(of: "stranger")
    for tag in [node, stranger] {
      eventHistory.noteDropped(.authentication, count: 1, source: source, node: tag, at: .origin)
    }
    #expect(
      eventHistory.refusal(of: node, at: .origin)
        == "heartbeats in its name, from 195.46.64.16, are refused: they are signed with another secret")
    #expect(eventHistory.refusal(of: stranger, at: .origin) == nil)
    eventHistory.turn(to: generation, quietDevices: [])
    #expect(eventHistory.refusal(of: node, at: .origin) == nil, "the new keys may be the right ones")
    log.close(flushWithin: 10_000)
  }
}

import TakeoverCore
import Testing

@testable import Agent
@testable import Log
@testable import Support

/// What the main thread remembers of what it was told.
struct ChronicleTests {
  /// Whoever has no key may write any name: only those of the plan's nodes are remembered.
  @Test func onlyNodesOfThePlanAreRemembered() throws {
    let pipe = try Pipe()
    let log = try Log(to: pipe.writer, node: "loadb2", journalStream: nil)
    let plan = try MessageExamples().plan
    let users = LocalUsers(in: "/nonexistent")
    let chronicle = Chronicle(plan, quietDevices: [], users: users, log: log)
    let source = UInt32(bigEndian: 0xc32e_4010), node = Tag(of: "loadb1"), stranger = Tag(of: "stranger")
    for tag in [node, stranger] {
      chronicle.noteDropped(.authentication, count: 1, source: source, node: tag, at: .origin)
    }
    #expect(
      chronicle.refusal(of: node, at: .origin)
        == "heartbeats in its name, from 195.46.64.16, are refused: they are signed with another secret")
    #expect(chronicle.refusal(of: stranger, at: .origin) == nil)
    chronicle.turn(to: plan, quietDevices: [])
    #expect(chronicle.refusal(of: node, at: .origin) == nil, "the new keys may be the right ones")
    log.close(flushWithin: 10_000)
  }
}

import Foundation
import TakeoverCore
import Testing

@testable import Engine
@testable import Heartbeats
@testable import Support

/// How long the heartbeat thread reads, whatever is sent to it.
struct ReadingTests {
  /// A flood: every reading takes all the time that it may, and there is always more.
  @Test(arguments: [1, 10, 100, 1_000, 60_000]) func aFloodGetsATenthOfTheTime(keepalive: Int64) {
    var reading = Reading(keepalive: .milliseconds(keepalive))
    var now = Instant.origin + .seconds(100)
    let end = now + .seconds(2)
    var spent = Interval.zero
    var longest = Interval.zero
    while now < end {
      let budget = reading.budget(of: .heartbeats, at: now)
      longest = max(longest, budget)
      if budget > .zero {
        reading.note(.heartbeats, from: now, to: now + budget, packets: 512, isComplete: false)
        spent = Interval(nanoseconds: spent.nanoseconds + budget.nanoseconds)
      }
      _ = reading.settle(canWait: false, at: now)
      #expect(reading.mode == .flooded)
      now = max(reading.next, now + budget + .microseconds(1))
    }
    #expect(spent - reading.period < .milliseconds(200), "\(spent)")
    #expect(spent > .milliseconds(100), "and it is read as well as possible: \(spent)")
    #expect(longest <= max(.microseconds(250), .milliseconds(keepalive) / 4) && longest <= .milliseconds(5))
  }

  @Test func aFloodIsOverAfterASecond() {
    var reading = Reading(keepalive: .milliseconds(100))
    let start = Instant.origin + .seconds(100)
    let isNew = reading.settle(canWait: false, at: start)
    #expect(!isNew)
    for packet in 0..<16 {
      let now = start + .microseconds(Int64(packet) * 100)
      reading.note(.heartbeats, from: now, to: now + .microseconds(10), packets: 1, isComplete: true)
    }
    let isSeen = reading.settle(canWait: false, at: start + .milliseconds(2))
    #expect(isSeen, "16 wake-ups in 5 ms")
    #expect(reading.mode == .flooded && !reading.isDue(at: start + .milliseconds(2)))
    #expect(reading.isDue(at: reading.next))
    let isOver = reading.settle(canWait: true, at: start + .seconds(2))
    #expect(isOver && reading.mode == .moderate)
  }

  @Test func whatComesNowAndThenIsHeardAtOnce() {
    var reading = Reading(keepalive: .milliseconds(100))
    let start = Instant.origin + .seconds(100)
    for packet in 0..<1_000 {
      let now = start + .milliseconds(Int64(packet))
      reading.note(.heartbeats, from: now, to: now + .microseconds(20), packets: 1, isComplete: true)
      let isNew = reading.settle(canWait: false, at: now)
      #expect(!isNew)
    }
  }

  @Test func whatTimeIsAboutToJudgeMayBeReadOnCreditForAWhile() {
    var reading = Reading(keepalive: .milliseconds(100))
    let start = Instant.origin + .seconds(100)
    reading.note(.heartbeats, from: start, to: start + .milliseconds(5), packets: 4_000, isComplete: true)
    #expect(
      reading.budget(of: .heartbeats, at: start + .milliseconds(5)) == .microseconds(500), "what was saved is used up")
    #expect(!reading.isBroke(.heartbeats, at: start + .milliseconds(5)))
    for _ in 0..<2 {
      reading.note(.heartbeats, from: start, to: start + .milliseconds(5), packets: 4_000, isComplete: true)
    }
    #expect(reading.isBroke(.heartbeats, at: start + .milliseconds(14)))
    #expect(!reading.isBroke(.heartbeats, at: start + .milliseconds(200)))
  }

  /// Or a flood of forged heartbeats, in which true ones are lost, would make an owner's kernel seem silent that answers.
  @Test func aFloodOfHeartbeatsLeavesTheAnswersTheirTime() {
    var reading = Reading(keepalive: .milliseconds(10))
    let start = Instant.origin + .seconds(100)
    for _ in 0..<3 {
      reading.note(.heartbeats, from: start, to: start + .milliseconds(3), packets: 4_000, isComplete: false)
    }
    let now = start + .milliseconds(9)
    #expect(reading.isBroke(.heartbeats, at: now) && reading.budget(of: .heartbeats, at: now) == .zero)
    #expect(!reading.isBroke(.answers, at: now) && reading.budget(of: .answers, at: now) == reading.period)
  }

  /// A thread that was not run for a while in the middle of reading must hear what has come meanwhile.
  @Test func whatTookLongBecauseTheThreadWasHeldUpIsNotPaidForTenTimes() {
    var reading = Reading(keepalive: .milliseconds(10))
    let start = Instant.origin + .seconds(100)
    reading.note(.heartbeats, from: start, to: start + .milliseconds(100), packets: 3, isComplete: true)
    #expect(!reading.isBroke(.heartbeats, at: start + .milliseconds(100)))
    #expect(reading.budget(of: .heartbeats, at: start + .milliseconds(100)) == reading.period)
  }

  // MARK: - Junk

  @Test func aGateClosesInAFloodAndOpensAgain() {
    var gate = JunkGate()
    let start = Instant.origin + .seconds(100)
    let closing = (0...JunkGate.most).filter { gate.note(at: start + .milliseconds(Int64($0))) }
    #expect(closing == [JunkGate.most])
    let closesAgain = gate.note(at: start + .milliseconds(100))
    #expect(!closesAgain, "it is closed")
    let opensEarly = gate.opens(at: start + .seconds(3)), opens = gate.opens(at: start + .seconds(5))
    #expect(!opensEarly && opens && gate.opening == nil)
  }

  /// Another cluster of three nodes at ten heartbeats a second, for an hour: every drop has its name.
  @Test func aGateStaysOpenForANeighbour() {
    var gate = JunkGate()
    for beat in 0..<108_000 {
      let closes = gate.note(at: Instant.origin + .seconds(100) + .microseconds(Int64(beat) * 33_333))
      #expect(!closes)
    }
  }

  // MARK: - Bounds

  @Test func aTurnEndsByCountAndByTime() {
    var steps = 0
    var turn = Turn(of: 3, until: .never)
    while turn.goesOn() { steps += 1 }
    #expect(steps == 3)
    turn = Turn(of: .max, until: .now + .milliseconds(1))
    while turn.goesOn() { steps += 1 }
    #expect(steps > 3)
    turn = Turn(of: 3, until: .origin)
    let goesOn = turn.goesOn()
    #expect(!goesOn)
  }

  /// Reads it off the heartbeat thread's sources: a loop whose end others decide on has a turn.
  @Test func everyLoopOfTheHeartbeatThreadHasABound() throws {
    let allowed = [
      "while !isDone {",  // the thread's life
      "while low < high {",  // a bisection
      "while probeSources.count <= place, probeSources.append(ProbeSocket.ProbeSource()) {}",  // a list of fixed size
    ]
    let folder = repositoryPath("Sources/Heartbeats")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    var turns = 0
    for name in names where name.hasSuffix(".swift") {
      let text = String(decoding: try readFile("\(folder)/\(name)", limit: 1 << 20), as: UTF8.self)
      for line in text.split(separator: "\n").map({ $0.drop { $0 == " " } }) {
        guard line.hasPrefix("while ") || line.hasPrefix("repeat ") || line.contains("sequence(") else { continue }
        if line.contains("turn.goesOn()") {
          turns += 1
        } else {
          #expect(allowed.contains(String(line)), "\(name): \(line)")
        }
      }
    }
    #expect(turns >= 2, "the sockets' and the mailboxes'")
  }
}

import Glibc
import TakeoverCore
import Testing

@testable import Agent
@testable import Log
@testable import Status
@testable import Support

/// Sentences that must be true of what they are said about.
@Suite struct WrongWordsTests {
  private let loadb1 = NodeIndex(0), director = GroupIndex(0), hardware = EthernetAddress(rawValue: 0x0200_0000_0007)

  /// A node that answers for an address is silent, or it is heard and does not own it.
  @Test func anAnswerIsToldByWhetherItsNodeIsHeard() throws {
    var formatter = MessageFormatter(generation: try MessageExamples().generation)
    let answered = Report.answered(director, by: hardware, of: loadb1)
    #expect(formatter.message(for: answered, at: .origin)?.kind == .silentOwnerAnswers)
    _ = formatter.message(for: .joined(loadb1, session: 1), at: .origin)
    let heard = formatter.message(for: answered, at: .origin)
    #expect(heard?.kind == .heardNodeAnswers && heard?.text.contains("do not arrive") == false)
    #expect(heard?.text.hasPrefix("loadb1 is heard and does not own group director, but its host answers for") == true)
    _ = formatter.message(for: .dead(loadb1, silence: .seconds(1), missed: 3), at: .origin)
    #expect(formatter.message(for: answered, at: .origin)?.kind == .silentOwnerAnswers)
    _ = formatter.message(for: .returned(loadb1, silence: .seconds(2)), at: .origin)
    #expect(formatter.message(for: answered, at: .origin)?.kind == .heardNodeAnswers)
    _ = formatter.message(for: .left(loadb1), at: .origin)
    let left = formatter.message(for: answered, at: .origin)
    #expect(left?.kind == .heardNodeAnswers && left?.text.hasPrefix("loadb1 has said goodbye, but its host") == true)
    _ = formatter.message(for: .joined(loadb1, session: 2), at: .origin)
    #expect(formatter.message(for: answered, at: .origin)?.text.hasPrefix("loadb1 is heard") == true)
  }

  /// Silence that was announced is no death; what comes without being announced is.
  @Test func aNodeThatRestartsIsNotDead() throws {
    var formatter = MessageFormatter(generation: try MessageExamples().generation)
    let late = Report.late(loadb1, silence: .milliseconds(200), missed: 2)
    let dead = Report.dead(loadb1, silence: .milliseconds(300), missed: 3)
    _ = formatter.message(for: .restarting(loadb1), at: .origin)
    #expect(formatter.message(for: late, at: .origin) == nil)
    let silent = formatter.message(for: dead, at: .origin)
    #expect(silent?.kind == .silentInRestart && silent?.text.contains("dead") == false)
    _ = formatter.message(for: .joined(loadb1, session: 2), at: .origin)
    #expect(formatter.message(for: late, at: .origin)?.kind == .late)
    #expect(formatter.message(for: dead, at: .origin)?.kind == .dead)
  }

  /// What signs with other keys is another cluster only if its node is none of ours; the name is a hint, and the address is said.
  @Test func otherKeysAreAnotherClustersIfTheNodeIsUnknown() throws {
    let formatter = MessageFormatter(generation: try MessageExamples().generation)
    for reason in [DropReason.authentication, .unknownKey] {
      let other = formatter.example(reason, inTheNameOf: "web7")
      #expect(other?.kind == .namedAlike && other?.text.contains("from 195.46.64.17 on port 694") == true)
      #expect(other?.text.contains("another cluster is named loadb, too") == true)
      let ours = formatter.example(reason, inTheNameOf: "loadb1")
      #expect(ours?.kind == (reason == .unknownKey ? .unknownKey : .wrongSignature))
      #expect(formatter.example(reason, inTheNameOf: nil)?.kind != .namedAlike)
    }
    #expect(formatter.example(.version, inTheNameOf: "web7")?.kind == .otherVersion)
  }

  @Test func anAddressThatNobodyCanHearOfIsNotAnnounced() throws {
    let transition = Report.tookOver(Timeline())
    var formatter = MessageFormatter(generation: try MessageExamples().generation)
    #expect(formatter.message(for: transition, at: .origin)?.text.contains(": added and announced") == true)
    formatter.quietDevices = ["eth0"]
    #expect(formatter.message(for: transition, at: .origin)?.text.contains("announced") == false)
  }

  /// `/dev/full` has no space left (full(4)); that is not slowness.
  @Test func aSinkThatRefusesIsNotCalledSlow() throws {
    let sink = open("/dev/full", O_WRONLY)
    try #require(sink >= 0)
    defer { close(sink) }
    let log = try Log(to: sink, node: "loadb1", journalStream: nil)
    log.write(.restartRequested())
    log.close(flushWithin: 5_000)
    #expect(log.counts.dropped == 1 && log.counts.sinkError == "ENOSPC (No space left on device)")
    var status = Status.healthy
    status.counters.logLinesDropped = 1
    let slow = "1 lines of the log were dropped: its sink is too slow"
    #expect(status.concerns().contains { $0.text == slow })
    status.counters.logSinkError = log.counts.sinkError
    let full = "1 lines of the log were dropped: its sink refuses them: ENOSPC (No space left on device)"
    #expect(status.concerns().contains { $0.text == full } && !status.concerns().contains { $0.text == slow })
  }

  /// Who hears nobody does not know that nobody owns it.
  @Test func aNodeThatIsCutOffDoesNotSayThatNobodyOwnsIt() {
    var status = Status.healthy
    status.groups[0].owner = nil
    status.groups[0].role = "backup"
    status.groups[0].nodes[0].reason = Readiness.deaf.words
    #expect(status.concerns().contains { $0.text.contains("nobody owns it") })
    status.peers[0].condition = "dead"
    let said = status.concerns().filter { $0.text.hasPrefix("director: ") }.map(\.text)
    #expect(said.contains { $0.contains("this node hears nobody and cannot know who owns it") })
    #expect(!said.contains { $0.contains("nobody owns it") })
    #expect(status.exitCode == 2)
  }
}

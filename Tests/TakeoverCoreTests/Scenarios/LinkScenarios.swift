import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

@Suite struct LinkScenarios {
  private static let group = GroupIndex(0)

  @Test func theOwnersLinkGoesDown() {
    let trial = Agreement().settledTrial()
    let down = trial.now
    trial.deliver(.linkDown(Self.group), to: 0)
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    #expect(trial.record.overlaps.isEmpty)
    #expect(trial.record.gaps.map { $0.length < .milliseconds(5) } == [true])
    #expect(trial.hosts[0].roles[Trial.director] == .listening)
    #expect(trial.changes(to: .claiming, by: 1, since: down).count == 1)
    let up = trial.now
    trial.deliver(.linkUp(Self.group), to: 0)
    // A link that was down is not trusted for 2 s.
    trial.run(for: .milliseconds(1900))
    trial.expectOwner(1)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    trial.expectOnlyHandOvers()
    trial.expectNoGap(since: up)
  }

  @Test(arguments: [50, 250, 500, 900] as [Int64])
  func aLinkThatFlapsMovesTheGroupOnce(milliseconds: Int64) {
    let trial = Agreement().settledTrial()
    let began = trial.now
    for _ in 0..<10 {
      trial.deliver(.linkDown(Self.group), to: 0)
      trial.run(for: .milliseconds(milliseconds))
      trial.deliver(.linkUp(Self.group), to: 0)
      trial.run(for: .milliseconds(milliseconds))
    }
    trial.expectOwner(1)
    #expect(trial.changes(to: .claiming, by: 1, since: began).count == 1)
    #expect(trial.changes(to: .claiming, by: 0, since: began).isEmpty)
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    trial.expectOnlyHandOvers()
  }

  /// Whatever the flap does, it ends with one owner and never with two.
  @Test(arguments: [1, 2, 5, 20, 50, 150, 250] as [Int64], [true, false])
  func aFlapShorterThanDeadtime(milliseconds: Int64, autoFailback: Bool) {
    let trial = Agreement(autoFailback: autoFailback).settledTrial()
    trial.deliver(.linkDown(Self.group), to: 0)
    trial.run(for: .milliseconds(milliseconds))
    trial.deliver(.linkUp(Self.group), to: 0)
    trial.run(for: .seconds(3))
    trial.expectOwner(autoFailback ? 0 : trial.owners().first ?? -1)
    trial.expectOnlyHandOvers()
    #expect(trial.record.gaps.map { $0.length < .milliseconds(110) } == [true], "\(trial.transcript())")
  }

  @Test func theStandbysLinkGoesDown() {
    let trial = Agreement().settledTrial()
    trial.deliver(.linkDown(Self.group), to: 1)
    trial.run(for: .seconds(1))
    trial.crash(0)
    trial.run(for: .seconds(2))
    #expect(trial.holders().isEmpty)
    let up = trial.now
    trial.deliver(.linkUp(Self.group), to: 1)
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    // Nobody else is there to be heard, so it listens for initdead.
    #expect(trial.changes(to: .claiming, by: 1, since: up).map { $0.at - up } == [.seconds(1)])
  }

  @Test func theTargetsLinkGoesDownDuringTheHandOver() {
    let trial = Agreement().settledTrial()
    trial.hosts[1].addTakes = .milliseconds(50)
    trial.stop(0)
    trial.run(for: .milliseconds(10))
    trial.deliver(.linkDown(Self.group), to: 1)
    trial.run(for: .seconds(2))
    #expect(trial.holders().isEmpty)
    #expect(trial.hosts[0].finishedAt != nil)
    trial.expectSound()
  }

  /// A node that hears nothing keeps what it owns: whether the others are dead it cannot know.
  @Test func theOwnerIsDeaf() {
    let trial = Agreement(autoFailback: false).settledTrial()
    trial.deliver(.deaf, to: 0)
    trial.isolate(0)
    trial.run(for: .seconds(2))
    #expect(trial.owners() == [0, 1])
    trial.isolate(0, false)
    trial.deliver(.hearing, to: 0)
    let heal = trial.now
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    #expect((trial.record.overlaps.last?.until ?? .never) - heal <= .microseconds(101_500))
  }

  @Test func theStandbyIsDeaf() {
    let trial = Agreement().settledTrial()
    trial.deliver(.deaf, to: 1)
    trial.isolate(1)
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty)
    #expect(trial.hosts[1].roles[Trial.director] == .listening)
    trial.isolate(1, false)
    trial.deliver(.hearing, to: 1)
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    #expect(trial.hosts[1].roles[Trial.director] == .standby)
  }

  @Test func startedDeafItListensOnceItHears() {
    let trial = Agreement().trial()
    trial.start(1, deaf: true)
    trial.run(for: .seconds(3))
    #expect(trial.holders().isEmpty)
    trial.deliver(.hearing, to: 1)
    let up = trial.now
    trial.run(for: .seconds(3))
    trial.expectOwner(1)
    #expect(trial.changes(to: .claiming, by: 1).map { $0.at - up } == [.seconds(1)])
  }
}

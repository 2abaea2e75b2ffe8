import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

@Suite struct StallScenarios {
  /// R6: a node that was stopped lets go before it says anything, and listens again.
  @Test(arguments: 0..<20)
  func theOwnerIsStopped(seed: UInt64) {
    let trial = Agreement(autoFailback: false).settledTrial(seed: seed)
    trial.run(for: .milliseconds(Int64(seed) * 7))
    trial.stall(0, for: .seconds(1))
    let resumed = trial.now + .seconds(1)
    trial.run(for: .seconds(4))
    trial.expectOwner(1)
    let gone = trial.record.overlaps.last?.until ?? .never
    #expect(gone - resumed <= .milliseconds(1))
    let said = trial.record.datagrams.first { $0.host == 0 && $0.at >= resumed }?.at ?? .never
    #expect(said >= gone, "\(trial.transcript())")
    #expect(trial.reports(by: 0) { if case .stalled = $0 { true } else { false } } == 1)
    #expect(trial.changes(to: .listening, by: 0, since: resumed).count == 1)
    #expect(trial.hosts[0].roles[Trial.director] == .standby)
    #expect(trial.changes(to: .claiming, by: 0, since: resumed).isEmpty)
  }

  @Test func afterwardsItGetsTheGroupBack() {
    let trial = Agreement().settledTrial()
    trial.stall(0, for: .seconds(1))
    trial.run(for: .seconds(4))
    trial.expectOwner(0)
    trial.expectNoGap()
  }

  /// What lay in the socket meanwhile speaks for the others: nobody is dead because this node slept.
  @Test func theStandbyIsStopped() {
    let trial = Agreement().settledTrial()
    trial.stall(1, for: .seconds(1))
    let resumed = trial.now + .seconds(1)
    trial.run(for: .seconds(4))
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    #expect(trial.changes(to: .listening, by: 1, since: resumed).count == 1)
    #expect(trial.reports(by: 1) { if case .dead = $0 { true } else { false } } == 0)
    #expect(trial.record.overlaps.isEmpty)
  }

  /// What lay in the socket is old: a goodbye that a new session of the owner has followed long ago is no vacancy.
  @Test(arguments: [GroupRules.ConflictPolicy.wait, .claim])
  func theOwnerRestartedMeanwhile(policy: GroupRules.ConflictPolicy) {
    let trial = Agreement.cautious(onConflict: policy).settledTrial()
    trial.stall(1, for: .seconds(4))
    trial.run(for: .milliseconds(500))
    trial.stop(0)
    trial.run(for: .seconds(1))
    trial.start(0)
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    let since = trial.now
    trial.run(for: .seconds(4))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty)
    #expect(trial.changes(to: .claiming, by: 1, since: since).isEmpty)
  }

  /// Shorter than deadtime: nobody notices but the log.
  @Test func aShortStall() {
    var agreement = Agreement()
    agreement.deadtime = .milliseconds(500)
    let trial = agreement.settledTrial()
    for host in 0...1 {
      trial.stall(host, for: .milliseconds(350))
      trial.run(for: .seconds(1))
    }
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty && trial.record.gaps.isEmpty)
    #expect(trial.reports(by: 0) { if case .stalled = $0 { true } else { false } } == 0)
  }

  /// Nobody else is there to take over: a moment's stall costs moments. What has been away for long listens as at the start.
  @Test(arguments: [(450, 900), (1_000, 2_000), (2_000, 3_000), (60_000, 3_000)])
  func aLoneOwnerIsStopped(milliseconds: Int64, listens: Int64) {
    var agreement = Agreement()
    agreement.initdead = .seconds(3)
    let trial = agreement.settledTrial()
    trial.crash(1)
    trial.run(for: .seconds(5))
    trial.stall(0, for: .milliseconds(milliseconds))
    let resumed = trial.now + .milliseconds(milliseconds)
    trial.run(for: .milliseconds(milliseconds + 5_000))
    let ready = trial.changes(to: .standby, by: 0, since: resumed).first?.at ?? .never
    #expect(ready - resumed <= .milliseconds(listens + 2))
    #expect(ready - resumed >= .milliseconds(listens - 2 * 100))
    trial.expectOwner(0)
  }

  /// A start needs its initdead, whatever short stalls come between.
  @Test func stoppedWhileListening() {
    var agreement = Agreement()
    agreement.initdead = .seconds(3)
    let trial = agreement.trial()
    trial.start(0)
    trial.run(for: .seconds(1))
    trial.stall(0, for: .milliseconds(450))
    trial.run(for: .seconds(5))
    let ready = trial.changes(to: .standby, by: 0).first?.at ?? .never
    #expect(ready >= .origin + .seconds(3))
    trial.expectOwner(0)
  }

  @Test func stoppedWhileClaiming() {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"], autoFailback: false).settledTrial()
    trial.hosts[1].addTakes = .milliseconds(20)
    trial.crash(0)
    trial.run(until: trial.now + .seconds(1)) { trial.hosts[1].roles[Trial.director] == .claiming }
    trial.stall(1, for: .seconds(2))
    let resumed = trial.now + .seconds(2)
    trial.run(for: .seconds(5))
    trial.expectOwner(2)
    #expect(trial.announcements(by: 1, since: .origin).isEmpty)
    let said = trial.record.datagrams.first { $0.host == 1 && $0.at >= resumed }?.at ?? .never
    #expect((trial.record.overlaps.last?.until ?? .never) <= said)
  }

  /// The orders of the first stall are not done yet when the second comes.
  @Test func stoppedWhileLettingGo() {
    let trial = Agreement(autoFailback: false).settledTrial()
    trial.hosts[0].removeTakes = .milliseconds(600)
    trial.stall(0, for: .seconds(1))
    trial.run(for: .milliseconds(1_100))
    trial.stall(0, for: .seconds(1))
    let resumed = trial.now + .seconds(1)
    trial.run(for: .seconds(4))
    trial.expectOwner(1)
    #expect(trial.record.datagrams.allSatisfy { $0.host != 0 || $0.at < resumed - .seconds(2) || $0.at >= resumed })
  }

  /// The time that a stopping node slept through is not time that its kernel had to remove the addresses.
  @Test func stoppedWhileStopping() {
    let trial = Agreement().settledTrial()
    trial.hosts[1].addTakes = .milliseconds(50)
    trial.stop(0)
    trial.run(for: .milliseconds(10))
    trial.stall(0, for: .seconds(2))
    trial.run(for: .seconds(4))
    trial.expectOwner(1)
    #expect(trial.hosts[0].finishedAt != nil)
    #expect(trial.reports(by: 0) { if case .endedEarly = $0 { true } else { false } } == 0)
    #expect(trial.goodbyes(of: 0).count == 3)
  }
}

extension Instant {
  fileprivate static func - (instant: Instant, interval: Interval) -> Instant {
    instant + Interval(nanoseconds: -interval.nanoseconds)
  }
}

import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

@Suite struct CrashScenarios {
  /// docs/protocol.md §7: d after the last heartbeat the other claims, a later it owns.
  @Test(arguments: 0..<50)
  func theOtherClaimsAtDeadtime(seed: UInt64) {
    let trial = Agreement().settledTrial(seed: seed)
    trial.run(for: .milliseconds(Int64(seed) * 7))
    trial.crash(0)
    let last = trial.record.datagrams.last { $0.host == 0 }?.at ?? .origin
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    let claims = trial.changes(to: .claiming, by: 1)
    #expect(claims.count == 1)
    #expect(claims.allSatisfy { $0.at - last >= .milliseconds(300) && $0.at - last <= .microseconds(300_500) })
    let owned = trial.changes(to: .owner, by: 1)
    #expect(owned.allSatisfy { $0.at - last <= .microseconds(301_700) })
    #expect(owned.map(\.term) == [2])
    #expect(trial.record.overlaps.isEmpty)
  }

  @Test func lateIsReportedAndChangesNothing() {
    var agreement = Agreement()
    agreement.deadtime = .milliseconds(500)
    let trial = agreement.settledTrial()
    trial.isolate(0)
    trial.run(for: .milliseconds(300))
    trial.isolate(0, false)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    for host in 0...1 {
      #expect(trial.reports(by: host) { if case .late = $0 { true } else { false } } == 1)
      #expect(trial.reports(by: host) { if case .onTime = $0 { true } else { false } } == 1)
    }
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
  }

  @Test func thePreferredReturns() {
    let trial = Agreement().settledTrial()
    trial.crash(0)
    trial.run(for: .seconds(1))
    let back = trial.now
    trial.start(0)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    trial.expectOnlyHandOvers()
    trial.expectNoGap(since: back)
  }

  /// A dying host's standby dies too: the third takes over from it.
  @Test func oneAfterTheOtherUntilNobodyIsLeft() {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    trial.expectOwner(0)
    trial.crash(0)
    trial.run(for: .milliseconds(302))
    trial.expectOwner(1)
    trial.crash(1)
    trial.run(for: .milliseconds(305))
    trial.expectOwner(2)
    trial.crash(2)
    trial.run(for: .seconds(1))
    #expect(trial.holders().isEmpty)
    trial.expectSound()
  }

  @Test func deadBeforeItsFirstAnnouncement() {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    trial.hosts[1].addTakes = .milliseconds(50)
    trial.crash(0)
    trial.run(until: trial.now + .seconds(1)) { trial.hosts[1].roles[Trial.director] == .claiming }
    trial.run(for: .milliseconds(1))
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.expectOwner(2)
    #expect(trial.changes(to: .claiming, by: 2).count == 1)
  }

  @Test func theKernelRefusesTheClaim() {
    let trial = Agreement(autoFailback: false).settledTrial()
    trial.hosts[1].refuses = [Trial.director]
    trial.crash(0)
    trial.run(for: .seconds(20))
    // 1 s, 2 s, 4 s, 8 s, each followed by initdead: nobody else can be heard.
    let faults = trial.changes(to: .faulted, by: 1).map(\.at)
    #expect(faults.count == 5)
    let pauses = zip(faults, faults.dropFirst()).map { ($1 - $0).nanoseconds / 1_000_000_000 }
    #expect(pauses == [2, 3, 5, 9])
    #expect(trial.announcements(by: 1, since: .origin).isEmpty)
    trial.hosts[1].refuses = []
    trial.run(for: .seconds(20))
    trial.expectOwner(1)
    #expect(trial.changes(to: .faulted, by: 1).count == 5)
  }

  @Test func aRemovedAddressIsPutBackAndAnnounced() {
    let trial = Agreement().settledTrial()
    let since = trial.now
    trial.interfere(with: 0, Trial.director)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    #expect(trial.announcements(by: 0, since: since).count == 1)
    #expect(trial.changes(to: .owner, by: 0, since: since).isEmpty)
    #expect(trial.reports(by: 0) { if case .interference = $0 { true } else { false } } == 1)
    #expect(trial.record.gaps.map(\.length) == [.milliseconds(1)])
  }
}

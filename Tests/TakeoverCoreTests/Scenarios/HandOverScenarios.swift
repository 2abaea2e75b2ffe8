import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

@Suite struct HandOverScenarios {
  @Test(arguments: 0..<20)
  func stoppingHandsOver(seed: UInt64) {
    let trial = Agreement().settledTrial(seed: seed)
    let stop = trial.now
    trial.stop(0)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    #expect(trial.record.overlaps.count == 1)
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
    let finished = trial.hosts[0].finishedAt ?? .never
    #expect(finished - stop < .milliseconds(50))
    #expect(trial.goodbyes(of: 0).count == 3)
    #expect(trial.reports(by: 1) { if case .left = $0 { true } else { false } } == 1)
    #expect(trial.reports(by: 1) { if case .dead = $0 { true } else { false } } == 0)
  }

  /// Its addresses stay for the successor, and nobody asks for them.
  @Test(arguments: [0, 1]) func restartingMovesNothing(host: Int) {
    let trial = Agreement().settledTrial()
    let restart = trial.now
    trial.deliver(.restart, to: host)
    trial.run(for: .seconds(1))
    #expect(trial.holders() == [0])
    #expect(trial.hosts[host].finishedAt != nil)
    #expect(trial.changes(to: .releasing, by: 0, since: restart).isEmpty)
    #expect(trial.changes(to: .claiming, by: 1, since: restart).isEmpty)
    #expect(trial.record.overlaps.isEmpty && trial.record.gaps.isEmpty)
  }

  @Test func stoppingAloneRemovesAndSaysGoodbye() {
    let trial = Agreement().settledTrial()
    trial.crash(1)
    trial.run(for: .seconds(1))
    let stop = trial.now
    trial.stop(0)
    trial.run(for: .seconds(1))
    #expect(trial.holders().isEmpty)
    let finished = trial.hosts[0].finishedAt ?? .never
    #expect(finished - stop < .milliseconds(50))
    let goodbyes = trial.goodbyes(of: 0)
    #expect(goodbyes.count == 3)
    #expect(goodbyes.allSatisfy { $0 - stop >= .milliseconds(1) })
    #expect(zip(goodbyes, goodbyes.dropFirst()).allSatisfy { $1 - $0 == .milliseconds(10) })
    trial.expectSound()
  }

  @Test func stoppingTheStandbyMovesNothing() {
    let trial = Agreement().settledTrial()
    trial.stop(1)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty && trial.record.gaps.isEmpty)
    #expect(trial.hosts[1].finishedAt != nil)
  }

  /// The kernel that never confirms: no goodbye, for the others shall not think that the addresses are gone.
  @Test func stoppingEndsWithoutTheKernel() {
    let trial = Agreement().settledTrial()
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.hosts[0].removeTakes = .seconds(5)
    let stop = trial.now
    trial.stop(0)
    trial.run(for: .seconds(2))
    #expect((trial.hosts[0].finishedAt ?? .never) - stop == .milliseconds(900))
    #expect(trial.goodbyes(of: 0).isEmpty)
    #expect(trial.reports(by: 0) { if case .endedEarly = $0 { true } else { false } } == 1)
  }

  @Test func stoppingTwiceIsStoppingOnce() {
    let trial = Agreement().settledTrial()
    trial.stop(0)
    trial.run(for: .microseconds(100))
    trial.stop(0)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    #expect(trial.goodbyes(of: 0).count == 3)
    trial.expectNoGap()
  }

  @Test func bothStopAtOnce() {
    let trial = Agreement().settledTrial()
    let stop = trial.now
    trial.stop(0)
    trial.stop(1)
    trial.run(for: .seconds(1))
    #expect(trial.holders().isEmpty)
    for host in 0...1 { #expect((trial.hosts[host].finishedAt ?? .never) - stop < .milliseconds(900)) }
    trial.expectSound()
  }

  @Test func failbackDelayIsRespected() {
    let trial = Agreement(failbackDelay: .seconds(5)).settledTrial()
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.start(0)
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    trial.run(for: .seconds(4))
    trial.expectOwner(0)
    let ready = trial.changes(to: .standby, by: 0).last?.at ?? .never
    let claim = trial.changes(to: .claiming, by: 0).last?.at ?? .never
    #expect(claim - ready >= .seconds(5) && claim - ready < .milliseconds(5_005))
    trial.expectOnlyHandOvers()
  }

  @Test func withoutAutoFailbackItStays() {
    let trial = Agreement(autoFailback: false).settledTrial()
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.start(0)
    trial.run(for: .seconds(60))
    trial.expectOwner(1)
    #expect(trial.record.overlaps.isEmpty)
  }

  /// Clients believe whom they heard last. The owner hears a node that has joined, which is a reason to announce anew, and hands
  /// over to it at once: then the announcements are the target's alone.
  @Test(arguments: 0..<20) func whoHandsOverAnnouncesNothing(seed: UInt64) {
    let trial = Agreement().settledTrial(seed: seed)
    trial.stop(0)
    trial.run(for: .seconds(1))
    trial.start(0)
    let start = trial.now
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    let claim = trial.changes(to: .claiming, by: 0, since: start).first?.at ?? .never
    #expect(!trial.announcements(by: 0, since: claim).isEmpty)
    #expect(trial.announcements(by: 1, since: start).filter { $0 >= claim - .milliseconds(1) }.isEmpty)
  }

  /// The target dies with the addresses half added: the owner never stopped to serve and announces again.
  @Test func theTargetDies() {
    let trial = Agreement().trialWithPreferredReturning { $0.hosts[0].addTakes = .milliseconds(50) }
    let start = trial.now
    trial.run(until: trial.now + .seconds(2)) { trial.hosts[0].roles[Trial.director] == .claiming }
    trial.run(for: .milliseconds(10))
    trial.crash(0)
    let crash = trial.now
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    trial.expectNoGap(since: start)
    let retaken = trial.changes(to: .owner, by: 1, since: crash)
    #expect(retaken.count == 1)
    #expect(retaken.allSatisfy { $0.at - crash <= .milliseconds(305) })
    #expect(trial.announcements(by: 1, since: crash).count == 1)
  }

  /// The target's kernel refuses: faulted, the owner takes back, and offers nothing for ten deadtimes.
  @Test func theTargetsKernelRefuses() {
    let trial = Agreement().trialWithPreferredReturning { $0.hosts[0].refuses = [Trial.director] }
    let start = trial.now
    trial.run(for: .seconds(20))
    trial.expectOwner(1)
    trial.expectNoGap(since: start)
    let faults = trial.changes(to: .faulted, by: 0).map(\.at)
    #expect(faults.count > 2)
    #expect(zip(faults, faults.dropFirst()).allSatisfy { $1 - $0 >= .seconds(3) })
    #expect(trial.changes(to: .owner, by: 1, since: start).count == faults.count)
    trial.hosts[0].refuses = []
    trial.run(for: .seconds(40))
    trial.expectOwner(0)
    trial.expectOnlyHandOvers()
  }

  /// A slow kernel gets the time it needs while its node says that it is at it.
  @Test func theTargetIsSlow() {
    let trial = Agreement().trialWithPreferredReturning { $0.hosts[0].addTakes = .milliseconds(1_000) }
    let start = trial.now
    trial.run(for: .seconds(4))
    trial.expectOwner(0)
    trial.expectOnlyHandOvers()
    trial.expectNoGap(since: start)
    #expect(trial.changes(to: .owner, by: 1, since: start).isEmpty)
  }

  /// The owner dies after the offer: the target goes on by itself.
  @Test func theGiverDies() {
    let trial = Agreement().trialWithPreferredReturning { $0.hosts[0].addTakes = .milliseconds(20) }
    trial.run(until: trial.now + .seconds(2)) { trial.hosts[0].roles[Trial.director] == .claiming }
    trial.run(for: .milliseconds(5))
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty)
    #expect(trial.record.gaps.last.map { $0.length < .milliseconds(20) } == true)
  }

  /// All heartbeats of the new owner are lost: the old one must not keep its offer for ever.
  @Test func theTargetOwnsUnheard() {
    let trial = Agreement().trialWithPreferredReturning { $0.hosts[0].addTakes = .milliseconds(20) }
    trial.run(until: trial.now + .seconds(2)) { trial.hosts[0].roles[Trial.director] == .claiming }
    trial.run(for: .milliseconds(5))
    trial.paths[0][1].isCut = true
    trial.run(for: .milliseconds(500))
    #expect(trial.holders() == [0, 1])
    trial.paths[0][1].isCut = false
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
  }

  @Test func stoppingWhileTheGroupIsOnItsWay() {
    let trial = Agreement().trialWithPreferredReturning { $0.hosts[0].addTakes = .milliseconds(20) }
    let start = trial.now
    trial.run(until: trial.now + .seconds(2)) { trial.hosts[0].roles[Trial.director] == .claiming }
    trial.run(for: .milliseconds(5))
    trial.stop(1)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    trial.expectOnlyHandOvers()
    trial.expectNoGap(since: start)
  }

  @Test func theTargetStopsWhileClaiming() {
    let trial = Agreement().trialWithPreferredReturning { $0.hosts[0].addTakes = .milliseconds(20) }
    let start = trial.now
    trial.run(until: trial.now + .seconds(2)) { trial.hosts[0].roles[Trial.director] == .claiming }
    trial.run(for: .milliseconds(5))
    trial.stop(0)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    trial.expectNoGap(since: start)
    #expect(trial.hosts[0].finishedAt != nil)
  }
}

extension Agreement {
  /// loadb2 owns alone, and loadb1 has just started again, prepared by `prepare`.
  fileprivate func trialWithPreferredReturning(_ prepare: (Trial) -> Void) -> Trial {
    let trial = settledTrial()
    trial.crash(0)
    trial.run(for: .seconds(1))
    prepare(trial)
    trial.start(0)
    return trial
  }
}

extension Trial {
  /// When a host said goodbye.
  func goodbyes(of host: Int) -> [Instant] {
    record.datagrams.filter { said in
      said.host == host && (try? said.datagram.parsed().flags.contains(.goodbye)) == true
    }.map(\.at)
  }
}

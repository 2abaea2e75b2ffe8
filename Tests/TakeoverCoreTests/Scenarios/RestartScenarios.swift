import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// An agent ends, and another one starts on the same host while the kernel still has the addresses.
@Suite struct RestartScenarios {
  struct Ending: CustomTestStringConvertible {
    let isPlanned: Bool
    let policy: GroupRules.ConflictPolicy
    let milliseconds: Int64
    var testDescription: String { "\(isPlanned ? "SIGUSR1" : "SIGKILL"), \(policy), \(milliseconds) ms" }

    static let all = [true, false].flatMap { isPlanned in
      [.wait, .claim].flatMap { (policy: GroupRules.ConflictPolicy) in
        [50, 200, 250, 290, 500, 1_500].map { Ending(isPlanned: isPlanned, policy: policy, milliseconds: $0) }
      }
    }.filter { $0.isPlanned || $0.policy == .wait || $0.milliseconds <= 250 }
  }

  /// Nothing moves and nothing is missing: the successor adopts. Only a killed agent's addresses are claimed at
  /// deadtime where nobody is asked.
  @Test(arguments: Ending.all)
  func adopted(ending: Ending) throws {
    let trial = Agreement.cautious(onConflict: ending.policy).settledTrial()
    let end = trial.now
    if ending.isPlanned { trial.restart(0) } else { trial.kill(0) }
    trial.run(for: .milliseconds(ending.milliseconds))
    #expect(trial.hosts[0].core == nil)
    trial.start(0)
    trial.run(for: .seconds(6))
    trial.expectOwner(0)
    trial.expectNoGap()
    #expect(trial.record.overlaps.isEmpty)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    let claims = trial.changes(to: .claiming, by: 0, since: end)
    #expect(claims.count == 1)
    guard case .adoption? = claims.first?.cause else { return #expect(Bool(false), "\(trial.transcript())") }
    let restarts = trial.reports(by: 1) { if case .restarting = $0 { true } else { false } }
    #expect(restarts == (ending.isPlanned ? 1 : 0))
  }

  /// The successor comes when the lease is almost over: it adopts in time or it does not, but nobody holds twice.
  @Test(arguments: [true, false], [2_000, 2_300, 2_500, 2_700, 2_900, 3_000, 3_100, 3_300] as [Int64])
  func almostTooLate(isPlanned: Bool, milliseconds: Int64) {
    for seed in 0..<8 as Range<UInt64> {
      let trial = Agreement.cautious().settledTrial(seed: seed)
      trial.run(for: .milliseconds(Int64(seed) * 93))
      if isPlanned { trial.restart(0) } else { trial.kill(0) }
      trial.run(for: .milliseconds(milliseconds))
      trial.start(0)
      trial.run(for: .seconds(6))
      trial.expectOwner(trial.owners().first ?? -1)
      trial.expectOneHolder()
      // The lease was renewed up to three quarters of a second before the agent asked to be borne with for a whole one.
      let bound = Interval.milliseconds(isPlanned ? 750 : 250)
      #expect(trial.record.gaps.allSatisfy { $0.length <= bound }, "\(trial.transcript())")
    }
  }

  /// With quick heartbeats even 2.9 s of 3 are early enough.
  @Test func adoptedInTheLastMoment() {
    var agreement = Agreement.cautious()
    agreement.keepalive = .milliseconds(10)
    agreement.warntime = .milliseconds(50)
    agreement.deadtime = .milliseconds(100)
    let trial = agreement.trial()
    trial.startAll(within: .milliseconds(10))
    trial.run(for: .seconds(2))
    trial.run(until: trial.now + .seconds(1)) {
      trial.hosts[0].leaseEnds[Trial.director].map { $0 - trial.now >= .milliseconds(3_140) } ?? false
    }
    trial.kill(0)
    trial.run(for: .milliseconds(2_900))
    trial.start(0)
    trial.run(for: .seconds(6))
    trial.expectOwner(0)
    trial.expectNoGap()
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
  }

  /// The successor never comes: the others bear with it for a lease, ask, and claim.
  @Test(arguments: [GroupRules.ConflictPolicy.wait, .claim])
  func noSuccessor(policy: GroupRules.ConflictPolicy) throws {
    let trial = Agreement.cautious(onConflict: policy).settledTrial()
    let restart = trial.now
    trial.restart(0)
    let end = trial.heldUntil(0, by: restart + .seconds(5))
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    let claim = try #require(trial.changes(to: .claiming, by: 1).first)
    #expect(claim.at - restart >= .seconds(3))
    if policy == .wait {
      trial.expectOneHolder()
      #expect(claim.at - end <= .milliseconds(40))
    }
  }

  /// The wire is silent, so nobody waits for the lease.
  @Test func powerLossInsteadOfASuccessor() {
    let trial = Agreement.cautious().settledTrial()
    let restart = trial.now
    trial.restart(0)
    trial.run(for: .milliseconds(100))
    trial.crash(0)
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
    #expect(trial.changes(to: .claiming, by: 1).allSatisfy { $0.at - restart <= .milliseconds(370) })
  }

  /// The standby restarts: nobody cares.
  @Test func theStandbyRestarts() {
    let trial = Agreement.cautious().settledTrial()
    let since = trial.now
    trial.restart(1)
    trial.run(for: .milliseconds(500))
    trial.start(1)
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    #expect(trial.record.gaps.isEmpty && trial.record.overlaps.isEmpty)
    #expect(trial.changes(to: .releasing, by: 0, since: since).isEmpty)
  }

  /// A package upgrade on both at once.
  @Test(arguments: [true, false], [50, 200, 500, 1_000, 2_000] as [Int64])
  func bothAgents(isPlanned: Bool, milliseconds: Int64) {
    let trial = Agreement.cautious().settledTrial()
    for host in 0...1 { if isPlanned { trial.restart(host) } else { trial.kill(host) } }
    trial.run(for: .milliseconds(milliseconds))
    for host in [1, 0] {
      trial.start(host)
      trial.run(for: .milliseconds(30))
    }
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
    trial.expectNoGap()
    #expect(trial.record.overlaps.isEmpty)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
  }

  // MARK: - Leftovers

  /// Somebody owns the group: what was left is removed at once.
  @Test func aLeftoverOfTheLoser() {
    let trial = Agreement.cautious(onConflict: .claim, lease: nil).settledTrial()
    trial.kill(0)
    trial.run(for: .seconds(1))
    #expect(trial.owners().contains(1) && trial.holders() == [0, 1])
    let start = trial.now
    trial.start(0)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    #expect(trial.reports(by: 0) { if case .leftoverRemoved = $0 { true } else { false } } == 1)
    #expect(trial.record.overlaps.last.map { ($0.until ?? .never) - start <= .milliseconds(205) } == true)
    #expect(trial.record.gaps.isEmpty)
  }

  /// The owner says so, but cannot hear us: what was left is not adopted, and ends with its lease.
  @Test func aLeftoverAndAnOwnerThatDoesNotHearUs() {
    let trial = Agreement.cautious(onConflict: .claim).settledTrial()
    trial.kill(0)
    trial.run(for: .seconds(1))
    trial.paths[0][1].isCut = true
    trial.start(0)
    trial.run(for: .seconds(10))
    trial.expectOwner(1)
    #expect(trial.changes(to: .claiming, by: 0, since: .origin + .seconds(4)).isEmpty)
  }

  /// Both kernels have them, nobody owns: the better node keeps, the other removes.
  @Test(arguments: [[0, 1], [1, 0]], [1, 100, 350] as [Int64])
  func bothHaveLeftovers(order: [Int], milliseconds: Int64) {
    let trial = Agreement.cautious(onConflict: .claim, lease: nil).settledTrial()
    trial.isolate(0)
    trial.run(for: .seconds(1))
    #expect(trial.holders() == [0, 1])
    for host in 0...1 { trial.kill(host) }
    trial.isolate(0, false)
    trial.run(for: .seconds(1))
    let start = trial.now
    for host in order {
      trial.start(host)
      trial.run(for: .milliseconds(milliseconds))
    }
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    #expect(trial.record.gaps.isEmpty)
    #expect(trial.changes(to: .claiming, by: 1, since: start).isEmpty)
    #expect(trial.reports(by: 1) { if case .leftoverRemoved = $0 { true } else { false } } == 1)
  }

  enum Farewell: CaseIterable { case stop, linkDown, restart, stall }

  /// While it listens with what it has found.
  @Test(arguments: Farewell.allCases)
  func whileListening(farewell: Farewell) {
    let trial = Agreement.cautious().settledTrial()
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.kill(0)
    trial.run(for: .milliseconds(100))
    trial.start(0)
    trial.run(for: .milliseconds(500))
    #expect(trial.hosts[0].roles[Trial.director, default: .listening] == .listening && trial.holders() == [0])
    switch farewell {
    case .stop:
      trial.stop(0)
      trial.run(for: .milliseconds(100))
      #expect(trial.holders().isEmpty && trial.hosts[0].finishedAt != nil)
      #expect(trial.goodbyes(of: 0).count == 3)
    case .linkDown:
      trial.deliver(.linkDown(GroupIndex(0)), to: 0)
      trial.run(for: .seconds(4))
      #expect(trial.holders().isEmpty)
    case .restart:
      trial.restart(0)
      trial.run(for: .milliseconds(100))
      trial.start(0)
      trial.run(for: .milliseconds(1_200))
      trial.expectOwner(0)
      trial.expectNoGap()
    case .stall:
      trial.suspend(0, for: .seconds(1))
      trial.run(for: .milliseconds(1_002))
      #expect(trial.holders().isEmpty)
      trial.run(for: .seconds(2))
      trial.expectOwner(0)
    }
    trial.expectSound()
  }

  /// A restart in the middle of a hand-over: the taker owns, what was left is removed when the successor hears it.
  @Test func whileHandingOver() {
    let trial = Agreement.cautious(autoFailback: true).settledTrial()
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.hosts[0].addTakes = .milliseconds(30)
    trial.start(0)
    trial.run(until: trial.now + .seconds(3)) { trial.hosts[1].roles[Trial.director] == .releasing }
    trial.restart(1)
    trial.run(for: .milliseconds(200))
    trial.start(1)
    trial.run(for: .seconds(4))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.allSatisfy { $0.isHandOver && $0.length <= .milliseconds(410) })
  }
}

import Testing

@testable import TakeoverCore

/// Heartbeats that wait in their sockets while nothing is going on.
@Suite struct ModerationScenarios {
  private func brisk(keepalive: Interval = .milliseconds(10)) -> Agreement {
    var agreement = Agreement()
    agreement.keepalive = keepalive
    agreement.warntime = keepalive * 2
    agreement.deadtime = keepalive * 3
    return agreement
  }

  @Test func aQuietClusterReadsNowAndThen() {
    let trial = brisk().settledTrial()
    #expect(trial.hosts.allSatisfy { $0.core?.mayHearLater == true })
  }

  /// Hand-overs would wait for longer than an operator likes to.
  @Test func aSlowOneReadsAtOnce() {
    let trial = brisk(keepalive: .milliseconds(21)).settledTrial()
    #expect(trial.hosts.allSatisfy { $0.core?.mayHearLater == false })
  }

  @Test func whoMissesANodeReadsAtOnce() {
    let trial = brisk().settledTrial()
    trial.crash(1)
    trial.run(for: .milliseconds(25))
    #expect(trial.hosts[0].core?.mayHearLater == false)
    trial.run(for: .seconds(1))
    #expect(trial.hosts[0].core?.mayHearLater == false)
    trial.start(1)
    trial.run(for: .seconds(2))
    #expect(trial.hosts[0].core?.mayHearLater == true)
  }

  /// The keepalive at which a heartbeat may wait longest costs a planned move no more than two of them.
  @Test(arguments: 0..<20)
  func aHandOverWaitsForOneBeatAtMost(seed: UInt64) {
    let trial = brisk(keepalive: .milliseconds(20)).settledTrial(seed: seed)
    let begun = trial.now
    trial.stop(0)
    trial.run(for: .milliseconds(200))
    trial.expectOwner(1)
    trial.expectOnlyHandOvers()
    let owned = trial.changes(to: .owner, by: 1)
    #expect(!owned.isEmpty)
    #expect(owned.allSatisfy { $0.at - begun <= .milliseconds(25) })
  }

  /// Silence is measured from the arrival, not from the reading: the bound is that of CrashScenarios.
  @Test(arguments: 0..<50)
  func aDeathIsFoundOutNoLater(seed: UInt64) {
    let trial = brisk().settledTrial(seed: seed)
    trial.run(for: .microseconds(Int64(seed) * 700))
    trial.crash(0)
    let last = trial.record.datagrams.last { $0.host == 0 }?.at ?? .origin
    trial.run(for: .seconds(1))
    let claims = trial.changes(to: .claiming, by: 1)
    #expect(claims.count == 1)
    #expect(claims.allSatisfy { $0.at - last >= .milliseconds(30) && $0.at - last <= .microseconds(30_500) })
  }

  /// What waited for a thread that was held up is not old for that: nobody is taken for dead.
  @Test func whoWasHeldUpBlamesNobody() {
    let trial = brisk().settledTrial()
    trial.stall(1, for: .milliseconds(29))
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    #expect(trial.reports(by: 1) { if case .dead = $0 { true } else { false } } == 0)
  }

  /// A node that is merely late is nothing to be awake for.
  @Test func onlyWhatTimeDecidesIsADecision() throws {
    let trial = brisk().settledTrial()
    trial.run(for: .microseconds(500))
    let core = try #require(trial.hosts[1].core)
    #expect(core.nextDecision - core.nextJudgement == .milliseconds(10))
    #expect(core.nextDecision > trial.now + .milliseconds(20))
    trial.crash(0)
    trial.run(for: .seconds(1))
    #expect(trial.hosts[1].core?.nextDecision == .never)
  }

  @Test func anArrivalIsBelievedWithinAKeepalive() throws {
    let core = try #require(brisk().settledTrial().hosts[0].core)
    let now = Instant.origin + .seconds(100)
    #expect(core.credible(now - .milliseconds(4), at: now) == now - .milliseconds(4))
    #expect(core.credible(now - .seconds(3600), at: now) == now - .milliseconds(10))
    #expect(core.credible(now + .seconds(3600), at: now) == now)
  }
}

import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// What an operator asks for: done by hand-over, kept, or refused with a reason.
@Suite struct OperatorScenarios {
  // MARK: - takeover

  @Test(arguments: [true, false]) func aTakeoverMovesTheGroupAndItStays(autoFailback: Bool) {
    let trial = Agreement(autoFailback: autoFailback).settledTrial()
    let asked = trial.now
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(10))
    trial.expectOwner(1)
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
    #expect(trial.outcomes(of: 1) == ["accepted takeover", "fulfilled takeover"])
    #expect(trial.changes(to: .claiming, by: 0, since: asked).isEmpty)
    for host in 0...1 { #expect(trial.snapshot(of: host).groups[0].isPlaced) }
    #expect((trial.changes(to: .owner, by: 1).last?.at ?? .never) - asked < .milliseconds(10))
  }

  /// Said to the owner or to the best node, it comes to the same.
  @Test(arguments: [true, false], [0, 1]) func aFailBackUndoesIt(autoFailback: Bool, host: Int) {
    let trial = Agreement(autoFailback: autoFailback, failbackDelay: .seconds(60)).settledTrial()
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(1))
    trial.ask(.failBack, of: host)
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
    #expect(trial.outcomes(of: host).suffix(2) == ["accepted failBack", "fulfilled failBack"])
    #expect(!trial.snapshot(of: 0).groups[0].isPlaced)
  }

  @Test func theOwnersDeathEndsTheMark() {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    trial.ask(.takeover, of: 2)
    trial.run(for: .seconds(1))
    trial.expectOwner(2)
    trial.isolate(0)
    trial.crash(2)
    trial.run(for: .seconds(1))
    #expect(trial.owners().contains(1))
    #expect(!trial.snapshot(of: 1).groups[0].isPlaced)
    trial.isolate(0, false)
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
  }

  @Test func aReloadKeepsTheMark() {
    let agreement = Agreement()
    let trial = agreement.settledTrial()
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(1))
    for host in 0...1 { trial.reload(host, with: agreement.cluster(of: agreement.nodes[host])) }
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
  }

  /// The others tell the successor what the former agent was told.
  @Test(arguments: 0..<5) func aRestartKeepsTheMark(seed: UInt64) {
    let trial = Agreement.cautious(autoFailback: true).settledTrial(seed: seed)
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(1))
    trial.restart(1)
    trial.run(for: .milliseconds(150))
    trial.start(1)
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
    trial.expectNoGap()
    #expect(trial.snapshot(of: 1).groups[0].isPlaced)
  }

  @Test func aTakeoverEndsTheStandby() {
    let trial = Agreement().settledTrial()
    trial.deliver(.standby, to: 0)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    trial.ask(.takeover, of: 0)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    trial.expectNoGap()
    #expect(!trial.snapshot(of: 0).groups[0].isOnStandby)
  }

  @Test func whatNobodyWasAllowedToHoldIsTaken() {
    let trial = Agreement().settledTrial()
    trial.ask(.standby, of: 1, force: true)
    trial.crash(0)
    trial.run(for: .seconds(1))
    #expect(trial.holders().isEmpty)
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    #expect(
      trial.outcomes(of: 1) == [
        "accepted standby", "fulfilled standby", "accepted takeover", "fulfilled takeover",
      ])
  }

  @Test func theOwnerMustHearTheRequest() {
    let trial = Agreement().settledTrial()
    trial.paths[1][0].isCut = true
    trial.run(for: .seconds(1))
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    #expect(trial.outcomes(of: 1) == ["refused takeover ownerDoesNotHearUs"])
  }

  @Test func aRequestThatIsLostIsGivenUp() {
    let trial = Agreement().settledTrial()
    trial.paths[1][0].isCut = true
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(2))
    #expect(trial.outcomes(of: 1) == ["accepted takeover", "unfulfilled takeover unanswered"])
    trial.paths[1][0].isCut = false
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
  }

  @Test func aKernelThatRefusesLeavesTheGroupWhereItWas() {
    let trial = Agreement().settledTrial()
    trial.hosts[1].refuses = [Trial.director]
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
    trial.expectNoGap()
    #expect(trial.outcomes(of: 1) == ["accepted takeover", "unfulfilled takeover refused"])
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(1))
    #expect(!trial.snapshot(of: 0).groups[0].isPlaced)
  }

  @Test func theOwnerHasNothingToTake() {
    let trial = Agreement().settledTrial()
    trial.ask(.takeover, of: 0)
    #expect(trial.outcomes(of: 0) == ["refused takeover alreadyOwner"])
  }

  @Test(arguments: 0..<40) func twoTakeoversAtOnce(seed: UInt64) {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial(seed: seed)
    trial.ask(.takeover, of: 1)
    trial.ask(.takeover, of: 2)
    trial.run(for: .seconds(5))
    #expect(trial.owners().count == 1 && trial.owners() != [0], "\(trial.transcript())")
    #expect(trial.holders() == trial.owners())
    trial.expectNoGap()
    trial.expectOneHolder()
  }

  @Test(arguments: 0..<20) func aTakeoverInALossyNetwork(seed: UInt64) {
    let trial = Agreement().settledTrial(seed: seed)
    for (from, to) in [(0, 1), (1, 0)] { trial.paths[from][to].loss = 0.2 }
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(3))
    #expect(trial.outcomes(of: 1).count >= 2)
    for (from, to) in [(0, 1), (1, 0)] { trial.paths[from][to].loss = 0 }
    trial.run(for: .seconds(3))
    #expect(trial.owners().count == 1)
    trial.expectSound()
  }

  /// Whatever operators ask of three nodes at a time, the group is always served, by one; every request is answered.
  @Test(arguments: 0..<20) func requestsWithoutEnd(seed: UInt64) {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"], autoFailback: seed % 2 == 0).settledTrial(seed: seed)
    for _ in 0..<100 {
      let request = Request.allCases[Int.random(in: 0..<Request.allCases.count, using: &trial.dice)]
      trial.ask(request, of: Int.random(in: 0...2, using: &trial.dice))
      trial.run(
        for: .microseconds(Int64.random(in: 0...(trial.dice.chance(0.5) ? 3_000 : 500_000), using: &trial.dice)))
    }
    for host in 0...2 { trial.ask(.available, of: host) }
    trial.run(for: .seconds(5))
    #expect(trial.owners().count == 1 && trial.holders() == trial.owners(), "\(trial.transcript())")
    trial.expectNoGap()
    // A hand-over that is called off may meet a claim that has not been announced yet.
    #expect(trial.record.overlaps.allSatisfy { $0.length < .milliseconds(5) }, "\(trial.transcript())")
    trial.expectSound()
    for host in 0...2 {
      let outcomes = trial.outcomes(of: host)
      let accepted = outcomes.count { $0.hasPrefix("accepted") }
      #expect(outcomes.count { $0.contains("fulfilled") } == accepted, "\(trial.transcript())")
    }
  }

  // MARK: - takeover by force

  /// The agent is dead, its kernel is not: by force both have the addresses until the lease ends.
  @Test func forceDoesNotWaitForASilentOwnersKernel() {
    let trial = Agreement.cautious().settledTrial()
    trial.kill(0)
    trial.run(for: .seconds(1))
    trial.ask(.takeover, of: 1)
    #expect(trial.outcomes(of: 1) == ["refused takeover answered"])
    #expect(trial.holders() == [0])
    trial.ask(.takeover, of: 1, force: true)
    trial.run(for: .milliseconds(20))
    #expect(trial.owners() == [1])
    #expect(trial.outcomes(of: 1).suffix(2) == ["accepted takeover", "fulfilled takeover"])
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
    #expect(trial.record.overlaps.count == 1)
  }

  @Test func forceTakesNothingFromALiveOwner() {
    let trial = Agreement.cautious().settledTrial()
    trial.ask(.takeover, of: 1, force: true)
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
  }

  // MARK: - standby

  @Test func standbyIsAGroupsOwn() {
    var agreement = Agreement()
    agreement.groups.append(.init(name: "vip0", preferred: ["loadb1", "loadb2"]))
    let trial = agreement.settledTrial()
    trial.ask(.standby, of: 0)
    trial.run(for: .seconds(3))
    trial.expectOwner(1)
    trial.expectOwner(0, of: Tag(of: "vip0"))
    #expect(trial.outcomes(of: 0) == ["accepted standby", "fulfilled standby"])
    trial.ask(.available, of: 0)
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    trial.expectNoGap()
  }

  @Test func standbyIsRefusedWhereNobodyCouldTakeIt() {
    let trial = Agreement().settledTrial()
    trial.deliver(.linkDown(GroupIndex(0)), to: 1)
    trial.run(for: .seconds(1))
    trial.ask(.standby, of: 0)
    #expect(trial.outcomes(of: 0) == ["refused standby nobodyCanTakeIt"])
    let snapshot = trial.snapshot(of: 0)
    #expect(snapshot[1, 0].readiness == .linkDown && !snapshot.groups[0].isOnStandby)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    trial.ask(.standby, of: 0, force: true)
    trial.run(for: .seconds(1))
    #expect(trial.holders().isEmpty)
    #expect(trial.outcomes(of: 0).suffix(2) == ["accepted standby", "fulfilled standby"])
    trial.expectSound()
  }

  /// The whole node: what a reload adds stands by too.
  @Test func standbyOfEverything() {
    let trial = Agreement().settledTrial()
    trial.ask(.standby, of: 0, group: nil)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    var more = Agreement()
    more.groups.append(.init(name: "vip0", preferred: ["loadb1", "loadb2"]))
    for host in 0...1 { trial.reload(host, with: more.cluster(of: more.nodes[host])) }
    trial.run(for: .seconds(5))
    trial.expectOwner(1, of: Tag(of: "vip0"))
    trial.ask(.available, of: 0, group: nil)
    trial.run(for: .seconds(5))
    for group in ["director", "vip0"] { trial.expectOwner(0, of: Tag(of: group)) }
  }

  // MARK: - fail-back

  @Test func aFailBackIsRefusedWithItsReason() {
    let trial = Agreement().settledTrial()
    trial.ask(.failBack, of: 0)
    trial.ask(.failBack, of: 1)
    #expect(trial.outcomes(of: 0) == ["refused failBack alreadyBest"])
    #expect(trial.outcomes(of: 1) == ["refused failBack alreadyBest"])
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.ask(.failBack, of: 1)
    #expect(trial.outcomes(of: 1).last == "refused failBack notReady")
  }

  @Test func aFailBackDoesNotWaitForItsDelay() {
    let trial = Agreement(autoFailback: false).settledTrial()
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.start(0)
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    trial.ask(.failBack, of: 1)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    trial.expectOnlyHandOvers()
  }
}

extension Trial {
  func ask(_ request: Request, of host: Int, group: GroupIndex? = GroupIndex(0), force: Bool = false) {
    deliver(.request(request, group, force: force), to: host)
  }

  /// What a host has answered to its operator, in order.
  func outcomes(of host: Int) -> [String] {
    record.reports.filter { $0.host == host }.compactMap { entry in
      switch entry.report {
      case .accepted(_, let request): "accepted \(request)"
      case .fulfilled(_, let request): "fulfilled \(request)"
      case .refused(_, let request, let refusal): "refused \(request) \(Self.name(refusal))"
      case .unfulfilled(_, let request, let cause): "unfulfilled \(request) \(Self.name(cause))"
      default: nil
      }
    }
  }

  private static func name(_ value: Any) -> String { "\(value)".split(separator: "(").first.map(String.init) ?? "" }

  func snapshot(of host: Int) -> CoreSnapshot {
    var snapshot = CoreSnapshot()
    hosts[host].core?.snapshot(into: &snapshot, at: hosts[host].local(now))
    return snapshot
  }
}

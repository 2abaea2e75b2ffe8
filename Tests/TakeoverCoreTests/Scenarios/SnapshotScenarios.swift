@testable import Simulator
import Testing

@testable import TakeoverCore

/// What a node says about itself and the others when it is asked.
@Suite struct SnapshotScenarios {
  @Test func aQuietCluster() {
    let trial = Agreement.cautious().settledTrial()
    let owner = trial.snapshot(of: 0)
    let other = trial.snapshot(of: 1)
    #expect(owner.nodeCount == 2 && owner.groupCount == 1 && owner.me == NodeIndex(0) && owner.life == .running)
    #expect(owner.groups[0].ownership == .me && other.groups[0].ownership == .node(NodeIndex(0)))
    #expect(owner.groups[0].role == .owner && owner.groups[0].term == 1 && other.groups[0].term == 0)
    #expect(owner.groups[0].readiness == .holding && other.groups[0].readiness == .ready)
    #expect(owner[1, 0].readiness == .ready && other[0, 0].readiness == .holding)
    let lease = (owner.groups[0].leaseUntil ?? .origin) - owner.takenAt
    #expect(lease > .seconds(2) && lease < .seconds(3) && other.groups[0].leaseUntil == nil)
    #expect(owner.nodes[1].condition == .alive && owner.nodes[1].hearsUs && !owner.nodes[1].configurationDiffers)
    #expect(owner.nodes[1].session == trial.hosts[1].core?.currentSession)
    #expect(owner.nodes[1].deadtime == .milliseconds(300) && owner.nodes[1].fingerprint == 1)
    let silence = owner.takenAt - (owner.nodes[1].lastHeard ?? .origin)
    #expect(silence < .milliseconds(101))
    #expect(owner.groups[0].ownedSince != nil && other.groups[0].ownedSince != nil)
  }

  @Test func whyANodeCouldNotTakeOver() {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    func readiness() -> [Readiness] {
      [trial.snapshot(of: 0)[1, 0].readiness, trial.snapshot(of: 1).groups[0].readiness]
    }
    #expect(readiness() == [.ready, .ready])
    trial.ask(.standby, of: 1)
    trial.run(for: .milliseconds(200))
    #expect(readiness() == [.lastResort, .lastResort])
    trial.ask(.standby, of: 1, force: true)
    trial.run(for: .milliseconds(200))
    #expect(readiness() == [.onStandby, .onStandby])
    trial.ask(.available, of: 1)
    trial.deliver(.linkDown(GroupIndex(0)), to: 1)
    trial.run(for: .milliseconds(200))
    #expect(readiness() == [.linkDown, .linkDown])
    trial.deliver(.linkUp(GroupIndex(0)), to: 1)
    trial.run(for: .milliseconds(1_200))
    #expect(readiness() == [.ready, .ready])
    trial.deliver(.deaf, to: 1)
    trial.run(for: .milliseconds(200))
    #expect(readiness() == [.linkDown, .deaf])
    trial.deliver(.hearing, to: 1)
    trial.run(for: .milliseconds(1_200))
    #expect(readiness() == [.ready, .ready])
  }

  @Test func whyAnotherNodeCouldNotTakeOver() {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    trial.paths[0][2].isCut = true
    trial.run(for: .seconds(1))
    #expect(trial.snapshot(of: 0)[2, 0].readiness == .doesNotHearUs)
    #expect(!trial.snapshot(of: 0).nodes[2].hearsUs)
    trial.paths[0][2].isCut = false
    trial.crash(1)
    trial.run(for: .seconds(1))
    #expect(trial.snapshot(of: 0)[1, 0].readiness == .dead)
    trial.stop(2)
    trial.run(for: .seconds(1))
    #expect(trial.snapshot(of: 0)[2, 0].readiness == .left)
  }

  @Test func aSilentOwnerWhoseKernelAnswers() {
    let trial = Agreement.cautious().settledTrial()
    trial.kill(0)
    trial.run(for: .seconds(1))
    let snapshot = trial.snapshot(of: 1)
    #expect(snapshot.groups[0].ownership == .nobody && snapshot.groups[0].isAsking)
    #expect(snapshot.groups[0].heldSince != nil && snapshot.groups[0].answerer == trial.hosts[0].hardware)
    #expect(snapshot.groups[0].answeringNode == NodeIndex(0))
    #expect(snapshot.nodes[0].condition == .dead)
  }

  /// Who holds a claim back, and with what: the same that the log says.
  @Test(arguments: zip([0, 1], [HoldBack.unproven, .namesake]))
  func whoHoldsAClaimBack(node: Int, why: HoldBack) throws {
    let trial = Agreement().settledTrial()
    var word = try trial.lastWord(of: node)
    #expect(trial.snapshot(of: 1).groups[0].hold == nil)
    for host in 0...1 { trial.crash(host) }
    trial.run(for: .seconds(1))
    trial.start(1)
    for number in 0..<40 {
      word.sequence += 1
      let said = word
      trial.at(trial.now + .milliseconds(500) + .milliseconds(50) * Int64(number)) { trial.world.inject(said, to: 1) }
    }
    trial.run(for: .seconds(2))
    let snapshot = trial.snapshot(of: 1)
    let hold = try #require(snapshot.groups[0].hold)
    #expect(hold.node == NodeIndex(node) && hold.why == why && hold.until > snapshot.takenAt)
    trial.run(for: .seconds(3))
    trial.expectOwner(1)
    #expect(trial.snapshot(of: 1).groups[0].hold == nil)
  }

  @Test func aClaimThatWaitsBecauseNobodyCanBeAsked() {
    let trial = Agreement.cautious().settledTrial()
    trial.world.impose(Fault(.unaskable, at: .zero, host: 1))
    #expect(trial.snapshot(of: 1).groups[0].unaskedUntil == nil)
    trial.crash(0)
    trial.run(for: .seconds(2))
    let snapshot = trial.snapshot(of: 1)
    let rest = (snapshot.groups[0].unaskedUntil ?? .origin) - snapshot.takenAt
    #expect(rest > .seconds(1) && rest < .seconds(3))
  }

  @Test func aConflict() {
    let trial = Agreement(autoFailback: false).settledTrial()
    trial.isolate(0)
    trial.run(for: .seconds(1))
    #expect(trial.owners() == [0, 1])
    // Only one of them hears the other.
    trial.paths[0][1].isCut = false
    trial.run(for: .milliseconds(200))
    #expect(trial.snapshot(of: 1).groups[0].ownership == .several)
    trial.isolate(0, false)
    trial.run(for: .milliseconds(200))
    #expect(trial.snapshot(of: 1).groups[0].ownership == .me)
    #expect(trial.snapshot(of: 0).groups[0].ownership == .node(NodeIndex(1)))
  }

  /// It is filled in place: the heartbeat thread must not allocate.
  @Test func itStaysWhereItIs() {
    let trial = Agreement().settledTrial()
    var snapshot = CoreSnapshot()
    let before = Self.places(of: snapshot)
    for _ in 0..<3 {
      trial.run(for: .milliseconds(500))
      trial.hosts[0].core?.snapshot(into: &snapshot, at: trial.hosts[0].local(trial.now))
    }
    #expect(Self.places(of: snapshot) == before)
    #expect(snapshot.sequence > 40)
  }

  private static func places(of snapshot: borrowing CoreSnapshot) -> [UnsafeRawPointer?] {
    [
      snapshot.nodes.withUnsafeBytes { $0.baseAddress }, snapshot.groups.withUnsafeBytes { $0.baseAddress },
      snapshot.stances.withUnsafeBytes { $0.baseAddress },
    ]
  }

  // MARK: - How a claim went

  @Test func theTimelineOfADeath() throws {
    let trial = Agreement().settledTrial()
    let crash = trial.hosts[1].local(trial.now)
    trial.crash(0)
    trial.run(for: .seconds(1))
    let timeline = try #require(trial.timelines(of: 1).last)
    #expect(timeline.from == NodeIndex(0) && timeline.term == 2)
    let lastHeard = try #require(timeline.lastHeard)
    let deadline = try #require(timeline.deadline)
    #expect(lastHeard <= crash + .milliseconds(1) && deadline - lastHeard == .milliseconds(300))
    #expect(timeline.claimed >= deadline && timeline.claimed - deadline < .milliseconds(1))
    #expect(timeline.confirmed - timeline.claimed == .milliseconds(1))
    #expect(timeline.announced > timeline.confirmed)
  }

  @Test func theTimelineOfAHandOver() throws {
    let trial = Agreement().settledTrial()
    trial.ask(.takeover, of: 1)
    trial.run(for: .seconds(1))
    let timeline = try #require(trial.timelines(of: 1).last)
    #expect(timeline.from == NodeIndex(0) && timeline.deadline == nil)
    #expect(timeline.lastHeard == timeline.claimed)
    #expect(timeline.confirmed > timeline.claimed && timeline.announced > timeline.confirmed)
  }
}

extension Trial {
  func timelines(of host: Int) -> [Timeline] {
    record.reports.compactMap { entry in
      if case .tookOver(let timeline) = entry.report, entry.host == host { timeline } else { nil }
    }
  }
}

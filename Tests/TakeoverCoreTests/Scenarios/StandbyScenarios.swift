import Testing

@testable import TakeoverCore

/// The operator wants a node to own nothing while its agent goes on.
@Suite struct StandbyScenarios {
  @Test(arguments: [true, false]) func theOwnerHandsOverAndStaysOut(autoFailback: Bool) {
    let trial = Agreement(autoFailback: autoFailback).settledTrial()
    trial.deliver(.standby, to: 0)
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
    #expect(trial.changes(to: .claiming, by: 1).count == 1)
    trial.deliver(.available, to: 0)
    trial.run(for: .seconds(5))
    trial.expectOwner(autoFailback ? 0 : 1)
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
  }

  /// Serving beats obeying: the group stays until somebody can take it, whoever that is.
  @Test(arguments: [true, false]) func nobodyCanTakeIt(autoFailback: Bool) {
    let trial = Agreement(autoFailback: autoFailback).settledTrial()
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.deliver(.standby, to: 0)
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    #expect(trial.reports(by: 0) { if case .standbyRefused = $0 { true } else { false } } == 1)
    trial.start(1)
    trial.run(for: .seconds(3))
    trial.expectOwner(1)
    trial.expectNoGap()
  }

  /// Serving beats obeying: what nobody else can take a node on standby takes, and gives away as soon as somebody comes.
  @Test func theLastResort() {
    let trial = Agreement().settledTrial()
    trial.deliver(.standby, to: 1)
    trial.run(for: .seconds(1))
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    trial.start(0)
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    trial.expectHandOver(from: 1, to: 0)
  }

  /// Who is on standby goes after all others, however they are preferred.
  @Test func theOthersGoFirst() {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    trial.deliver(.standby, to: 1)
    trial.run(for: .seconds(1))
    trial.crash(0)
    trial.run(for: .seconds(2))
    trial.expectOwner(2)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    trial.deliver(.stop, to: 2)
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    trial.expectHandOver(from: 2, to: 1)
  }

  /// Whoever is on standby asks the wire even where the others do not: its heartbeats may be cut for the maintenance.
  @Test func itTakesNothingUnasked() {
    let trial = Agreement().settledTrial()
    trial.deliver(.standby, to: 1)
    trial.run(for: .seconds(1))
    trial.muffle(1)
    trial.run(for: .seconds(5))
    #expect(trial.holders() == [0])
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
  }

  /// A link that flaps beside a node on standby moves the group there, and back once it has been up for a while.
  @Test func aLinkThatFlapsIsNotTakenForBack() {
    let trial = Agreement().settledTrial()
    trial.deliver(.standby, to: 1)
    for _ in 0..<3 {
      trial.deliver(.linkDown(GroupIndex(0)), to: 0)
      trial.run(for: .milliseconds(700))
      trial.deliver(.linkUp(GroupIndex(0)), to: 0)
      trial.run(for: .milliseconds(700))
    }
    #expect(trial.changes(to: .claiming, by: 1).count == 1)
    trial.run(for: .seconds(4))
    trial.expectOwner(0)
  }

  /// What its kernel has from an earlier life is adopted and handed over before the order is done.
  @Test func leftoversAreHandedOverFirst() {
    let trial = Agreement.cautious(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    trial.crash(2)
    trial.kill(0)
    trial.start(0)
    // It has not heard everybody, and listens.
    trial.run(for: .milliseconds(700))
    trial.ask(.standby, of: 0)
    trial.run(for: .seconds(3))
    trial.expectOwner(1)
    trial.expectNoGap()
    #expect(trial.outcomes(of: 0) == ["accepted standby", "fulfilled standby"])
  }

  /// Two that were put on standby: one serves, and neither offers the group to the other.
  @Test func whereAllAreOnStandby() {
    let trial = Agreement().settledTrial()
    trial.deliver(.standby, to: 1)
    trial.deliver(.standby, to: 0)
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    trial.expectNoGap()
  }

  /// By force a node takes nothing, even if nobody else can, until it is made available.
  @Test func byForceWhatNobodyHoldsStaysSo() {
    let trial = Agreement().settledTrial()
    trial.deliver(.request(.standby, nil, force: true), to: 1)
    trial.run(for: .seconds(1))
    trial.crash(0)
    trial.run(for: .seconds(5))
    #expect(trial.holders().isEmpty)
    trial.deliver(.standby, to: 1)
    trial.run(for: .seconds(5))
    #expect(trial.holders().isEmpty)
    trial.deliver(.available, to: 1)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
  }

  /// What the operator told a former agent: a node that comes back does not take its group back, but takes that of a dead one.
  @Test func rememberedFromAFormerAgent() {
    let trial = Agreement().settledTrial()
    trial.deliver(.standby, to: 0)
    trial.run(for: .seconds(1))
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.start(0)
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
    #expect(trial.hosts[0].core?.isOnStandbyForAll == true)
    trial.crash(1)
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    trial.start(1)
    trial.run(for: .seconds(3))
    trial.expectOwner(1)
    trial.deliver(.available, to: 0)
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
  }

  /// Who was the last resort when its agent ended adopts what it has, and hands it over without a gap when somebody comes.
  @Test func rememberedByTheLastResort() {
    let trial = Agreement().settledTrial()
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.deliver(.standby, to: 0)
    trial.run(for: .seconds(1))
    trial.kill(0)
    trial.start(0)
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    trial.start(1)
    trial.run(for: .seconds(3))
    trial.expectOwner(1)
    trial.expectNoGap()
  }

  /// One signal begins and ends it, and has to know which, however it began.
  @Test func itIsKnownWhoStandsBy() {
    let trial = Agreement().settledTrial()
    func isOnStandby() -> Bool { trial.hosts[0].core?.isOnStandbyForAll ?? false }
    #expect(!isOnStandby())
    trial.deliver(.request(.standby, nil, force: false), to: 0)
    trial.run(for: .seconds(1))
    #expect(isOnStandby())
    trial.deliver(.request(.available, nil, force: false), to: 0)
    #expect(!isOnStandby())
    trial.deliver(.standby, to: 0)
    #expect(isOnStandby())
  }

  @Test func oftenSaidOnceDone() {
    let trial = Agreement().settledTrial()
    for _ in 0..<3 { trial.deliver(.standby, to: 0) }
    trial.run(for: .seconds(1))
    for _ in 0..<3 { trial.deliver(.available, to: 0) }
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    #expect(trial.reports(by: 0) { if case .onStandby = $0 { true } else { false } } == 2)
  }
}

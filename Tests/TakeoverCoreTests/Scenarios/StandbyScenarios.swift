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

  /// A node on standby is no candidate, not even for what nobody holds.
  @Test func whatNobodyHoldsStaysSo() {
    let trial = Agreement().settledTrial()
    trial.deliver(.standby, to: 1)
    trial.run(for: .seconds(1))
    trial.crash(0)
    trial.run(for: .seconds(5))
    #expect(trial.holders().isEmpty)
    trial.deliver(.available, to: 1)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
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

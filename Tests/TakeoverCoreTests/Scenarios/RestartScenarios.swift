import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// R8: a planned restart leaves the addresses in the kernel, and nobody takes them meanwhile.
@Suite struct RestartScenarios {
  @Test(arguments: [0, 1], [50, 250, 1_000, 2_500] as [Int64])
  func theOwnerRestarts(owner: Int, pause: Int64) {
    let trial = Agreement(autoFailback: owner == 0).trial()
    trial.start(owner)
    trial.run(for: .seconds(2))
    trial.start(1 - owner)
    trial.run(for: .seconds(2))
    trial.expectOwner(owner)
    let restart = trial.now
    trial.deliver(.restart, to: owner)
    trial.run(for: .milliseconds(50))
    #expect(trial.hosts[owner].finishedAt != nil)
    trial.run(for: .milliseconds(pause))
    #expect(trial.holders() == [owner], "\(trial.transcript())")
    trial.start(owner)
    trial.run(for: .seconds(5))
    trial.expectOwner(owner)
    #expect(trial.changes(to: .claiming, by: 1 - owner, since: restart).isEmpty)
    #expect(trial.record.overlaps.isEmpty && trial.record.gaps.isEmpty)
  }

  /// Nobody comes back: the others wait no longer than the lease.
  @Test func theSuccessorDoesNotCome() {
    let trial = Agreement().settledTrial()
    let restart = trial.now
    trial.deliver(.restart, to: 0)
    trial.run(for: .seconds(2))
    #expect(trial.holders() == [0])
    trial.hosts[0].holds = []
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    let claims = trial.changes(to: .claiming, by: 1, since: restart)
    #expect(
      claims.count == 1
        && claims.allSatisfy { $0.at - restart >= .seconds(3) && $0.at - restart < .milliseconds(3_100) })
  }

  @Test func theStandbyRestarts() {
    let trial = Agreement().settledTrial()
    trial.deliver(.restart, to: 1)
    trial.run(for: .milliseconds(500))
    trial.start(1)
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty && trial.record.gaps.isEmpty)
    #expect(trial.hosts[1].roles[Trial.director] == .standby)
  }
}

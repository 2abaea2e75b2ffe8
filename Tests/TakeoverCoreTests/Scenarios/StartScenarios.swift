import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

@Suite struct StartScenarios {
  @Test(arguments: 0..<50)
  func bothAtOnce(seed: UInt64) {
    let trial = Agreement().settledTrial(seed: seed)
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 0).count == 1)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    #expect(trial.record.overlaps.isEmpty && trial.record.gaps.isEmpty)
    // Everybody was heard, so nobody waited for initdead.
    #expect(trial.changes(to: .owner, by: 0).allSatisfy { $0.at < .origin + .milliseconds(500) })
  }

  @Test(arguments: [0, 1], [true, false])
  func oneAfterTheOther(first: Int, autoFailback: Bool) {
    let trial = Agreement(autoFailback: autoFailback).trial()
    trial.start(first)
    trial.run(for: .seconds(3))
    trial.expectOwner(first)
    trial.start(1 - first)
    trial.run(for: .seconds(3))
    trial.expectOwner(autoFailback ? 0 : first)
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
  }

  @Test func aloneItClaimsAfterInitdead() {
    let trial = Agreement().trial()
    trial.start(1)
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    let claims = trial.changes(to: .claiming, by: 1)
    #expect(claims.map(\.at) == [.origin + .seconds(1)])
    guard case .noOwner? = claims.first?.cause else { return #expect(Bool(false), "\(trial.transcript())") }
  }

  enum Ending: CaseIterable { case crash, stop }

  @Test(arguments: [[0], [1], [0, 1], [1, 0]], Ending.allCases)
  func restartedInEveryOrder(order: [Int], ending: Ending) {
    let trial = Agreement().settledTrial()
    for host in order {
      switch ending {
      case .crash: trial.crash(host)
      case .stop: trial.stop(host)
      }
      trial.run(for: .seconds(2))
      trial.expectOwner(1 - host)
      trial.start(host)
      trial.run(for: .seconds(2))
      trial.expectOwner(0)
    }
    trial.expectOnlyHandOvers()
    switch ending {
    case .crash: #expect(trial.record.gaps.allSatisfy { $0.length < .milliseconds(305) })
    case .stop: trial.expectNoGap()
    }
  }

  @Test(arguments: [[0, 1], [1, 0]])
  func restartedInEveryOrderWithoutFailBack(order: [Int]) {
    let trial = Agreement(autoFailback: false).settledTrial()
    for host in order {
      let owner = trial.owners()
      trial.stop(host)
      trial.run(for: .seconds(2))
      trial.expectOwner(1 - host)
      trial.start(host)
      trial.run(for: .seconds(2))
      trial.expectOwner(1 - host)
      #expect(owner == [host] || trial.changes(to: .claiming, by: 1 - host).count == 1)
    }
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
  }

  /// A crashed owner that is back within its deadtime holds nothing and says so: nobody need wait for its death.
  /// Whoever claims first keeps the group, and both ways it is one of them.
  @Test(arguments: 0..<20)
  func ownerRestartedWithinItsDeadtime(seed: UInt64) {
    let trial = Agreement(autoFailback: false).settledTrial(seed: seed)
    let crash = trial.now
    trial.crash(0)
    trial.run(for: .milliseconds(50))
    trial.start(0)
    trial.run(for: .seconds(2))
    trial.expectOwner(trial.owners().first ?? -1)
    #expect(trial.record.overlaps.isEmpty)
    #expect(trial.record.gaps.map(\.from) == [crash])
    #expect(trial.record.gaps.allSatisfy { $0.length < .milliseconds(305) }, "\(trial.transcript())")
  }

  @Test(arguments: 0..<5)
  func manyNodesAndGroupsSettleOnThePreferredOnes(seed: UInt64) {
    var agreement = Agreement(nodes: (1...5).map { "loadb\($0)" })
    agreement.groups = (0..<8).map { number in
      Agreement.Group(name: "vip\(number)", preferred: (0..<5).map { "loadb\(1 + ($0 * 3 + number) % 5)" })
    }
    let trial = agreement.trial(seed: seed)
    trial.startAll(within: .seconds(3))
    trial.run(until: .origin + .seconds(10))
    for number in 0..<8 { trial.expectOwner(number % 5, of: Tag(of: "vip\(number)")) }
    // One kernel works off the orders for all groups one after the other.
    trial.expectOnlyHandOvers(within: .milliseconds(20))
    trial.expectNoGap()
  }

  @Test func theSameSeedGivesTheSameTrial() {
    func transcript(seed: UInt64) -> [String] {
      let trial = Agreement().settledTrial(seed: seed)
      trial.crash(0)
      trial.run(for: .seconds(1))
      trial.start(0)
      trial.run(for: .seconds(1))
      return trial.record.transcript
    }
    #expect(transcript(seed: 7) == transcript(seed: 7))
    #expect(transcript(seed: 7) != transcript(seed: 8))
    #expect(
      transcript(seed: 7).contains { $0.contains("loadb2   director standby→claiming because ownerDead(loadb1, 3") })
  }
}

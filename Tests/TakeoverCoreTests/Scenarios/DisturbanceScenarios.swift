import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

@Suite struct DisturbanceScenarios {
  /// Copies and overtaking: heartbeats arrive twice, and up to two keepalives late.
  @Test(arguments: 0..<10)
  func duplicatesAndReordering(seed: UInt64) {
    var agreement = Agreement(nodes: ["loadb1", "loadb2", "loadb3"])
    agreement.deadtime = .milliseconds(500)
    let trial = agreement.trial(seed: seed)
    for from in 0...2 {
      for to in 0...2 {
        trial.paths[from][to].duplicates = 0.5
        trial.paths[from][to].delay = .microseconds(100)...(.milliseconds(200))
      }
    }
    trial.startAll(within: .milliseconds(100))
    trial.run(for: .seconds(20))
    trial.expectOwner(0)
    #expect((0...2).map { trial.changes(to: .claiming, by: $0).count } == [1, 0, 0])
    #expect(trial.record.overlaps.isEmpty && trial.record.gaps.isEmpty)
    for host in 0...2 { #expect(trial.hosts[host].drops[.notNewer, default: 0] > 100) }
  }

  @Test func ownBroadcastsAreCountedAndNothingElse() {
    let trial = Agreement().settledTrial()
    let said = trial.record.datagrams.count { $0.host == 0 }
    #expect((said - 1...said).contains(trial.hosts[0].drops[.ownEcho, default: 0]))
    #expect(Set(trial.hosts[0].drops.keys).isSubset(of: [.ownEcho, .unproven]))
  }

  struct Loss: CustomTestStringConvertible {
    let share: Double
    let seed: UInt64
    var testDescription: String { "\(Int(share * 100)) %, seed \(seed)" }
  }

  /// Five keepalives and a half a deadtime: one heartbeat in ten lost is nothing to anybody. Of three in ten, five in a row are
  /// lost every 40 s or so: a false claim, which ends as soon as one heartbeat of the claimant comes through, seldom the
  /// fifth.
  @Test(arguments: [0.1, 0.3].flatMap { share in (0..<8).map { Loss(share: share, seed: $0) } })
  func randomLoss(loss: Loss) {
    var agreement = Agreement(autoFailback: false)
    agreement.deadtime = .milliseconds(550)
    let trial = agreement.settledTrial(seed: loss.seed)
    for from in 0...1 {
      for to in 0...1 { trial.paths[from][to].loss = loss.share }
    }
    trial.run(for: .seconds(60))
    let overlaps = trial.record.overlaps.map(\.length.nanoseconds)
    if loss.share == 0.1 {
      #expect(overlaps.isEmpty && trial.changes(to: .claiming, by: 1).isEmpty)
    }
    #expect(overlaps.count < 10 && overlaps.allSatisfy { $0 < 500_000_000 }, "\(trial.transcript())")
    for from in 0...1 {
      for to in 0...1 { trial.paths[from][to].loss = 0 }
    }
    trial.run(for: .seconds(1))
    #expect(trial.record.gaps.isEmpty)
    trial.expectOwner(trial.owners().first ?? -1)
  }

  /// Every fault at random, for minutes: whatever happened, soon after the last fault the preferred node owns alone.
  @Test(arguments: 0..<10)
  func anythingAtAnyTime(seed: UInt64) {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial(seed: seed)
    for _ in 0..<150 {
      let host = Int.random(in: 0...2, using: &trial.dice)
      trial.disturb(host, by: Int.random(in: 0..<10, using: &trial.dice))
      trial.run(for: .milliseconds(Int64.random(in: 1...1_500, using: &trial.dice)))
    }
    for host in 0...2 { trial.calm(host) }
    trial.run(for: .seconds(80))
    trial.expectOwner(0)
  }
}

extension Trial {
  fileprivate func disturb(_ host: Int, by fault: Int) {
    let other = (host + 1) % hosts.count
    switch fault {
    case 0: crash(host)
    case 1: stop(host)
    case 2: if hosts[host].core == nil { start(host) }
    case 3: isolate(host)
    case 4: isolate(host, false)
    case 5: paths[host][other].isCut.toggle()
    case 6: stall(host, for: .milliseconds(Int64.random(in: 100...1_000, using: &dice)))
    case 7: deliver(dice.chance(0.5) ? .linkDown(GroupIndex(0)) : .linkUp(GroupIndex(0)), to: host)
    case 8: deliver(dice.chance(0.5) ? .deaf : .hearing, to: host)
    default: hosts[host].refuses.formSymmetricDifference([Trial.director])
    }
  }

  fileprivate func calm(_ host: Int) {
    isolate(host, false)
    hosts[host].refuses = []
    if hosts[host].core == nil { start(host) }
    deliver(.hearing, to: host)
    deliver(.linkUp(GroupIndex(0)), to: host)
  }
}

import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

@Suite struct PartitionScenarios {
  /// R5: one heartbeat after the heal there is one owner, the one with the newer claim, and it has announced anew
  /// after the other let go.
  @Test(arguments: 0..<30)
  func healing(seed: UInt64) {
    let trial = Agreement(autoFailback: false).settledTrial(seed: seed)
    trial.isolate(0)
    trial.run(for: .milliseconds(1_000 + Int64(seed) * 7))
    #expect(trial.owners() == [0, 1])
    trial.isolate(0, false)
    let heal = trial.now
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    let end = trial.record.overlaps.last?.until ?? .never
    #expect(end - heal <= .microseconds(101_500))
    #expect(trial.announcements(by: 1, since: heal).contains { $0 >= end })
    #expect(trial.announcements(by: 0, since: heal).isEmpty)
    #expect(trial.saysYielded(0, since: heal))
    #expect(!trial.saysYielded(1, since: heal))
    #expect(trial.record.gaps.isEmpty)
    let lost = trial.reports(by: 0) { if case .conflict(_, _, 2, won: false) = $0 { true } else { false } }
    #expect(lost == 1)
  }

  /// Both started without hearing each other: equal terms, so the better rank keeps.
  @Test(arguments: 0..<10)
  func equalTerms(seed: UInt64) {
    let trial = Agreement(autoFailback: false).trial(seed: seed)
    trial.isolate(0)
    trial.startAll(within: .milliseconds(100))
    trial.run(for: .seconds(2))
    #expect(trial.owners() == [0, 1])
    trial.isolate(0, false)
    let heal = trial.now
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    let end = trial.record.overlaps.last?.until ?? .never
    #expect(trial.announcements(by: 0, since: heal).contains { $0 >= end })
    #expect(trial.changes(to: .owner, by: 0).count == 1)
  }

  @Test func afterTheHealThePreferredReturns() {
    let trial = Agreement().settledTrial()
    trial.isolate(0)
    trial.run(for: .seconds(1))
    trial.isolate(0, false)
    let heal = trial.now
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 0, since: heal).count == 1)
    #expect(trial.changes(to: .claiming, by: 1, since: heal).isEmpty)
    trial.expectNoGap()
  }

  /// A node that is cut off while it holds nothing comes back, and the owner tells the switch again where it is.
  @Test func theOwnerAnnouncesWhenTheCutOffReturn() {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    trial.hosts[2].refuses = [Trial.director]
    trial.isolate(2)
    trial.run(for: .seconds(1))
    trial.isolate(2, false)
    let heal = trial.now
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    #expect(trial.announcements(by: 0, since: heal).count == 1)
  }

  /// A heal that a standby saw is over when it claims, much later: one claim is announced once.
  @Test func aHealIsNotAnnouncedLater() {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    trial.hosts[2].refuses = [Trial.director]
    trial.isolate(2)
    trial.run(for: .seconds(1))
    trial.isolate(2, false)
    trial.run(for: .seconds(5))
    trial.crash(0)
    let crash = trial.now
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    #expect(trial.announcements(by: 1, since: crash).count == 1)
  }

  /// The owner is not heard, but hears: the claim reaches it, and it lets go.
  @Test func theOwnerIsNotHeard() {
    let trial = Agreement().settledTrial()
    trial.paths[0][1].isCut = true
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
    #expect(trial.record.overlaps.count == 1)
    #expect(trial.record.overlaps.allSatisfy { $0.length < .milliseconds(5) })
    #expect(trial.reports(by: 0) { if case .unheard = $0 { true } else { false } } == 1)
    trial.paths[0][1].isCut = false
    let heal = trial.now
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    trial.expectNoGap()
    #expect(trial.reports(by: 0) { if case .heardAgain = $0 { true } else { false } } == 1)
    #expect(trial.changes(to: .claiming, by: 0, since: heal).count == 1)
  }

  /// The standby is not heard: nothing moves, and it knows.
  @Test func theStandbyIsNotHeard() {
    let trial = Agreement().settledTrial()
    let since = trial.now
    trial.paths[1][0].isCut = true
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    #expect(trial.reports(by: 0, since: since) { if case .dead = $0 { true } else { false } } == 1)
    #expect(trial.reports(by: 1, since: since) { if case .unheard = $0 { true } else { false } } == 1)
    trial.paths[1][0].isCut = false
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    #expect(trial.reports(by: 1, since: since) { if case .heardAgain = $0 { true } else { false } } == 1)
  }

  /// A stopping owner hands over to nobody who would not hear of it.
  @Test func theOwnerStopsUnheard() {
    let trial = Agreement().settledTrial()
    trial.paths[0][1].isCut = true
    trial.run(for: .milliseconds(250))
    trial.stop(0)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    #expect(trial.hosts[0].finishedAt != nil)
  }

  /// Two owners that do not hear each other, and between them the preferred node: what one offers it must not take,
  /// nor try again and again, while it hears the other own.
  @Test func anOfferBesideALiveOwner() {
    var agreement = Agreement(nodes: ["loadb1", "loadb2", "loadb3"], failbackDelay: .seconds(1))
    agreement.groups[0].preferred = ["loadb2", "loadb1", "loadb3"]
    let trial = agreement.trial()
    trial.start(0)
    trial.start(2)
    trial.run(for: .seconds(2))
    trial.isolate(0)
    trial.run(for: .seconds(1))
    #expect(trial.owners() == [0, 2])
    for (from, to) in [(0, 1), (1, 0)] { trial.paths[from][to].isCut = false }
    let start = trial.now
    trial.start(1)
    trial.run(for: .milliseconds(800))
    trial.paths[1][2].isCut = true
    trial.run(for: .seconds(10))
    #expect(trial.owners() == [0, 2])
    #expect(trial.changes(to: .claiming, by: 1, since: start).isEmpty)
    #expect(trial.changes(to: .releasing, by: 0, since: start).count > 1)
    for from in 0...2 {
      for to in 0...2 { trial.paths[from][to].isCut = false }
    }
    trial.run(for: .seconds(10))
    trial.expectOwner(1)
  }

  /// Three claims that cross: all three are still adding when they hear of each other.
  @Test(arguments: 0..<20)
  func crossingClaims(seed: UInt64) {
    let trial = Agreement(nodes: ["loadb1", "loadb2", "loadb3"]).trial(seed: seed)
    for host in 0...2 {
      trial.hosts[host].addTakes = .milliseconds(500)
      trial.isolate(host)
    }
    trial.startAll(within: .milliseconds(50))
    trial.run(for: .milliseconds(1_100))
    #expect((0...2).allSatisfy { trial.hosts[$0].roles[Trial.director] == .claiming })
    for host in 0...2 { trial.isolate(host, false) }
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
    #expect((0...2).map { trial.changes(to: .owner, by: $0).count } == [1, 0, 0])
    #expect(trial.record.announcements.allSatisfy { $0.host == 0 })
  }
}

extension Trial {
  /// Whether a host's heartbeats say that it let go in a conflict.
  func saysYielded(_ host: Int, since: Instant) -> Bool {
    record.datagrams.contains { said in
      guard said.host == host, said.at >= since, let heartbeat = try? said.datagram.parsed() else { return false }
      return (0..<heartbeat.groups.count).contains { heartbeat.groups[$0].flags.contains(.yielded) }
    }
  }
}

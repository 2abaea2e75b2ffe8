import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// The owner's heartbeats stop; the wire tells why.
@Suite struct SecondOpinionScenarios {
  /// Eight probes from warntime to deadtime, and none of them costs anything.
  @Test(arguments: 0..<30)
  func powerLossIsClaimedAtDeadtime(seed: UInt64) throws {
    let trial = Agreement.cautious().settledTrial(seed: seed)
    trial.run(for: .milliseconds(Int64(seed) * 7))
    trial.crash(0)
    let crash = trial.now
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    trial.expectOneHolder()
    let claim = try #require(trial.changes(to: .claiming, by: 1).first)
    guard case .ownerDead(_, .milliseconds(300), 3) = claim.cause else {
      return #expect(Bool(false), "\(trial.transcript())")
    }
    let asked = trial.record.probes.filter { $0.host == 1 && $0.at >= crash }
    let due = (1...8).reversed().map { Interval.microseconds($0 * 12_500) }
    #expect(asked.map { claim.at - $0.at } == due)
    // Every other one to everybody, the others to the owner alone.
    let owner = trial.hosts[0].hardware
    let receivers = (0..<8).map { $0 % 2 == 0 ? nil : owner }
    #expect(asked.map(\.to) == receivers)
    #expect(trial.record.echoes.isEmpty)
  }

  /// A host with two devices on one network answers with both Ethernet addresses: it is one node that is said to answer.
  @Test func aHostThatAnswersWithSeveralAddresses() throws {
    let trial = Agreement.cautious().settledTrial()
    let second = EthernetAddress(rawValue: 0x0200_0000_0201), stranger = EthernetAddress(rawValue: 0x0200_0000_0099)
    trial.kill(0)
    try trial.forge(from: 0, to: 1) { word in _ = word.hardware.append(second) }
    trial.run(for: .seconds(1))
    let answers = { trial.reports(by: 1) { if case .answered = $0 { true } else { false } } }
    #expect(answers() == 1)
    for hardware in [second, trial.hosts[0].hardware, second] {
      trial.deliver(.answered(GroupIndex(0), by: hardware), to: 1)
      trial.run(for: .milliseconds(20))
    }
    #expect(answers() == 1, "\(trial.transcript())")
    trial.deliver(.answered(GroupIndex(0), by: stranger), to: 1)
    trial.run(for: .milliseconds(20))
    #expect(answers() == 2)
  }

  /// The host lives and its kernel serves until the lease ends: the other waits for that, and no longer.
  @Test(arguments: 0..<30)
  func aKilledAgent(seed: UInt64) throws {
    let trial = Agreement.cautious().settledTrial(seed: seed)
    trial.run(for: .milliseconds(Int64(seed) * 37))
    trial.kill(0)
    let kill = trial.now
    let end = trial.heldUntil(0, by: kill + .seconds(5))
    #expect(end - kill >= .milliseconds(2_390) && end - kill <= .milliseconds(3_330))
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    trial.expectOneHolder()
    let claim = try #require(trial.changes(to: .claiming, by: 1).first)
    guard case .answersStopped = claim.cause else { return #expect(Bool(false), "\(trial.transcript())") }
    #expect(claim.at - end <= .milliseconds(40), "\(trial.transcript())")
    #expect(trial.answers(to: 1) == 1)
  }

  enum Way: CaseIterable { case both, fromTheOwner, fromTheStandby }

  /// A firewall eats heartbeats for a minute: nothing moves, and it is said once.
  @Test(arguments: Way.allCases)
  func aFirewallEatsHeartbeats(way: Way) {
    let trial = Agreement.cautious().settledTrial()
    let since = trial.now
    if way != .fromTheStandby { trial.paths[0][1].isCut = true }
    if way != .fromTheOwner { trial.paths[1][0].isCut = true }
    trial.run(for: .seconds(60))
    trial.expectOwner(0)
    trial.expectUnmoved(since: since)
    #expect(trial.record.overlaps.isEmpty && trial.record.gaps.isEmpty)
    #expect(trial.answers(to: 1) == (way == .fromTheStandby ? 0 : 1))
    #expect(trial.answers(to: 0) == 0)
    trial.muffle(0, false)
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    trial.expectUnmoved(since: since)
    // It asks as long as it does not know better, four milliseconds apart, and not once afterwards.
    let healed = trial.now
    trial.run(for: .seconds(1))
    #expect(trial.probes(by: 1, since: healed) == 0)
    #expect(trial.probes(by: 1) <= 60 * 250 && trial.probes(by: 0) <= 8)
  }

  /// What is behind the firewall dies for real.
  @Test(arguments: 0..<10)
  func powerLossBehindAFirewall(seed: UInt64) {
    let trial = Agreement.cautious().settledTrial(seed: seed)
    trial.muffle(0)
    trial.run(for: .milliseconds(10_000 + Int64(seed) * 7))
    trial.expectOwner(0)
    trial.crash(0)
    let crash = trial.now
    trial.run(for: .milliseconds(50))
    trial.expectOwner(1)
    trial.expectOneHolder()
    #expect(trial.changes(to: .claiming, by: 1, since: crash).allSatisfy { $0.at - crash <= .milliseconds(40) })
  }

  /// A fabric that eats everything: two sides, two owners, and the older lets go after the heal.
  @Test func aPartitionOfEverything() {
    let trial = Agreement.cautious().settledTrial()
    trial.isolate(0)
    trial.run(for: .milliseconds(303))
    #expect(trial.owners() == [0, 1])
    trial.isolate(0, false)
    let heal = trial.now
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    let overlaps = trial.record.overlaps
    #expect(
      overlaps.allSatisfy { !$0.isInTouch && ($0.until ?? .never) - heal <= .microseconds(101_500) },
      "\(trial.transcript())")
    #expect(trial.record.gaps.isEmpty)
  }

  // MARK: - Start, policy, reload

  /// Nobody is known to own: the wire is asked first, as RFC 5227 §2.1 wants it, and a little longer by a node that has
  /// not heard a better one.
  @Test(arguments: 0...1)
  func aColdStartAsksFirst(host: Int) throws {
    let trial = Agreement.cautious().trial()
    trial.start(host)
    trial.run(for: .seconds(2))
    trial.expectOwner(host)
    let due = (0..<8 + 2 * Int64(host)).map { Instant.origin + .milliseconds(1_000 + $0 * 4) }
    #expect(trial.record.probes.map(\.at) == due)
    #expect(trial.record.probes.allSatisfy { $0.to == nil })
    let claim = try #require(trial.changes(to: .claiming, by: host).first)
    #expect(claim.at == (due.last ?? .never) + .milliseconds(4))
  }

  /// Both start at once and do not hear each other.
  @Test(arguments: 0..<10)
  func aColdStartOfBothBehindAFirewall(seed: UInt64) {
    let trial = Agreement.cautious().trial(seed: UInt64(seed))
    trial.muffle(0)
    trial.startAll(within: .milliseconds(3))
    trial.run(for: .seconds(10))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty)
  }

  /// A node that starts behind the firewall finds the owner by ARP alone.
  @Test func aColdStartBehindAFirewall() {
    let trial = Agreement.cautious().trial()
    trial.muffle(0)
    trial.start(0)
    trial.run(for: .seconds(2))
    trial.start(1)
    trial.run(for: .seconds(20))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty)
    #expect(trial.answers(to: 1) == 1)
  }

  @Test(arguments: 0..<10)
  func claimNeverAsks(seed: UInt64) {
    let trial = Agreement.cautious(onConflict: .claim).settledTrial(seed: seed)
    trial.kill(0)
    trial.run(for: .milliseconds(303))
    #expect(trial.owners().contains(1))
    #expect(trial.record.probes.isEmpty && trial.record.echoes.isEmpty)
  }

  @Test(arguments: [210, 250, 299, 301, 500, 2_000] as [Int64])
  func reloadWhileAsking(milliseconds: Int64) throws {
    let agreement = Agreement.cautious()
    let trial = agreement.settledTrial()
    trial.kill(0)
    let kill = trial.now
    trial.run(for: .milliseconds(milliseconds))
    for _ in 0..<3 {
      trial.reload(1, with: agreement.cluster(of: "loadb2"))
      trial.run(for: .milliseconds(3))
    }
    let end = trial.heldUntil(0, by: kill + .seconds(5))
    trial.run(for: .milliseconds(50))
    trial.expectOwner(1)
    trial.expectOneHolder()
    #expect(trial.changes(to: .claiming, by: 1).map { $0.at - end <= .milliseconds(40) } == [true])
    #expect(trial.answers(to: 1) == 1)
  }

  /// The new configuration says not to ask.
  @Test func reloadToClaim() {
    let trial = Agreement.cautious().settledTrial()
    trial.muffle(0)
    trial.run(for: .seconds(2))
    trial.reload(1, with: Agreement.cautious(onConflict: .claim).cluster(of: "loadb2"))
    trial.run(for: .milliseconds(10))
    #expect(trial.owners() == [0, 1])
  }

  /// A node that begins to ask in the middle of a long silence still claims soon after deadtime.
  @Test(arguments: [5_200, 6_000, 7_500, 8_400] as [Int64])
  func askingBeginsLate(milliseconds: Int64) throws {
    var agreement = Agreement.cautious()
    agreement.keepalive = .seconds(1)
    agreement.warntime = .seconds(5)
    agreement.deadtime = .seconds(10)
    let trial = agreement.trial()
    trial.startAll(within: .seconds(1))
    trial.run(for: .seconds(20))
    trial.crash(0)
    trial.run(for: .milliseconds(milliseconds))
    trial.deliver(.linkDown(GroupIndex(0)), to: 1)
    trial.deliver(.linkUp(GroupIndex(0)), to: 1)
    trial.run(for: .seconds(6))
    trial.expectOwner(1)
    let dead = try #require(trial.times(of: 1) { if case .dead = $0 { true } else { false } }.first)
    #expect(trial.changes(to: .claiming, by: 1).map { $0.at - dead <= .milliseconds(40) } == [true])
  }

  /// The timer comes late by half a millisecond each time: the claim is not later than the last of it.
  @Test func lateTimersDoNotAddUp() throws {
    let trial = Agreement.cautious().settledTrial()
    trial.timerLateness = .microseconds(500)
    trial.run(for: .seconds(1))
    trial.crash(0)
    trial.run(for: .seconds(1))
    let claim = try #require(trial.changes(to: .claiming, by: 1).first)
    guard case .ownerDead(_, let silence, _) = claim.cause else { return #expect(Bool(false), "\(trial.transcript())") }
    #expect(silence <= .microseconds(301_000), "\(silence)")
  }

  // MARK: - Three nodes

  /// The two best die at once: the third has not asked before the second was dead.
  @Test(arguments: 0..<20)
  func twoDieAtOnce(seed: UInt64) throws {
    let trial = Agreement.cautious(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial(seed: seed)
    trial.crash(0)
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.expectOwner(2)
    let dead = try #require(trial.times(of: 2) { if case .dead = $0 { true } else { false } }.last)
    #expect(trial.changes(to: .claiming, by: 2).allSatisfy { $0.at - dead <= .milliseconds(40) })
  }

  /// Of two that could claim, only the better one asks.
  @Test func onlyTheBetterOneAsks() {
    let trial = Agreement.cautious(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    trial.kill(0)
    trial.run(for: .seconds(2))
    #expect(trial.probes(by: 1) > 100 && trial.probes(by: 2) == 0)
    trial.crash(1)
    trial.run(for: .seconds(3))
    trial.expectOwner(2)
    trial.expectOneHolder()
  }

  enum End: CaseIterable { case powerLoss, killed }

  /// Two who could claim do not hear each other, and the wire falls silent for both at once: the better one goes first,
  /// and the other one sees its answers.
  @Test(arguments: 0..<4, End.allCases)
  func twoClaimantsUnheard(seed: UInt64, end: End) {
    let trial = Agreement.cautious(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial(seed: seed)
    trial.paths[1][2].isCut = true
    trial.paths[2][1].isCut = true
    trial.run(for: .milliseconds(1_000 + Int64(seed) * 7))
    switch end {
    case .powerLoss: trial.crash(0)
    case .killed: trial.kill(0)
    }
    trial.run(for: .seconds(10))
    trial.expectOwner(1)
    trial.expectOneHolder()
    trial.crash(1)
    trial.run(for: .milliseconds(50))
    trial.expectOwner(2)
  }

  /// The owner hands over to a node that the third cannot hear, and says that it holds nothing any more.
  @Test func handedOverToANodeUnheard() {
    let trial = Agreement.cautious(nodes: ["loadb1", "loadb2", "loadb3"]).settledTrial()
    trial.paths[1][2].isCut = true
    trial.run(for: .seconds(1))
    trial.stop(0)
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
    trial.expectOneHolder()
  }

  /// Both begin to ask at the same time, and a firewall hides from the worse one that the better one does: that one was
  /// last heard to listen. It goes first all the same.
  @Test(arguments: 1..<9) func aBetterNodeThatWasHeardToListenGoesFirst(seed: Int) {
    let trial = Agreement.cautious().trial(seed: UInt64(seed))
    trial.start(0)
    trial.run(until: .origin + .milliseconds(650))
    trial.start(1)
    trial.run(until: .origin + .milliseconds(655))
    // The better one never hears what would end its listening early.
    trial.paths[1][0].isCut = true
    trial.run(until: .origin + .milliseconds(950))
    #expect(trial.reports(by: 1) { if case .joined = $0 { true } else { false } } == 1, "\(trial.transcript())")
    trial.muffle(0)
    trial.run(until: .origin + .seconds(5))
    trial.expectOwner(0)
    trial.expectOneHolder()
  }
}

extension Trial {
  /// How often a host said that the wire holds its claim back.
  func answers(to host: Int) -> Int { reports(by: host) { if case .answered = $0 { true } else { false } } }

  func times(of host: Int, where matches: (Report) -> Bool) -> [Instant] {
    record.reports.filter { $0.host == host && matches($0.report) }.map(\.at)
  }
}

import Testing

@testable import Simulator
@testable import TakeoverCore
import struct TakeoverCore.Tag

/// Somebody who has recordings of several sessions, or a key that has leaked: what it costs while it lasts, and that nothing of it
/// stays.
@Suite struct AdversaryScenarios {
  enum Policy: CaseIterable { case wait, claim }

  private func agreement(_ policy: Policy) -> Agreement {
    policy == .wait ? .cautious(autoFailback: true) : Agreement()
  }

  // MARK: - Recordings

  /// Two words of former sessions by turns, one each deadtime: each holds a claim back once.
  @Test(arguments: Policy.allCases)
  func formerSessionsOfThePeerByTurns(policy: Policy) throws {
    let trial = agreement(policy).settledTrial()
    let first = try trial.lastWord(of: 0)
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.start(0)
    trial.run(for: .seconds(8))
    trial.expectOwner(0)
    let second = try trial.lastWord(of: 0)
    trial.crash(0)
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.start(1)
    trial.run(for: .milliseconds(650))
    trial.playByTurns([first, second], to: 1, every: .milliseconds(304), for: .seconds(30))
    trial.run(for: .seconds(3))
    trial.expectOwner(1)
    let loadb1 = NodeIndex(0)
    let held = trial.reports(by: 1) {
      if case .claimHeldBack(_, loadb1, .unproven) = $0 { true } else { false }
    }
    #expect(held == 1, "\(trial.transcript())")
  }

  /// The same with what the node itself has said in former sessions.
  @Test(arguments: Policy.allCases)
  func formerSessionsOfItsOwnByTurns(policy: Policy) throws {
    let trial = agreement(policy).settledTrial()
    var words: [Heartbeat] = []
    for _ in 0..<2 {
      words.append(try trial.lastWord(of: 1))
      trial.crash(1)
      trial.run(for: .seconds(1))
      trial.start(1)
      trial.run(for: .seconds(2))
    }
    trial.playByTurns(words, to: 1, every: .milliseconds(304), for: .seconds(30))
    trial.run(for: .seconds(2))
    trial.crash(0)
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
  }

  /// A recording in which the peer holds nothing must not hide that it holds now: it is heard, but does not hear this node.
  @Test func aRecordingHidesNoOwner() throws {
    let trial = Agreement().trial()
    trial.start(0)
    trial.run(for: .milliseconds(500))
    let idle = try trial.lastWord(of: 0)
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.startAll(within: .milliseconds(1))
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.paths[1][0].isCut = true
    trial.start(1)
    // Recorded words of that session, each newer than the one before.
    for number in 0..<100 {
      var word = idle
      word.sequence += UInt64(number)
      trial.at(trial.now + .milliseconds(50) * Int64(number)) { trial.world.inject(word, to: 1) }
    }
    trial.run(for: .seconds(5))
    #expect(trial.changes(to: .claiming, by: 1).isEmpty, "\(trial.transcript())")
    trial.expectOwner(0)
  }

  // MARK: - A leaked key

  /// The highest sequence number there is makes no later word old: they echo what has been said since.
  @Test(arguments: Policy.allCases)
  func aForgedSequence(policy: Policy) throws {
    let trial = agreement(policy).settledTrial()
    let since = trial.now
    try trial.forge(from: 0, to: 1) { $0.sequence = .max }
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    trial.expectUnmoved(since: since)
    #expect(trial.reports(by: 1, since: since) { if case .dead = $0 { true } else { false } } == 0)
    // And a second one does no more than the first.
    try trial.forge(from: 0, to: 1) { $0.sequence = .max }
    trial.run(for: .seconds(3))
    trial.expectUnmoved(since: since)
  }

  /// The highest term there is does not use the terms up: claims go on to be newer than those before.
  @Test func aForgedTerm() throws {
    let trial = Agreement(autoFailback: false).settledTrial()
    try trial.forge(from: 0, to: 1) { heartbeat in
      for place in 0..<heartbeat.groups.count { heartbeat.groups[place].term = HeartbeatCodec.maximumTerm }
    }
    trial.run(for: .seconds(1))
    trial.expectOwner(0)
    for _ in 0..<4 {
      for (from, to) in [(0, 1), (1, 0)] {
        trial.world.ask(.takeover, of: to)
        trial.run(for: .seconds(2))
        trial.expectOwner(to)
        #expect(!trial.owners().contains(from))
      }
    }
    let terms = trial.record.reports.compactMap { report -> UInt64? in
      if case .transitioned(_, _, .owner, _, let term) = report.report { term } else { nil }
    }
    #expect(terms == terms.sorted() && Set(terms).count == terms.count, "\(terms)")
    #expect(terms.allSatisfy { $0 < HeartbeatCodec.maximumTerm })
  }

  /// An owner that seems to have said that it may be silent for ten minutes, and dies.
  @Test(arguments: Policy.allCases)
  func aForgedDeadtime(policy: Policy) throws {
    let trial = agreement(policy).settledTrial()
    try trial.forge(from: 0, to: 1) { $0.deadtime = .seconds(600) }
    trial.crash(0)
    trial.run(for: .milliseconds(3_050))
    trial.expectOwner(1)
  }

  /// The same of a session that proves nothing.
  @Test(arguments: Policy.allCases)
  func aForgedDeadtimeOfACandidate(policy: Policy) throws {
    let trial = agreement(policy).settledTrial()
    var word = try trial.lastWord(of: 0)
    trial.crash(0)
    word.session = 77
    word.deadtime = .seconds(600)
    word.echoes = FixedList(filler: .init(node: .none, alive: false, session: 0, sequence: 0))
    trial.world.inject(word, to: 1)
    trial.run(for: .milliseconds(350))
    trial.expectOwner(1)
  }
}

extension AdversaryScenarios {
  /// What only a key has signed that is not accepted any more is forgotten with it: here a sequence of an owner that does not hear this
  /// node, so that no echo tells its later words from earlier ones.
  @Test func whatALeakedKeySaidIsForgottenWithIt() throws {
    var core = TakeoverCore(cluster: Agreement().cluster(of: "loadb2"), session: 22)
    var actions = ActionList()
    var word = Heartbeat(
      cluster: Tag(of: "loadb"), node: Tag(of: "loadb1"), fingerprint: 1, session: 11, sequence: .max,
      keepalive: .milliseconds(100), deadtime: .milliseconds(300))
    word.key = 3
    core.handle(.started, at: .origin, into: &actions)
    core.handle(.heartbeat(word, arrived: .origin), at: .origin, into: &actions)
    word.sequence = 7
    word.key = 4
    let later = Instant.origin + .milliseconds(100)
    core.handle(.heartbeat(word, arrived: later), at: later, into: &actions)
    #expect(core.unproven[0][0].sequence == .max)
    var keys = KeySet.none
    keys.insert(4)
    var successor = TakeoverCore(cluster: Agreement().cluster(of: "loadb2"), session: 22)
    successor.succeed(core, trusting: keys, at: later, into: &actions)
    #expect(successor.unproven[0].count == 0)
    successor.handle(.heartbeat(word, arrived: later), at: later, into: &actions)
    #expect(successor.unproven[0][0].sequence == 7)
  }

  /// The same of a session that was proven: any number counts after it.
  @Test func whatALeakedKeyProvedIsForgottenWithIt() throws {
    for (trusted, expected) in [(UInt8(3), DropReason.notNewer as DropReason?), (4, nil)] {
      var core = TakeoverCore(cluster: Agreement().cluster(of: "loadb2"), session: 22)
      var actions = ActionList()
      core.handle(.started, at: .origin, into: &actions)
      _ = core.composeHeartbeat(at: .origin)
      var word = Heartbeat(
        cluster: Tag(of: "loadb"), node: Tag(of: "loadb1"), fingerprint: 1, session: 11, sequence: .max,
        keepalive: .milliseconds(100), deadtime: .milliseconds(300))
      word.echoes.append(.init(node: Tag(of: "loadb2"), alive: true, session: 22, sequence: 1))
      word.key = 3
      core.handle(.heartbeat(word, arrived: .origin), at: .origin, into: &actions)
      var keys = KeySet.none
      keys.insert(trusted)
      var successor = TakeoverCore(cluster: Agreement().cluster(of: "loadb2"), session: 22)
      successor.succeed(core, trusting: keys, at: .origin, into: &actions)
      word.sequence = 7
      word.key = 4
      actions.clear()
      successor.handle(.heartbeat(word, arrived: .origin), at: .origin, into: &actions)
      let drops = actions.all.compactMap { if case .dropped(let reason) = $0 { reason } else { nil } }
      #expect(drops.first == expected)
    }
  }

  /// A word of a session that proves nothing holds nothing back once the proven one has answered to what was said later.
  @Test func aProvenSessionAnswersForItsNode() throws {
    let trial = Agreement(autoFailback: false).settledTrial()
    trial.run(for: .milliseconds(10))
    // loadb1 lives, and its operator has it let go.
    var word = try trial.lastWord(of: 0)
    word.session = 77
    word.echoes = FixedList(filler: .init(node: .none, alive: false, session: 0, sequence: 0))
    for number in 0..<40 {
      word.sequence = UInt64(number + 1)
      let said = word
      trial.at(trial.now + .milliseconds(50) * Int64(number)) { trial.world.inject(said, to: 1) }
    }
    trial.run(for: .milliseconds(500))
    trial.world.ask(.standby, of: 0, force: true)
    trial.run(for: .milliseconds(500))
    trial.expectOwner(1)
  }

  // MARK: - What cannot be asked

  /// A lease and a second after the owner fell silent, and not before; said once.
  @Test(arguments: [Interval.seconds(3), nil])
  func whatCannotBeAskedIsNotSilent(lease: Interval?) throws {
    let trial = Agreement.cautious(lease: lease).settledTrial()
    trial.world.impose(Fault(.unaskable, at: .zero, host: 1))
    trial.crash(0)
    let crash = trial.now
    trial.run(for: .seconds(8))
    trial.expectOwner(1)
    let claim = try #require(trial.changes(to: .claiming, by: 1).last)
    #expect(claim.at - crash >= .seconds(4) && claim.at - crash <= .milliseconds(4_310), "\(claim.at - crash)")
    #expect(trial.reports(by: 1, since: crash) { if case .unasked = $0 { true } else { false } } == 1)
    #expect(trial.probes(by: 1, since: crash) > 100)
  }

  /// It waits for what may still be there: an agent that was killed leaves its addresses to the kernel.
  @Test func aKilledAgentWhoseKernelCannotBeAsked() {
    let trial = Agreement.cautious().settledTrial()
    trial.world.impose(Fault(.unaskable, at: .zero, host: 1))
    trial.kill(0)
    trial.run(for: .seconds(8))
    trial.expectOwner(1)
    trial.expectOneHolder()
  }

  /// As soon as it can be asked, it is.
  @Test func whatCanBeAskedAgain() {
    let trial = Agreement.cautious().settledTrial()
    trial.world.impose(Fault(.unaskable, at: .zero, host: 1))
    trial.crash(0)
    trial.run(for: .seconds(2))
    #expect(trial.holders().isEmpty)
    trial.world.lift { $0.kind == .unaskable }
    trial.run(for: .milliseconds(60))
    trial.expectOwner(1)
  }
}

extension Trial {
  /// What a host has said last.
  func lastWord(of host: Int) throws -> Heartbeat {
    try #require(world.journal?.datagrams.last { $0.host == host }).heartbeat
  }

  /// Says words to a host in turn.
  fileprivate func playByTurns(_ words: [Heartbeat], to host: Int, every pause: Interval, for time: Interval) {
    let end = now + time
    var turn = now
    for number in 0... {
      turn = turn + pause
      guard turn < end else { return }
      at(turn) { [unowned self] in world.inject(words[number % words.count], to: host) }
    }
  }

  /// Says something in a host's name, as whoever knows the key and has heard everything can.
  func forge(from host: Int, to other: Int, _ change: (inout Heartbeat) -> Void) throws {
    var word = try lastWord(of: host)
    word.sequence += 1
    let heard = try lastWord(of: other).sequence
    for place in 0..<word.echoes.count { word.echoes[place].sequence = max(word.echoes[place].sequence, heard) }
    change(&word)
    world.inject(word, to: other)
  }
}

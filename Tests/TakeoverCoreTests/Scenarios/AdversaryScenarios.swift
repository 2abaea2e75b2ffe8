import Testing

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

extension Trial {
  /// What a host has said last.
  fileprivate func lastWord(of host: Int) throws -> Heartbeat {
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
  fileprivate func forge(from host: Int, to other: Int, _ change: (inout Heartbeat) -> Void) throws {
    var word = try lastWord(of: host)
    word.sequence += 1
    let heard = try lastWord(of: other).sequence
    for place in 0..<word.echoes.count { word.echoes[place].sequence = max(word.echoes[place].sequence, heard) }
    change(&word)
    world.inject(word, to: other)
  }
}

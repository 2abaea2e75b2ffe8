import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// Somebody works against the agent: on its host, or on the wire.
@Suite struct InterferenceScenarios {
  /// Five losses in ten seconds are put back at once; the sixth hands the group over, and the node stays out of it.
  @Test func aStormHandsOver() throws {
    let trial = Agreement.cautious(autoFailback: true).settledTrial()
    let since = trial.now
    trial.rob(0, every: .milliseconds(500), for: .seconds(6))
    trial.run(for: .seconds(6))
    trial.expectOwner(1)
    #expect(trial.reports(by: 0) { if case .interference = $0 { true } else { false } } == 6)
    #expect(trial.reports(by: 0) { if case .storm = $0 { true } else { false } } == 1)
    let gaps = trial.record.gaps.filter { $0.from >= since }
    #expect(gaps.count == 6 && gaps.allSatisfy { $0.length == .milliseconds(1) }, "\(trial.transcript())")
    trial.expectOneHolder()
    let fault = try #require(trial.changes(to: .faulted, by: 0).first)
    trial.run(until: fault.at + .seconds(30))
    trial.expectOwner(1)
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    let claim = try #require(trial.changes(to: .claiming, by: 0, since: fault.at).first)
    #expect(claim.at - fault.at >= .seconds(30))
    trial.expectOnlyHandOvers()
  }

  /// Nobody else could take it: it is put back, but after five times only once a second, and with every renewal of its
  /// lease, which adds what is missing.
  @Test(arguments: [nil, .seconds(3)] as [Interval?]) func aStormWithoutAStandby(lease: Interval?) {
    let trial = Agreement.cautious(lease: lease).settledTrial()
    trial.crash(1)
    trial.run(for: .seconds(1))
    let since = trial.now
    trial.rob(0, every: .milliseconds(10), for: .seconds(9))
    trial.run(for: .seconds(9))
    let losses = trial.reports(by: 0, since: since) { if case .interference = $0 { true } else { false } }
    #expect((lease == nil ? 13...14 : 25...27).contains(losses), "\(losses)")
    #expect(trial.reports(by: 0) { if case .storm = $0 { true } else { false } } == 1)
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    #expect(trial.changes(to: .releasing, by: 0).isEmpty)
  }

  /// Losses far enough apart are no storm.
  @Test func rareLosses() {
    let trial = Agreement.cautious().settledTrial()
    let since = trial.now
    trial.rob(0, every: .milliseconds(2_200), for: .seconds(60))
    trial.run(for: .seconds(60))
    trial.expectOwner(0)
    trial.expectUnmoved(since: since)
    #expect(trial.reports(by: 0) { if case .storm = $0 { true } else { false } } == 0)
    #expect(trial.record.gaps.allSatisfy { $0.length == .milliseconds(1) })
  }

  /// The standby dies while the storm's hand-over is under way: the owner goes on as in a storm without a standby.
  @Test func theTakerDiesInAStorm() {
    let trial = Agreement.cautious().settledTrial()
    trial.hosts[1].addTakes = .milliseconds(50)
    trial.rob(0, every: .milliseconds(100), for: .seconds(3))
    trial.run(until: trial.now + .seconds(3)) { trial.hosts[1].roles[Trial.director] == .claiming }
    trial.crash(1)
    trial.run(for: .seconds(10))
    trial.expectOwner(0)
    #expect(trial.changes(to: .faulted, by: 0).isEmpty)
  }

  /// RFC 5227 §2.4 b: a stranger's claims are answered at most once in ten seconds.
  @Test func aStrangerClaimsWhatIsOwned() {
    let trial = Agreement.cautious().settledTrial()
    let since = trial.now
    for second in 0..<35 as Range<Int64> {
      trial.at(since + .seconds(second)) { [unowned trial] in
        trial.answer(for: Trial.director, by: Trial.stranger, to: 0)
      }
    }
    trial.run(for: .seconds(36))
    trial.expectOwner(0)
    trial.expectUnmoved(since: since)
    let defences = trial.announcements(by: 0, since: since)
    #expect(defences.count == 4)
    #expect(zip(defences, defences.dropFirst()).allSatisfy { $1 - $0 >= .seconds(10) })
    let usurped = trial.times(of: 0) { if case .usurped(_, Trial.stranger, _) = $0 { true } else { false } }
    #expect(usurped.count == 35)
  }

  /// What another node announces is settled by heartbeats.
  @Test func aNodeIsNoStranger() {
    let trial = Agreement.cautious().settledTrial()
    let since = trial.now
    trial.answer(for: Trial.director, by: trial.hosts[1].hardware, to: 0)
    trial.run(for: .seconds(1))
    #expect(trial.announcements(by: 0, since: since).isEmpty)
    #expect(trial.reports(by: 0) { if case .usurped = $0 { true } else { false } } == 0)
  }
}

extension Trial {
  /// Somebody removes the addresses from the host's kernel, whenever they are there.
  fileprivate func rob(_ host: Int, every pause: Interval, for time: Interval) {
    let end = now + time
    func next() {
      at(now + pause) { [unowned self] in
        guard now < end else { return }
        interfere(with: host, Self.director)
        next()
      }
    }
    next()
  }
}

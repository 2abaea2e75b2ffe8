import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// The addresses last no longer than somebody renews them.
@Suite struct LeaseScenarios {
  /// In quiet times the kernel never ends an address, and nobody notices that it could.
  @Test func renewedForEver() {
    let trial = Agreement.cautious().settledTrial()
    let since = trial.now
    trial.run(for: .seconds(60))
    trial.expectOwner(0)
    trial.expectUnmoved(since: since)
    #expect(trial.record.gaps.isEmpty && trial.record.overlaps.isEmpty)
    #expect((0...1).allSatisfy { trial.probes(by: $0, since: since) == 0 })
  }

  /// SIGSTOP for 10 s: the lease ends, the other claims, and on SIGCONT the first withdraws before it says anything.
  @Test(arguments: 0..<20)
  func theWholeProcessIsStopped(seed: UInt64) throws {
    let trial = Agreement.cautious().settledTrial(seed: seed)
    trial.run(for: .milliseconds(Int64(seed) * 37))
    let stop = trial.now
    trial.suspend(0, for: .seconds(10))
    let end = trial.heldUntil(0, by: stop + .seconds(5))
    #expect(end - stop <= .milliseconds(3_330))
    trial.run(for: .milliseconds(50))
    #expect(trial.owners().contains(1) && trial.holders() == [1])
    trial.run(until: stop + .seconds(10))
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
    trial.expectOneHolder()
    #expect(trial.record.gaps.count == 1 && trial.record.gaps.allSatisfy { $0.length <= .milliseconds(42) })
    let resumed = stop + .seconds(10)
    let removing = try #require(trial.changes(to: .releasing, by: 0, since: resumed).first)
    let said = try #require(trial.record.datagrams.first { $0.host == 0 && $0.at > stop })
    #expect(removing.at == resumed && said.at > resumed)
    #expect(try said.datagram.parsed().groups[0].role == .listening)
    #expect(trial.announcements(by: 0, since: stop).isEmpty)
  }

  /// The heartbeat thread alone is not run: the address thread sees it and lets the lease end.
  @Test func theHeartbeatThreadIsStopped() {
    let trial = Agreement.cautious().settledTrial()
    let stop = trial.now
    trial.stall(0, for: .seconds(10))
    let end = trial.heldUntil(0, by: stop + .seconds(5))
    #expect(end - stop <= .milliseconds(300 + 3_330))
    trial.run(for: .milliseconds(50))
    #expect(trial.holders() == [1])
    trial.run(for: .seconds(12))
    trial.expectOwner(1)
    trial.expectOneHolder()
  }

  /// The address thread alone is not run: no lease is confirmed, and the owner lets go before the kernel does. As
  /// long as it cannot say that the addresses are gone, nobody claims them.
  @Test(arguments: 0..<10)
  func theAddressThreadIsStopped(seed: UInt64) throws {
    let trial = Agreement.cautious().settledTrial(seed: seed)
    trial.run(for: .milliseconds(Int64(seed) * 37))
    let stop = trial.now
    trial.stallAddresses(of: 0, for: .seconds(10))
    let end = trial.heldUntil(0, by: stop + .seconds(5))
    let released = try #require(trial.changes(to: .releasing, by: 0).first)
    guard case .leaseExpired = released.cause else { return #expect(Bool(false), "\(trial.transcript())") }
    #expect(released.at < end && end - released.at <= .milliseconds(380))
    trial.run(until: stop + .seconds(11))
    trial.expectOwner(1)
    trial.expectOneHolder()
    #expect(trial.changes(to: .claiming, by: 1).map { $0.at >= stop + .seconds(10) } == [true])
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
  }

  /// A stall shorter than what is left of the lease is none.
  @Test func aShortStallOfTheAddressThread() {
    let trial = Agreement.cautious().settledTrial()
    let since = trial.now
    for _ in 0..<5 {
      trial.stallAddresses(of: 0, for: .milliseconds(2_000))
      trial.run(for: .milliseconds(3_000))
    }
    trial.expectOwner(0)
    trial.expectUnmoved(since: since)
    #expect(trial.record.gaps.isEmpty)
  }

  /// From a lease to none and back: the addresses stay, and the new rule counts.
  @Test func reloadsOfTheLease() {
    let trial = Agreement.cautious(lease: .seconds(3)).settledTrial()
    let since = trial.now
    for lease in [nil, .seconds(1), nil, .seconds(10), .seconds(3)] as [Interval?] {
      for host in 0...1 {
        trial.reload(host, with: Agreement.cautious(lease: lease).cluster(of: trial.hosts[host].name))
      }
      trial.run(for: .milliseconds(4_321))
      trial.expectOwner(0)
    }
    trial.expectUnmoved(since: since)
    #expect(trial.record.gaps.isEmpty)
    let kill = trial.now
    trial.kill(0)
    #expect(trial.heldUntil(0, by: kill + .seconds(20)) - kill <= .milliseconds(3_330))
  }

  /// Without a lease the kernel serves for ever after the agent's death, and is asked for ever.
  @Test func withoutALease() {
    let trial = Agreement.cautious(lease: nil).settledTrial()
    trial.kill(0)
    trial.run(for: .seconds(30))
    #expect(trial.holders() == [0])
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    trial.expectOneHolder()
    trial.start(0)
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    trial.expectNoGap()
  }
}

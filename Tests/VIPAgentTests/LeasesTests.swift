import TakeoverCore
import Testing
import struct TakeoverCore.Tag

@testable import Addresses

/// When leases are renewed.
@Suite struct LeasesTests {
  private static let one = Tag(of: "one"), other = Tag(of: "other")

  private func at(_ milliseconds: Int64) -> Instant { .origin + .milliseconds(milliseconds) }

  @Test func aQuarterIsDue() {
    var leases = Leases()
    #expect(leases.nextRenewal == .never)
    var until = leases.begin(Self.one, seconds: 3, at: at(1_000))
    #expect(until == at(3_950))
    #expect(leases.nextRenewal == at(1_750))
    until = leases.begin(Self.one, seconds: 3, at: at(1_750))
    #expect(until == at(4_700))
    #expect(leases.nextRenewal == at(2_500))
  }

  /// A reload has all groups' addresses added again, one after the other; a renewal that became due meanwhile is still due.
  @Test func whatBecomesDueWhileAnotherGroupIsBegunIsDue() {
    var leases = Leases()
    _ = leases.begin(Self.one, seconds: 1, at: at(0))
    _ = leases.begin(Self.other, seconds: 5, at: at(251))
    #expect(leases.nextRenewal == at(250))
    _ = leases.begin(Self.one, seconds: 1, at: at(252))
    #expect(leases.nextRenewal == at(502))
    // What is added again because somebody removed it is renewed no later for that.
    _ = leases.begin(Self.one, seconds: 1, at: at(400))
    #expect(leases.nextRenewal == at(502))
  }

  @Test func nothingIsDueOfWhatHasEnded() {
    var leases = Leases()
    _ = leases.begin(Self.one, seconds: 1, at: at(0))
    _ = leases.begin(Self.other, seconds: nil, at: at(0))
    #expect(leases.running(at: at(949)) == [Self.one] && leases.running(at: at(950)).isEmpty)
    leases.end(Self.one)
    #expect(leases.nextRenewal == .never)
  }

  /// A sixteenth of the shortest lease later, for all: one message renews them together.
  @Test func whatIsPostponedIsTriedAgainSoon() {
    var leases = Leases()
    _ = leases.begin(Self.one, seconds: 1, at: at(0))
    _ = leases.begin(Self.other, seconds: 16, at: at(0))
    let isFirst = leases.postpone(at: at(300))
    let isAnother = leases.postpone(at: at(310))
    #expect(isFirst && !isAnother)
    #expect(leases.nextRenewal == at(310) + .microseconds(62_500))
    // Too late for the shorter one.
    _ = leases.postpone(at: at(950))
    #expect(leases.nextRenewal == at(1_950) && leases.running(at: at(950)) == [Self.other])
  }
}

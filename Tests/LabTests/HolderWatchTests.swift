import Linux
import Netlink
import Testing

@testable import Lab

@Suite(.needsRoot, .timeLimit(.minutes(1))) struct HolderWatchTests {
  private static let shared = "195.46.64.21/24"

  private func withWatch(_ body: (HolderWatch, Host, Host) throws -> Void) throws {
    try withLab { lab in
      let one = try lab.bootHost("loadb1", "195.46.64.15/24")
      let watch = try lab.watchHolders(of: try #require(IPAddress("195.46.64.21")))
      let two = try lab.bootHost("loadb2", "195.46.64.16/24")
      try body(watch, one, two)
    }
  }

  @Test func seesWhoTakesAndWhoLetsGo() throws {
    try withWatch { watch, one, two in
      #expect(watch.holders.isEmpty)
      try one.add(Self.shared, label: "eth0:0")
      #expect(watch.waitUntil(timeout: .seconds(10)) { $0 == ["loadb1"] })
      try one.remove(Self.shared)
      #expect(watch.waitUntil(timeout: .seconds(10)) { $0.isEmpty })
      try two.add(Self.shared, label: "eth0:0")
      #expect(watch.waitUntil(timeout: .seconds(10)) { $0 == ["loadb2"] })
      #expect(watch.overlaps().isEmpty)
      #expect(watch.holdings.map(\.host) == ["loadb1", "loadb2"])
    }
  }

  @Test func twoHoldersAreAnOverlap() throws {
    try withWatch { watch, one, two in
      try one.add(Self.shared)
      #expect(watch.waitUntil(timeout: .seconds(10)) { $0 == ["loadb1"] })
      try two.add(Self.shared)
      #expect(watch.waitUntil(timeout: .seconds(10)) { $0 == ["loadb1", "loadb2"] })
      #expect(watch.overlaps().map(\.hosts) == [["loadb1", "loadb2"]])
      #expect(watch.overlaps().first?.duration == nil)
      try one.remove(Self.shared)
      #expect(watch.waitUntil(timeout: .seconds(10)) { $0 == ["loadb2"] })
      let length = try #require(watch.overlaps().first?.duration)
      #expect(length > .zero)
      #expect(watch.overlaps().count == 1)
    }
  }

  @Test func aHostWithoutPowerHoldsNothing() throws {
    try withWatch { watch, one, two in
      try one.add(Self.shared)
      #expect(watch.waitUntil(timeout: .seconds(10)) { $0 == ["loadb1"] })
      try one.powerOff()
      #expect(watch.holders.isEmpty)
      try two.add(Self.shared)
      #expect(watch.waitUntil(timeout: .seconds(10)) { $0 == ["loadb2"] })
      try one.boot()
      #expect(watch.holders == ["loadb2"])
      #expect(watch.overlaps().isEmpty)
    }
  }

  @Test func aWatchThatComesLateFindsTheHolder() throws {
    try withLab { lab in
      let host = try lab.bootHost("loadb1", "195.46.64.15/24")
      try host.add(Self.shared)
      #expect(try lab.watchHolders(of: try #require(IPAddress("195.46.64.21"))).holders == ["loadb1"])
    }
  }

  @Test func givesUpWhenNothingHappens() throws {
    try withWatch { watch, _, _ in
      #expect(!watch.waitUntil(timeout: .milliseconds(50)) { !$0.isEmpty })
    }
  }
}

/// The account on its own.
@Suite struct HolderLogTests {
  @Test func overlapsAreWhatTwoHoldingsShare() {
    var log = HolderLog()
    log.begin("a", at: 10)
    log.begin("a", at: 11)
    log.end("b", at: 12)
    log.begin("b", at: 20)
    log.end("a", at: 25)
    log.begin("a", at: 30)
    log.end("b", at: 40)
    log.end("b", at: 41)
    #expect(
      log.overlaps == [
        Overlap(hosts: ["a", "b"], start: 20, end: 25), Overlap(hosts: ["b", "a"], start: 30, end: 40),
      ])
    #expect(log.holders == ["a"])
    #expect(log.holdings.count == 3)
  }

  @Test func anHandOverInOneInstantIsNoOverlap() {
    var log = HolderLog()
    log.begin("a", at: 10)
    log.end("a", at: 20)
    log.begin("b", at: 20)
    #expect(log.overlaps.isEmpty)
  }
}

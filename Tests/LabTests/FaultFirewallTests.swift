import Lab
import Linux
import Netlink
import Testing

/// The hosts are well, the heartbeats are not: filters, loss, a network in two parts.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(4))) struct FaultFirewallTests {
  @Test func aFirewallThatEatsHeartbeatsMakesNoSecondHolder() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      try rig.filterBoth { _ in .heartbeats() }
      try rig.loadb2.waitForLine("loadb1 is dead")
      try rig.loadb2.waitForLine("is UDP port 694 blocked by a firewall")
      rig.expectHolder("loadb1", for: .seconds(10))
      try rig.filterBoth { _ in nil }
      try rig.loadb2.waitForLine("loadb1 is heard again")
      rig.expectHolder("loadb1", for: .seconds(1))
      let report = pinger.report(since: mark)
      print("UDP 694 dropped both ways for 10 s: lost \(report.lost) of \(report.sent)")
      #expect(report.lost == 0)
      #expect(rig.watch.holdings.count == 1)
    }
  }

  @Test(arguments: ["loadb1", "loadb2"]) func heartbeatsThatPassOneWayOnlyMoveNothing(_ deaf: String) throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      let (deafOne, other) = deaf == "loadb1" ? (rig.loadb1, rig.loadb2) : (rig.loadb2, rig.loadb1)
      try deafOne.host.filter(.heartbeats())
      try deafOne.waitForLine("\(other.name) is dead")
      try other.waitForLine("\(deaf) is heard but does not hear us")
      rig.expectHolder("loadb1", for: .seconds(5))
      try deafOne.host.filter(nil)
      try other.waitForLine("\(deaf) hears us again")
      rig.expectHolder("loadb1", for: .seconds(1))
      let report = pinger.report(since: mark)
      print("UDP 694 dropped on \(deaf) for 5 s: lost \(report.lost) of \(report.sent)")
      #expect(report.lost == 0)
      #expect(rig.watch.holdings.count == 1)
    }
  }

  /// Nothing passes between the two, while the client reaches both: the one case in which both must take the address.
  @Test func aPartitionThatHealsLeavesOneHolder() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      try rig.filterBoth { .everything(from: $0.host) }
      #expect(rig.watch.waitUntil(timeout: .seconds(5)) { $0.count == 2 })
      #expect(!rig.watch.waitUntil(timeout: .seconds(10)) { $0.count != 2 })
      let tap = try rig.lab.tap()
      let mark = pinger.mark()
      let healing = BootClock.now()
      try rig.loadb1.host.filter(nil)
      let half = BootClock.now()
      try rig.loadb2.host.filter(nil)
      try #require(rig.watch.waitUntil(timeout: .seconds(5)) { $0.count == 1 })
      let settled = try #require(rig.watch.overlaps().first?.end)
      let loser = try #require(rig.watch.holdings.first { $0.end == settled }).host
      let wrong = loser == "loadb1" ? rig.loadb1.host : rig.loadb2.host
      // The preferred one comes back by hand-over, if it is the one that lost.
      try rig.waitForOwner("loadb1")
      let returned = rig.watch.holdings.first { $0.host == loser && $0.start > settled }?.start ?? .max
      try calm(pinger, pings: 1500)
      tap.stop()
      let report = pinger.report(since: mark)
      let strays = tap.frames.filter { $0.isRequest(from: rig.client, to: wrong) && $0.time < returned }
      let last = strays.last.map { milliseconds(from: settled, to: $0.time) } ?? 0
      print(
        """
        partition healed: one holder \(listed([milliseconds(from: half, to: settled)])) ms after the way was free, \
        \(listed([milliseconds(from: healing, to: settled)])) ms after it began to be; \(loser) let go; client lost \
        \(report.lost), its last frame to that host came \(listed([last])) ms later; hand-overs \
        \(listed(rig.overlaps(since: settled))) ms
        """)
      #expect(milliseconds(from: half, to: settled) <= 200)
      #expect(report.lost <= 20)
      #expect(last <= 20)
      rig.expectNoOverlap(since: settled)
      rig.expectHolder("loadb1", for: .seconds(1))
    }
  }
}

extension FrameTap.Frame {
  /// Whether this is an IPv4 packet from one host to another's MAC address.
  fileprivate func isRequest(from source: Host, to destination: Host) -> Bool {
    etherType == 0x0800 && bytes[0..<6].elementsEqual(destination.hardwareAddress.bytes)
      && bytes[6..<12].elementsEqual(source.hardwareAddress.bytes)
  }
}

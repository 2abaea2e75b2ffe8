import Glibc
import Lab
import Linux
import Netlink
import Testing

/// The owner's device: down, flapping, gone, under another name, not there yet.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(3))) struct FaultDeviceTests {
  enum Loss: CaseIterable { case cable, administrator, card, name, master }

  @Test(arguments: Loss.allCases) func aDeviceThatIsLostMovesTheAddressAndComesBack(_ loss: Loss) throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let host = rig.loadb1.host
      let lost = BootClock.now()
      switch loss {
      case .cable: try host.cut()
      case .administrator: try host.setEthernet(up: false)
      case .card: try host.removeCard()
      case .name: try host.rename("eth0", to: "lan0")
      case .master: try host.enslave(to: "br0")
      }
      let taken = try rig.waitForTaking(by: "loadb2", since: lost)
      try rig.waitForOwner("loadb2")
      rig.expectHolder("loadb2", for: .seconds(1))
      rig.expectNoOverlap()
      let mark = pinger.mark()
      let back = BootClock.now()
      switch loss {
      case .cable: try host.plug()
      case .administrator: try host.setEthernet(up: true)
      case .card: try host.insertCard()
      case .name: try host.rename("lan0", to: "eth0")
      case .master: try host.enslave(to: nil)
      }
      let returned = try rig.waitForTaking(by: "loadb1", since: back)
      try rig.waitForOwner("loadb1")
      rig.expectHolder("loadb1", for: .seconds(1))
      let report = pinger.report(since: mark)
      print(
        """
        \(loss) lost: taken after \(listed([milliseconds(from: lost, to: taken)])) ms; back: returned after \
        \(listed([milliseconds(from: back, to: returned)])) ms, lost \(report.lost)
        """)
      #expect(milliseconds(from: lost, to: taken) <= 320)
      #expect(report.lost == 0, "\(rig.transcript)")
      rig.expectNoOverlap()
    }
  }

  @Test func aLinkThatFlapsMovesTheAddressOnce() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      let began = BootClock.now()
      for round in 1...10 {
        try rig.loadb1.host.cut()
        pass(250 + 500 * (round - 1), since: began, rig)
        try rig.loadb1.host.plug()
        pass(500 * round, since: began, rig)
      }
      let ended = BootClock.now()
      try calm(pinger)
      let report = pinger.report(since: mark)
      let moves = rig.moves(since: began)
      try rig.waitForOwner("loadb1")
      print(
        """
        link flapping 10 times in 5 s: \(moves) moves, outages \
        \(listed(report.outages.compactMap { $0.duration.map { milliseconds($0) } })) ms, lost \(report.lost); back on loadb1 \
        after \(listed([milliseconds(from: ended)])) ms; both had it \(listed(rig.overlaps())) ms
        """)
      #expect(moves <= 1, "\(rig.watch.holdings)")
      rig.expectNoOverlap()
    }
  }

  private func pass(_ bound: Int, since start: Int64, _ rig: AgentRig) {
    let left = Int64(bound) * 1_000_000 - (BootClock.now() - start)
    _ = rig.watch.waitUntil(timeout: .nanoseconds(max(left, 0))) { _ in false }
  }

  @Test func aDeviceThatComesAfterTheAgentIsWaitedFor() throws {
    try withAgents { rig in
      try rig.loadb1.host.removeCard()
      for balancer in rig.balancers { try balancer.start() }
      try rig.loadb1.waitForLine("\"eth0\" is not a device of this host: going on without it until it comes")
      try rig.waitForOwner("loadb2")
      let came = BootClock.now()
      try rig.loadb1.host.insertCard()
      try rig.loadb1.waitForLine("eth0 has come")
      let taken = try rig.waitForTaking(by: "loadb1", since: came)
      try rig.waitForOwner("loadb1")
      print("a device that came later: taken after \(listed([milliseconds(from: came, to: taken)])) ms")
      rig.expectHolder("loadb1", for: .seconds(1))
      rig.expectNoOverlap()
    }
  }
}

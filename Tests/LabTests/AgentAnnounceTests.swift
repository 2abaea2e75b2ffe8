import Lab
import Linux
import Netlink
import Testing

/// What the network hears of a claim, byte by byte and in time.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentAnnounceTests {
  @Test func aClaimIsAnnouncedFourTimesInBothForms() throws {
    try withAgents { rig in
      let tap = try rig.lab.tap()
      try rig.loadb1.start()
      try rig.waitForOwner("loadb1")
      let taken = try #require(rig.watch.holdings.last).start
      let forms = ARPAnnouncement.frames(of: rig.watch.address, at: rig.loadb1.host.hardwareAddress)
      try #require(
        tap.waitForFrame(timeout: .seconds(10)) { $0.time > taken + 2_100_000_000 && $0.bytes == forms[1] } != nil)
      for form in forms {
        let times = tap.frames.filter { $0.bytes == form }.map { Double($0.time - taken) / 1e6 }
        print("announced after the claim, ms: \(listed(times))")
        try #require(times.count == 4)
        for (time, planned) in zip(times, [0.0, 200, 1100, 2200]) { #expect(abs(time - planned) < 100) }
      }
      // Not one of them in another shape.
      #expect(tap.frames.count { ARPAnnouncement.isAbout(rig.watch.address, $0.bytes) } == 8)
    }
  }

  @Test func nothingIsAnnouncedByTheOther() throws {
    try withAgents { rig in
      let tap = try rig.lab.tap()
      try rig.startBoth()
      try calm(try rig.ping())
      let announcements = tap.frames.filter { ARPAnnouncement.isAbout(rig.watch.address, $0.bytes) }
      #expect(!announcements.isEmpty)
      #expect(announcements.allSatisfy { $0.bytes[6..<12].elementsEqual(rig.loadb1.host.hardwareAddress.bytes) })
    }
  }

  @Test func anAddressThatSomebodyRemovesComesBackAndIsAnnounced() throws {
    try withAgents { rig in
      try rig.startBoth()
      let tap = try rig.lab.tap()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      let removed = BootClock.now()
      try rig.loadb1.host.remove("195.46.64.21/24")
      try #require(rig.watch.waitForHoldings(timeout: .seconds(5)) { $0.count == 2 && $0[1].end == nil })
      let holdings = rig.watch.holdings
      let gap = Double(holdings[1].start - (try #require(holdings[0].end))) / 1e6
      for form in ARPAnnouncement.frames(of: rig.watch.address, at: rig.loadb1.host.hardwareAddress) {
        #expect(tap.waitForFrame(timeout: .seconds(5)) { $0.time > removed && $0.bytes == form } != nil)
      }
      try rig.loadb1.waitForLine("somebody removed an address")
      try calm(pinger)
      print("put back after \(listed([gap])) ms; lost \(pinger.report(since: mark).lost) pings")
      #expect(gap < 100)
      #expect(holdings.map(\.host) == ["loadb1", "loadb1"])
      #expect(rig.watch.holders == ["loadb1"])
    }
  }

  /// The kernel removes the secondary addresses of a subnet together with the first one, unless `promote_secondaries` is set: the agent
  /// sets it.
  @Test func anAddressStaysWhereTheFirstOfItsSubnetGoes() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      try rig.loadb1.host.remove("195.46.64.15/24")
      #expect(try !rig.loadb1.host.hasAddress(try #require(IPAddress("195.46.64.15"))))
      try calm(pinger, pings: 500)
      #expect(rig.watch.holders == ["loadb1"])
      #expect(rig.watch.holdings.count == 1, "\(rig.transcript)")
      #expect(pinger.report(since: mark).lost == 0)
    }
  }
}

/// Gratuitous ARP as it must be on the wire (RFC 826, RFC 5227 §2.3).
enum ARPAnnouncement {
  /// The request form and the reply form.
  static func frames(of address: IPAddress, at hardware: HardwareAddress) -> [[UInt8]] {
    let (ip, mac) = (address.bytes, hardware.bytes)
    let nobody = [UInt8](repeating: 0, count: 6)
    return [(operation: UInt8(1), target: nobody), (operation: 2, target: mac)].map { form in
      [UInt8](repeating: 0xff, count: 6) + mac + [0x08, 0x06]
        + [0, 1, 0x08, 0x00, 6, 4, 0, form.operation] + mac + ip + form.target + ip
    }
  }

  /// Whether a frame is ARP with an address as both sender and target.
  static func isAbout(_ address: IPAddress, _ frame: [UInt8]) -> Bool {
    frame.count >= 42 && frame[12...13].elementsEqual([0x08, 0x06]) && frame[28..<32].elementsEqual(address.bytes)
      && frame[38..<42].elementsEqual(address.bytes)
  }
}

import Lab
import Linux
import Netlink
import Testing

@Suite(.needsRoot, .timeLimit(.minutes(1))) struct PingerTests {
  private func withPinger(_ body: (Lab, Host, Pinger) throws -> Void) throws {
    try withLab { lab in
      let server = try lab.bootHost("loadb1", "195.46.64.15/24")
      let client = try lab.bootHost("client", "195.46.64.100/24")
      let pinger = try lab.ping(try #require(IPAddress("195.46.64.15")), from: client)
      #expect(pinger.waitForAnswer(since: pinger.mark(), timeout: .seconds(10)))
      try body(lab, server, pinger)
    }
  }

  /// Lets this many milliseconds of pings go by: the pinger's own clock is what the test is about.
  private func pass(milliseconds: Int64, _ pinger: Pinger) {
    let end = BootClock.now() + milliseconds * 1_000_000
    while BootClock.now() < end { _ = pinger.waitForAnswer(since: pinger.mark(), timeout: .milliseconds(20)) }
  }

  @Test func losesNothingOnASteadyAddress() throws {
    try withPinger { _, _, pinger in
      let mark = pinger.mark()
      pass(milliseconds: 1000, pinger)
      let report = pinger.report(since: mark)
      #expect(report.lost == 0)
      #expect(report.outages.isEmpty)
      // A machine that is busy building may take some milliseconds away, never add any.
      #expect((500...1100).contains(report.sent))
    }
  }

  @Test func aCutCableIsAnOutageOfItsLength() throws {
    try withPinger { _, server, pinger in
      let mark = pinger.mark()
      let cut = BootClock.now()
      try server.cut()
      pass(milliseconds: 300, pinger)
      let plugged = BootClock.now()
      try server.plug()
      #expect(pinger.waitForAnswer(since: pinger.mark(), timeout: .seconds(10)))
      let report = pinger.report(since: mark)
      let outage = try #require(report.longest)
      let length = try #require(outage.duration)
      #expect(outage.start >= cut - 2_000_000)
      // A device receives a moment before it may send again; an ARP request lost in between is repeated after a second.
      #expect((.milliseconds(250)...Duration.nanoseconds(plugged - cut) + .milliseconds(1250)).contains(length))
      #expect(report.lost >= 100)
      #expect(report.lost < report.sent)
    }
  }

  @Test func whatIsUnansweredAtTheEndIsLost() throws {
    try withPinger { _, server, pinger in
      try server.cut()
      let mark = pinger.mark()
      pass(milliseconds: 50, pinger)
      pinger.stop()
      pinger.stop()
      let report = pinger.report(since: mark)
      #expect(report.sent > 0)
      #expect(report.lost == report.sent)
      #expect(report.outages.count == 1)
      #expect(report.outages.first?.end == nil)
    }
  }
}

import Lab
import Linux
import Netlink
import Testing

@Suite(.needsRoot, .timeLimit(.minutes(1))) struct FrameTapTests {
  @Test func hearsWhatHostsSayToEachOther() throws {
    try withLab { lab in
      let server = try lab.bootHost("loadb1", "195.46.64.15/24")
      let client = try lab.bootHost("client", "195.46.64.100/24")
      let tap = try lab.tap()
      let pinger = try lab.ping(try #require(IPAddress("195.46.64.15")), from: client)
      #expect(pinger.waitForAnswer(since: pinger.mark(), timeout: .seconds(10)))
      // The client asks everybody for the server's MAC address, and then nobody else for an echo.
      let question = tap.waitForFrame(timeout: .seconds(10)) { $0.isFrom(client) && $0.etherType == 0x0806 }
      #expect(question.map { Array($0.bytes[..<6]) } == HardwareAddress.broadcast.bytes)
      let request = tap.waitForFrame(timeout: .seconds(10)) { $0.isFrom(client) && $0.isEcho }
      #expect(request.map { Array($0.bytes[..<6]) } == server.hardwareAddress.bytes)
    }
  }

  @Test func hearsNothingFromAHostThatIsCut() throws {
    try withLab { lab in
      let server = try lab.bootHost("loadb1", "195.46.64.15/24")
      let client = try lab.bootHost("client", "195.46.64.100/24")
      let pinger = try lab.ping(try #require(IPAddress("195.46.64.15")), from: client)
      #expect(pinger.waitForAnswer(since: pinger.mark(), timeout: .seconds(10)))
      try server.cut()
      // Before the tap, so that what the tap hears was asked after it.
      let mark = pinger.mark()
      let tap = try lab.tap()
      #expect(tap.waitForFrame(timeout: .seconds(10)) { $0.isFrom(client) && $0.isEcho } != nil)
      pinger.stop()
      #expect(pinger.report(since: mark).lost > 0)
      #expect(!tap.frames.contains { $0.isFrom(server) })
    }
  }
}

extension FrameTap.Frame {
  fileprivate func isFrom(_ host: Host) -> Bool {
    bytes.count >= 12 && bytes[6..<12].elementsEqual(host.hardwareAddress.bytes)
  }

  /// ICMP over IPv4, without the multicast reports that a bridge sends by itself.
  fileprivate var isEcho: Bool { etherType == 0x0800 && bytes.count > 23 && bytes[23] == 1 }
}

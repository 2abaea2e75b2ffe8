import CMnl
import Testing

@testable import Netlink

/// Dumps of a thousand addresses, which take several datagrams, with changes between these.
@Suite(.needsRoot) struct InterruptedDumpTests {
  /// Dumps addresses; while the first `interruptions` attempts run, another socket removes one.
  private func dump(interruptions: Int) throws -> (found: [InterfaceAddress], left: [InterfaceAddress], parsed: Int) {
    let namespace = try TestNamespace()
    var socket = try namespace.socket()
    var other = try namespace.socket()
    let link = try socket.createBridge("br0").index
    var left = try (0..<1000).map { InterfaceAddress(prefix: try hostPrefix($0), link: link) }
    #expect(try socket.add(left, replacing: false) == [])
    var parsed = 0
    var interrupted = 0
    let found = try socket.dump(Int(RTM_GETADDR)) { (request) throws(NetlinkError.Reason) in
      var header = ifaddrmsg()
      header.ifa_family = IPAddress.Family.v4.rawValue
      request.putHeader(header)
    } parse: { (payload) throws(MalformedMessage) in
      let address = try InterfaceAddress(parsing: payload)
      parsed += 1
      // The first address marks the beginning of an attempt; the last ones go, so that it stays the first.
      if address.prefix == left[0].prefix, interrupted < interruptions {
        interrupted += 1
        _ = try? other.remove([left.removeLast()])
      }
      return address
    }
    return (found, left, parsed)
  }

  @Test func anInterruptedDumpIsTakenAgain() throws {
    let (found, left, parsed) = try dump(interruptions: 2)
    #expect(left.count == 998)
    #expect(Set(found.map(\.prefix)) == Set(left.map(\.prefix)))
    #expect(found.count == left.count)
    #expect(parsed > found.count)
  }

  @Test func aDumpThatNeverEndsWellIsGivenUp() {
    #expect(throws: NetlinkError.Reason.unsteady) { try dump(interruptions: .max) }
  }
}

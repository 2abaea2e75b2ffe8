import CMnl
import Glibc
import Linux
import Testing

@testable import Netlink

/// What the kernel says beyond the error number.
@Suite(.needsRoot) struct ExtendedAckTests {
  @Test func aRefusedAddressCarriesTheKernelsText() throws {
    var socket = try TestNamespace().socket()
    let link = try socket.createBridge("eth0").index
    let address = InterfaceAddress(
      prefix: try #require(IPPrefix("195.46.64.21/24")), link: link, validLifetime: 3, preferredLifetime: 4)
    let failure = try #require(try socket.add([address], replacing: false).first)
    guard case .refused(let errno, let ack) = failure.error.reason else {
      Issue.record("not refused: \(failure)")
      return
    }
    #expect(errno == Errno(rawValue: EINVAL))
    let text = try #require(ack.message)
    #expect(!text.isEmpty)
    #expect("\(failure)".hasPrefix("add 195.46.64.21/24 to eth0: EINVAL (Invalid argument): \"\(text)\""))
  }

  @Test func anAttributeOfTheWrongLengthIsPointedOut() throws {
    var socket = try TestNamespace().socket()
    let error = #expect(throws: NetlinkError.Reason.self) {
      try socket.change(Int(RTM_NEWADDR)) { (request) throws(NetlinkError.Reason) in
        var header = ifaddrmsg()
        header.ifa_family = IPAddress.Family.v4.rawValue
        request.putHeader(header)
        request.put(Int(IFA_LOCAL), UInt8(1))
      }
    }
    guard case .refused(_, let ack) = error else {
      Issue.record("not refused: \(String(describing: error))")
      return
    }
    #expect(ack.offset == 24)
    #expect(ack.message != nil)
  }

  /// With NETLINK_GET_STRICT_CHK a dump whose header asks for nonsense ends in NLMSG_DONE with an error.
  @Test func aRefusedDumpCarriesTheKernelsText() throws {
    var socket = try TestNamespace().socket()
    let error = #expect(throws: NetlinkError.Reason.self) {
      try socket.dump(Int(RTM_GETADDR)) { (request) throws(NetlinkError.Reason) in
        var header = ifaddrmsg()
        header.ifa_family = IPAddress.Family.v4.rawValue
        header.ifa_prefixlen = 24
        request.putHeader(header)
      } parse: { (payload) throws(MalformedMessage) in
        try InterfaceAddress(parsing: payload)
      }
    }
    guard case .refused(let errno, let ack) = error else {
      Issue.record("not refused: \(String(describing: error))")
      return
    }
    #expect(errno == Errno(rawValue: EINVAL))
    #expect(ack.message != nil)
  }
}

import CMnl
import Linux
import Testing

@testable import Netlink

/// What goes to the kernel, byte by byte, and what an answer means. x86-64 and AArch64 are little-endian alike.
@Suite struct WireFormatTests {
  @Test func newAddressRequest() throws {
    let address = InterfaceAddress(
      prefix: try #require(IPPrefix("195.46.64.21/24")), link: 2, label: "eth0:0",
      broadcast: IPAddress("195.46.64.255"), flags: UInt32(IFA_F_NOPREFIXROUTE), protocolTag: 86, validLifetime: 3,
      preferredLifetime: 3)
    var buffer = RequestBuffer()
    let flags = Int32(NLM_F_CREATE | NLM_F_REPLACE)
    try buffer.append(Int(RTM_NEWADDR), flags: flags, sequence: 7) { (request) throws(NetlinkError.Reason) in
      try address.writeForAdding(to: request)
    }
    buffer.acknowledgeLast()
    #expect(
      Array(buffer.bytes) == [
        0x60, 0, 0, 0, 0x14, 0, 0x05, 0x05, 7, 0, 0, 0, 0, 0, 0, 0,  // length, RTM_NEWADDR, REQUEST|ACK|REPLACE|CREATE
        2, 24, 0, 0, 2, 0, 0, 0,  // AF_INET, /24, low flags, scope, ifindex
        8, 0, 2, 0, 195, 46, 64, 21,  // IFA_LOCAL
        8, 0, 1, 0, 195, 46, 64, 21,  // IFA_ADDRESS
        8, 0, 4, 0, 195, 46, 64, 255,  // IFA_BROADCAST
        11, 0, 3, 0, 0x65, 0x74, 0x68, 0x30, 0x3a, 0x30, 0, 0,  // IFA_LABEL "eth0:0", NUL, padding
        8, 0, 8, 0, 0, 2, 0, 0,  // IFA_FLAGS
        5, 0, 11, 0, 86, 0, 0, 0,  // IFA_PROTO, padding
        20, 0, 6, 0, 3, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // IFA_CACHEINFO preferred, valid
      ])
  }

  @Test func requestsFollowEachOtherAndTheLastIsAcknowledged() throws {
    let address = InterfaceAddress(prefix: try #require(IPPrefix("10.0.0.1/32")), link: 2, protocolTag: 86)
    var buffer = RequestBuffer()
    for sequence in 0..<3 as Range<UInt32> {
      try buffer.append(Int(RTM_NEWADDR), flags: 0, sequence: sequence) { (request) throws(NetlinkError.Reason) in
        try address.writeForAdding(to: request)
      }
    }
    buffer.acknowledgeLast()
    var seen: [UInt32] = []
    var acknowledged: [UInt32] = []
    try Array(buffer.bytes).span.bytes.forEachMessage { (header, payload) throws(MalformedMessage) in
      seen.append(header.sequence)
      if header.flags & Int32(NLM_F_ACK) != 0 { acknowledged.append(header.sequence) }
      #expect(try InterfaceAddress(parsing: payload) == address)
    }
    #expect(seen == [0, 1, 2])
    #expect(acknowledged == [2])
  }

  @Test(arguments: ["", "sixteen-bytes-ab", "eth0\0evil"])
  func namesThatTheKernelWouldMisreadAreNotSent(name: String) throws {
    let address = InterfaceAddress(prefix: try #require(IPPrefix("10.0.0.1/32")), link: 2, label: name)
    var buffer = RequestBuffer()
    #expect(throws: NetlinkError.Reason.invalidName(name)) {
      try buffer.append(Int(RTM_NEWADDR), flags: 0, sequence: 0) { (request) throws(NetlinkError.Reason) in
        try address.writeForAdding(to: request)
      }
    }
    #expect(Array(buffer.bytes) == [])
  }

  /// An attribute of the extended ack: type, text with NUL, padding.
  static let text: [UInt8] = [7, 0, 1, 0, 0x6e, 0x6f, 0, 0]  // NLMSGERR_ATTR_MSG "no"
  static let offset: [UInt8] = [8, 0, 2, 0, 24, 0, 0, 0]  // NLMSGERR_ATTR_OFFS 24
  static let original: [UInt8] = [20, 0, 0, 0, 20, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0]  // header of a 20-byte request
  static let minusOne: [UInt8] = [0xff, 0xff, 0xff, 0xff]  // -EPERM

  static let verdicts: [(type: Int32, flags: Int, payload: [UInt8])] = [
    (NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED, minusOne + original + text + offset),
    (NLMSG_ERROR, NLM_F_ACK_TLVS, minusOne + original + [1, 2, 3, 4] + text + offset),
    (NLMSG_DONE, NLM_F_ACK_TLVS, minusOne + text + offset),
  ].map { (Int32($0.0), Int($0.1), $0.2) }

  @Test(arguments: verdicts)
  func extendedAckIsFound(type: Int32, flags: Int, payload: [UInt8]) throws {
    let header = MessageHeader(type: Int(type), flags: Int32(flags), sequence: 0)
    let verdict = try Verdict(header, payload.span.bytes)
    #expect(verdict.errno == 1)
    #expect(verdict.extendedAck == ExtendedAck(message: "no", offset: 24))
    // Only a cut between two attributes goes unnoticed, as it must, with or without the padding of the one before it.
    let boundaries = [16, 9, 8].map { payload.count - $0 }
    for length in 0..<payload.count where !boundaries.contains(length) {
      let cut = Array(payload.prefix(length))
      #expect(throws: MalformedMessage.self, "cut at \(length)") { try Verdict(header, cut.span.bytes) }
    }
  }

  @Test func errorsSayDoingWhatToWhatSaidWho() {
    let ack = ExtendedAck(message: "kernel text")
    let error = NetlinkError("add", "195.46.64.21/24 to eth0", .refused(Errno(rawValue: 1), ack))
    #expect("\(error)" == "add 195.46.64.21/24 to eth0: EPERM (Operation not permitted): \"kernel text\"")
    #expect(error.errno == Errno(rawValue: 1))
    let malformed = NetlinkError("list", "links", .malformed(.missingAttribute(3)))
    #expect("\(malformed)" == "list links: malformed message from the kernel: attribute 3 is missing")
    #expect(malformed.errno == nil)
  }
}

import Testing

@testable import TakeoverCore

@Suite struct ARPFrameTests {
  private static let hardware = EthernetAddress(rawValue: 0x02_11_22_33_44_55)
  private static let address = IPv4Number(rawValue: 0xc32e_4015)

  private static let announcingRequest: [UInt8] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0x08, 0x06,
    0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01,  // Ethernet, IPv4, request
    0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 195, 46, 64, 21,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 195, 46, 64, 21,
  ]

  private static let announcingReply: [UInt8] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0x08, 0x06,
    0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x02,  // Ethernet, IPv4, reply
    0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 195, 46, 64, 21,
    0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 195, 46, 64, 21,
  ]

  /// RFC 5227 §2.1.1: sender protocol address and target hardware address are zero.
  private static let probe: [UInt8] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0x08, 0x06,
    0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01,
    0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0, 0, 0, 0,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 195, 46, 64, 21,
  ]

  private static let probeFrame = ARPFrame(
    destination: .broadcast, source: hardware, operation: .request, senderHardware: hardware, senderProtocol: .any,
    targetHardware: .zero, targetProtocol: address)

  @Test func announcements() throws {
    let request = ARPFrame.announcement(of: Self.address, at: Self.hardware, as: .request)
    let reply = ARPFrame.announcement(of: Self.address, at: Self.hardware, as: .reply)
    #expect(request.bytes(over: 0) == Self.announcingRequest)
    #expect(reply.bytes(over: 0) == Self.announcingReply)
    #expect(try ARPFrame(bytes: Self.announcingRequest) == request)
    #expect(try ARPFrame(bytes: Self.announcingReply) == reply)
  }

  @Test func probe() throws {
    #expect(Self.probeFrame.bytes(over: 0) == Self.probe)
    #expect(try ARPFrame(bytes: Self.probe) == Self.probeFrame)
  }

  @Test func everyFieldHasItsPlace() throws {
    let frame = ARPFrame(
      destination: EthernetAddress(rawValue: 0x0102_0304_0506), source: EthernetAddress(rawValue: 0x1112_1314_1516),
      operation: .reply, senderHardware: EthernetAddress(rawValue: 0x2122_2324_2526),
      senderProtocol: IPv4Number(rawValue: 0x3132_3334), targetHardware: EthernetAddress(rawValue: 0x4142_4344_4546),
      targetProtocol: IPv4Number(rawValue: 0x5152_5354))
    #expect(try ARPFrame(bytes: frame.bytes(over: 0xaa)) == frame)
  }

  @Test func determinesEveryByteAndTouchesNoOther() {
    #expect(Self.probeFrame.bytes(over: 0xaa) == Self.probeFrame.bytes(over: 0x55))
    var buffer = Array(repeating: UInt8(0xaa), count: 64)
    buffer.withUnsafeMutableBytes { Self.probeFrame.emit(into: $0) }
    #expect(buffer[ARPFrame.length...].allSatisfy { $0 == 0xaa })
  }

  @Test func truncatedAtEveryLength() {
    for length in 0..<ARPFrame.length {
      #expect(throws: ARPFrame.Malformed.length) { try ARPFrame(bytes: Array(Self.probe.prefix(length))) }
    }
  }

  /// A device pads a short frame to 60 bytes.
  @Test func paddingIsNotLookedAt() throws {
    #expect(try ARPFrame(bytes: Self.probe + Array(repeating: 0xee, count: 18)) == Self.probeFrame)
  }

  @Test(
    arguments: [
      (12, 0x86, .notARP), (13, 0xdd, .notARP), (14, 1, .addressTypes), (15, 6, .addressTypes),
      (16, 0x86, .addressTypes),
      (17, 0xdd, .addressTypes), (18, 8, .addressTypes), (19, 16, .addressTypes), (20, 1, .operation),
      (21, 0, .operation), (21, 3, .operation),
    ] as [(Int, UInt8, ARPFrame.Malformed)])
  func notAnARPPacketForIPv4(offset: Int, value: UInt8, reason: ARPFrame.Malformed) {
    var bytes = Self.probe
    bytes[offset] = value
    #expect(throws: reason) { try ARPFrame(bytes: bytes) }
  }

  @Test func noiseGivesAFrameOrAReason() {
    var dice = Dice(seed: 2)
    var frames = 0
    for run in 0..<20_000 {
      var bytes = dice.bytes(run % 128)
      if run % 2 == 0, bytes.count >= 22 { bytes.replaceSubrange(12..<21, with: Self.probe[12..<21]) }
      if let frame = try? ARPFrame(bytes: bytes) {
        frames += 1
        #expect(frame.bytes(over: 0) == Array(bytes.prefix(ARPFrame.length)))
      }
    }
    #expect(frames > 10)
  }
}

extension ARPFrame {
  fileprivate init(bytes: [UInt8]) throws(Malformed) {
    let result: Result<ARPFrame, Malformed> = bytes.withUnsafeBytes { buffer in
      do throws(Malformed) {
        return .success(try ARPFrame(parsing: buffer))
      } catch {
        return .failure(error)
      }
    }
    self = try result.get()
  }

  fileprivate func bytes(over poison: UInt8) -> [UInt8] {
    var bytes = Array(repeating: poison, count: Self.length)
    bytes.withUnsafeMutableBytes { emit(into: $0) }
    return bytes
  }
}

import Testing

@testable import TakeoverCore

/// The ICMP echo frames: what we send, byte by byte, and what we take for an answer.
struct EchoFrameTests {
  private static let request = EchoFrame(
    destination: EthernetAddress(rawValue: 0x0200_5e00_5302), source: EthernetAddress(rawValue: 0x0200_5e00_5301),
    from: IPv4Number(rawValue: 0xc32e_4010), to: IPv4Number(rawValue: 0xc32e_4015), identifier: 0x4711, sequence: 7)

  /// The checksums were computed by hand: 4500 + 001c + 0101 + c32e + 4010 + c32e + 4015 = 24c9e → 4ca0 → ~ b35f, and
  /// 0800 + 4711 + 0007 = 4f18 → ~ b0e7 (RFC 1071).
  private static let golden: [UInt8] = [
    0x02, 0x00, 0x5e, 0x00, 0x53, 0x02, 0x02, 0x00, 0x5e, 0x00, 0x53, 0x01, 0x08, 0x00,
    0x45, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x01, 0xb3, 0x5f,
    0xc3, 0x2e, 0x40, 0x10, 0xc3, 0x2e, 0x40, 0x15,
    0x08, 0x00, 0xb0, 0xe7, 0x47, 0x11, 0x00, 0x07,
  ]

  private static func emitted(into filler: UInt8) -> [UInt8] {
    var bytes = [UInt8](repeating: filler, count: EchoFrame.length + 4)
    bytes.withUnsafeMutableBytes { request.emit(into: $0) }
    return bytes
  }

  /// What an answer to the request looks like, behind a header of `options` bytes of IP options.
  private static func answer(options: Int = 0) -> [UInt8] {
    var frame = golden
    frame.replaceSubrange(0..<12, with: Array(golden[6..<12]) + Array(golden[0..<6]))
    frame[14] = 0x45 + UInt8(options / 4)
    frame[34] = 0
    frame.insert(contentsOf: [UInt8](repeating: 1, count: options), at: 34)
    return frame
  }

  private func read(_ frame: [UInt8]) -> (hardware: EthernetAddress, sequence: UInt16)? {
    frame.withUnsafeBytes { EchoFrame.answer(in: $0, to: 0x4711) }
  }

  @Test func emitsTheGoldenBytesAndNoMore() {
    #expect(Self.emitted(into: 0xaa) == Self.golden + [0xaa, 0xaa, 0xaa, 0xaa])
    #expect(Self.emitted(into: 0x55) == Self.golden + [0x55, 0x55, 0x55, 0x55])
  }

  @Test(arguments: [0, 4, 40]) func readsAnAnswer(options: Int) {
    let answer = read(Self.answer(options: options))
    #expect(answer?.hardware == EthernetAddress(rawValue: 0x0200_5e00_5302))
    #expect(answer?.sequence == 7)
  }

  @Test func whatIsNoAnswer() {
    #expect(read(Self.golden) == nil, "a request is no answer")
    var tcp = Self.answer()
    tcp[23] = 6
    #expect(read(tcp) == nil)
    var shortHeader = Self.answer()
    shortHeader[14] = 0x44
    #expect(read(shortHeader) == nil)
    var version6 = Self.answer()
    version6[14] = 0x65
    #expect(read(version6) == nil)
    var fragment = Self.answer()
    fragment[20] = 0x20
    #expect(read(fragment) == nil)
    var another = Self.answer()
    another[39] = 0x12
    #expect(read(another) == nil, "another program's identifier")
  }

  @Test func truncatedAtEveryLength() {
    for options in [0, 40] {
      let whole = Self.answer(options: options)
      for length in whole.indices { #expect(read(Array(whole.prefix(length))) == nil) }
    }
  }
}

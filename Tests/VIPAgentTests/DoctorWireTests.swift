import Testing

@testable import Doctor
@testable import Support
@testable import TerminalUI

/// What the doctor reads off the wire and out of `/proc`, whatever it is.
@Suite struct DoctorWireTests {
  /// A UDP datagram to port 694 from 195.46.64.16 that carries "VA".
  private static let datagram: [UInt8] =
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 2, 0x08, 0x00]
    + [0x45, 0, 0, 30, 0, 0, 0, 0, 1, 17, 0, 0, 195, 46, 64, 16, 255, 255, 255, 255]
    + [0x02, 0xb6, 0x02, 0xb6, 0, 10, 0, 0] + Array("VA".utf8) + [0, 0, 0]

  /// A configuration BPDU with a forward delay of 15 s.
  private static let bridge: [UInt8] =
    [0x01, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 9, 0, 38, 0x42, 0x42, 3, 0, 0, 0, 0, 0]
    + [UInt8](repeating: 7, count: 28) + [15, 0]

  @Test func aDatagramIsWhatTheUDPHeaderSays() throws {
    try Self.datagram.withUnsafeBytes { frame in
      let packet = try #require(WireFrame.packet(in: frame))
      #expect(packet.isWhole && packet.source.text == "195.46.64.16")
      #expect(WireFrame.payload(of: packet.bytes, to: 694).map(Array.init) == Array("VA".utf8))
      #expect(WireFrame.payload(of: packet.bytes, to: 695) == nil)
    }
  }

  /// Two pieces of a datagram, 8 bytes and the rest, in an Ethernet frame each.
  private static func pieces(identification: UInt8) -> [[UInt8]] {
    let packet = Array(datagram[34..<44])
    return [(packet[..<8], [0x20, 0] as [UInt8]), (packet[8...], [0, 1])].map { bytes, place in
      var frame = Array(datagram[..<34]) + bytes
      (frame[17], frame[19]) = (UInt8(20 + bytes.count), identification)
      frame.replaceSubrange(20..<22, with: place)
      return frame
    }
  }

  private func add(_ frame: [UInt8], to fragments: inout WireFragments) -> [UInt8]? {
    frame.withUnsafeBytes { frame in WireFrame.packet(in: frame).flatMap { fragments.add($0) } }
  }

  @Test func piecesArePutTogetherInWhateverOrder() throws {
    let (one, other) = (Self.pieces(identification: 1), Self.pieces(identification: 2))
    var fragments = WireFragments()
    #expect(add(one[0], to: &fragments) == nil && add(other[1], to: &fragments) == nil)
    let whole = try #require(add(one[1], to: &fragments))
    #expect(whole == Array(Self.datagram[34..<44]))
    #expect(whole.withUnsafeBytes { WireFrame.payload(of: $0, to: 694).map(Array.init) } == Array("VA".utf8))
    #expect(add(other[0], to: &fragments) == whole)
    // Nothing of them is left, and a piece twice makes nothing whole.
    #expect(add(one[0], to: &fragments) == nil && add(one[0], to: &fragments) == nil)
    #expect(add(one[1], to: &fragments) == nil)
  }

  @Test func aBridgeSaysItsForwardDelay() throws {
    let bridge = try #require(Self.bridge.withUnsafeBytes { WireFrame.bridge(in: $0) })
    #expect(bridge.forwardDelay == .seconds(15) && !bridge.isRapid)
    var rapid = Self.bridge
    (rapid[19], rapid[20]) = (2, 2)
    #expect(rapid.withUnsafeBytes { WireFrame.bridge(in: $0) }?.isRapid == true)
    var change = Self.bridge
    change[20] = 0x80
    #expect(change.withUnsafeBytes { WireFrame.bridge(in: $0) } == nil)
  }

  /// Every length, and every value of every byte that is looked at: an answer or none, never a trap.
  @Test(arguments: [datagram, bridge]) func noFrameTraps(_ frame: [UInt8]) {
    for length in 0...frame.count {
      // Its own allocation, so that a byte too far is a byte outside.
      let part = Array(frame[..<length])
      let hasAnswer = part.withUnsafeBytes { WireFrame.packet(in: $0) != nil || WireFrame.bridge(in: $0) != nil }
      #expect(!hasAnswer || length >= 44)
    }
    for place in 12..<frame.count {
      for value in UInt8.min...UInt8.max {
        var changed = frame
        changed[place] = value
        let payload = changed.withUnsafeBytes { frame in
          WireFrame.packet(in: frame).flatMap { WireFrame.payload(of: $0.bytes, to: 694)?.count }
        }
        #expect(payload.map { $0 <= frame.count - 42 } ?? true)
        _ = changed.withUnsafeBytes { WireFrame.bridge(in: $0) != nil }
      }
    }
  }

  @Test func socketsAreFoundByTheirPort() {
    let table = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
       173: 00000000:02B6 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0 0
       174: 0100007F:02B7 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0 0
       175: 00000000000000000000000000000000:02B6 0:0 07 0:0 0:0 0 0 0 4713 2 0 0
       176: short
      """
    #expect(PortUsers.sockets(ofTable: table, port: 694) == [4711, 4713])
  }

  @Test func limitsAreRead() {
    let limits = """
      Limit                     Soft Limit           Hard Limit           Units
      Max locked memory         8388608              unlimited            bytes
      Max realtime priority     unlimited            0
      """
    #expect(Privileges.limit("Max locked memory", in: limits) == 8_388_608)
    #expect(Privileges.limit("Max realtime priority", in: limits) == .max)
    #expect(Privileges.limit("Max nice priority", in: limits) == 0)
  }

  @Test func aParagraphFits() {
    #expect(Paragraph.wrap("one two three", width: 7) == ["one two", "three"])
    #expect(Paragraph.wrap("incomprehensible it is", width: 7) == ["incomprehensible", "it is"])
    #expect(Paragraph.wrap("  ", width: 7) == [])
  }

  @Test func withoutColoursNothingIsAdded() {
    #expect(Style(isColoured: false).paint("down", .red) == "down")
    #expect(Style(isColoured: true).paint("down", .red) == "\u{1b}[31mdown\u{1b}[0m")
  }
}

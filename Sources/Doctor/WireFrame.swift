import Glibc
import TakeoverCore

/// Frames as they come off the wire. Every sequence of bytes gives an answer or nil.
package enum WireFrame {
  /// A piece of an IPv4 packet with UDP in it (RFC 791 §3.1): mostly all of it.
  package struct Packet {
    package let source: IPv4Number
    /// The same for all pieces of a packet.
    package let identification: Int
    /// Where the piece begins in the packet, in bytes.
    package let offset: Int
    /// Whether others come behind it.
    package let hasMore: Bool
    package let bytes: UnsafeRawBufferPointer

    package var isWhole: Bool { offset == 0 && !hasMore }
  }

  /// The IPv4 packet, or the piece of one, in an Ethernet frame, if there is UDP in it.
  package static func packet(in frame: UnsafeRawBufferPointer) -> Packet? {
    guard frame.count >= 34, number(frame, 12) == 0x0800, frame[23] == UInt8(IPPROTO_UDP) else { return nil }
    let header = Int(frame[14] & 0x0f) * 4
    let total = number(frame, 16)
    guard header >= 20, total >= header, frame.count >= 14 + total else { return nil }
    let place = number(frame, 20)
    return Packet(
      source: IPv4Number(rawValue: UInt32(number(frame, 26)) << 16 | UInt32(number(frame, 28))),
      identification: number(frame, 18), offset: (place & 0x1fff) * 8, hasMore: place & 0x2000 != 0,
      bytes: UnsafeRawBufferPointer(rebasing: frame[14 + header..<14 + total]))
  }

  /// What a UDP datagram to this port carries (RFC 768); nil for other ports.
  package static func payload(of datagram: UnsafeRawBufferPointer, to port: UInt16) -> UnsafeRawBufferPointer? {
    guard datagram.count >= 8, number(datagram, 2) == Int(port) else { return nil }
    let length = number(datagram, 4)
    guard length >= 8, length <= datagram.count else { return nil }
    return UnsafeRawBufferPointer(rebasing: datagram[8..<length])
  }

  /// What a bridge says of itself in a configuration BPDU (IEEE 802.1D §9.3.1), or in a rapid one (§9.3.3):
  /// ```
  ///  0              14         17       19        20     21                    50
  /// | dst | src | len | 42 42 03 | proto 0 | version | type | … 29 bytes … | forward delay, 1/256 s |
  /// ```
  package static func bridge(in frame: UnsafeRawBufferPointer) -> WireRecord.Bridge? {
    guard frame.count >= 52, frame[14] == 0x42, frame[15] == 0x42, number(frame, 17) == 0,
      frame[20] == 0 || frame[20] == 2
    else { return nil }
    let delay = Int64(number(frame, 50)) * 1_000_000_000 / 256
    return WireRecord.Bridge(forwardDelay: Interval(nanoseconds: delay), isRapid: frame[19] >= 2)
  }

  /// Two bytes in network order; the caller has checked that they are there.
  private static func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int {
    Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
  }
}

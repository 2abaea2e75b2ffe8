import Glibc
import TakeoverCore

/// Frames as they come off the wire. Every sequence of bytes gives an answer or nil.
enum WireFrame {
  /// What a UDP datagram in an IPv4 packet in an Ethernet frame carries (RFC 791, RFC 768), and its source address.
  static func datagram(in frame: UnsafeRawBufferPointer) -> (payload: UnsafeRawBufferPointer, source: IPv4Number)? {
    guard frame.count >= 42, number(frame, 12) == 0x0800, frame[23] == UInt8(IPPROTO_UDP) else { return nil }
    let header = Int(frame[14] & 0x0f) * 4
    let total = number(frame, 16)
    guard header >= 20, total >= header + 8, frame.count >= 14 + total else { return nil }
    let start = 14 + header
    let length = number(frame, start + 4)
    guard length >= 8, length <= total - header else { return nil }
    let source = UInt32(number(frame, 26)) << 16 | UInt32(number(frame, 28))
    return (UnsafeRawBufferPointer(rebasing: frame[start + 8..<start + length]), IPv4Number(rawValue: source))
  }

  /// What a bridge says of itself in a configuration BPDU (IEEE 802.1D §9.3.1), or in a rapid one (§9.3.3):
  /// ```
  ///  0              14         17       19        20     21                    50
  /// | dst | src | len | 42 42 03 | proto 0 | version | type | … 29 bytes … | forward delay, 1/256 s |
  /// ```
  static func bridge(in frame: UnsafeRawBufferPointer) -> WireRecord.Bridge? {
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

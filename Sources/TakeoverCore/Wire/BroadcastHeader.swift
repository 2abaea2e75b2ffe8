/// What stands before a heartbeat that goes out from no address: an IPv4 header (RFC 791) from 0.0.0.0 to
/// 255.255.255.255 without options, and a UDP header (RFC 768) without a checksum, which the heartbeat's own code makes
/// needless. 28 bytes.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------+-------+---------------+-------------------------------+
/// |   4   |   5   |  TOS = 0xc0   |         total length          |   0
/// |        identification         | flags, fragment offset        |   4
/// | time to live 1|  protocol 17  |        header checksum        |   8
/// |                     source address 0.0.0.0                    |  12
/// |                destination address 255.255.255.255            |  16
/// +-------------------------------+-------------------------------+
/// |          source port          |       destination port        |  20
/// |            length             |         checksum = 0          |  24
/// +-------------------------------+-------------------------------+
/// ```
public enum BroadcastHeader {
  /// Bytes of both headers.
  public static let length = 28

  /// Writes the headers.
  /// - Parameters:
  ///   - buffer: at least ``length`` bytes.
  ///   - port: of both ends.
  ///   - payload: bytes that follow; more than 65,507 cannot be said.
  public static func emit(into buffer: UnsafeMutableRawBufferPointer, port: UInt16, payload: Int) {
    var writer = WireWriter(buffer)
    writer.put(UInt16(0x45c0))
    writer.put(UInt16(truncatingIfNeeded: length &+ payload))
    writer.put(UInt32(0x0000_4000))  // don't fragment: then no receiver needs the identification (RFC 6864 §4.1)
    writer.put(UInt16(0x0111))
    writer.put(UInt16(0))
    writer.put(UInt32(0))
    writer.put(UInt32.max)
    writer.put(port)
    writer.put(port)
    writer.put(UInt16(truncatingIfNeeded: 8 &+ payload))
    writer.put(UInt16(0))
    InternetChecksum.put(at: 10, over: 0..<20, of: buffer)
  }
}

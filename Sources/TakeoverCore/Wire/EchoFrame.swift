/// An ICMP echo request (RFC 792) in an IPv4 packet without options (RFC 791) in an Ethernet frame, 42 bytes, without
/// data.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +---------------------------------------------------------------+
/// |  Ethernet destination (6) | source (6) | type = 0x0800 (2)    |   0
/// +-------+-------+---------------+-------------------------------+
/// |   4   |   5   |      TOS      |       total length = 28       |  14
/// |        identification         | flags, fragment offset        |  18
/// |    time to live, protocol = 1 |        header checksum        |  22
/// |                        source address                         |  26
/// |                     destination address                       |  30
/// +---------------+---------------+-------------------------------+
/// |   type = 8    |   code = 0    |           checksum            |  34
/// |          identifier           |        sequence number        |  38
/// +-------------------------------+-------------------------------+
/// ```
public struct EchoFrame: BitwiseCopyable, Sendable {
  /// Bytes of the frame.
  public static let length = 42

  let destination: EthernetAddress
  let source: EthernetAddress
  let from: IPv4Number
  let to: IPv4Number
  let identifier: UInt16
  let sequence: UInt16

  /// Puts a request together.
  public init(
    destination: EthernetAddress, source: EthernetAddress, from: IPv4Number, to: IPv4Number, identifier: UInt16,
    sequence: UInt16
  ) {
    self.destination = destination
    self.source = source
    self.from = from
    self.to = to
    self.identifier = identifier
    self.sequence = sequence
  }

  /// Writes the frame.
  /// - Parameter buffer: at least ``length`` bytes.
  public func emit(into buffer: UnsafeMutableRawBufferPointer) {
    var writer = WireWriter(buffer)
    writer.put(destination)
    writer.put(source)
    writer.put(UInt16(0x0800))
    writer.put(UInt16(0x4500))
    writer.put(UInt16(28))
    writer.put(UInt32(0))
    writer.put(UInt16(0x0101))  // time to live 1: the answer must come from this very network
    writer.put(UInt16(0))
    writer.put(from.rawValue)
    writer.put(to.rawValue)
    writer.put(UInt32(0x0800_0000))
    writer.put(identifier)
    writer.put(sequence)
    InternetChecksum.put(at: 24, over: 14..<34, of: buffer)
    InternetChecksum.put(at: 36, over: 34..<42, of: buffer)
  }

  /// Who answered, and the sequence number, if the frame is an unfragmented echo reply with this identifier. Total:
  /// every sequence of bytes gives an answer or nil.
  public static func answer(
    in frame: UnsafeRawBufferPointer, to identifier: UInt16
  ) -> (hardware: EthernetAddress, sequence: UInt16)? {
    guard frame.count >= length, 0x45...0x4f ~= frame[14], frame[23] == 1, frame[20] & 0x3f == 0, frame[21] == 0
    else { return nil }
    let header = 14 + Int(frame[14] & 0x0f) * 4
    guard frame.count >= header + 8, frame[header] == 0 else { return nil }
    var source = WireReader(frame, from: 6)
    var numbers = WireReader(frame, from: header + 4)
    guard numbers.take() as UInt16 == identifier else { return nil }
    return (source.take(), numbers.take())
  }
}

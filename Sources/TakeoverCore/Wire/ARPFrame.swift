/// An Ethernet address.
public struct EthernetAddress: Hashable, BitwiseCopyable, Sendable {
  /// The six octets in the low 48 bits, the first one highest.
  public var rawValue: UInt64

  /// Everybody: ff:ff:ff:ff:ff:ff.
  public static let broadcast = EthernetAddress(rawValue: 0xffff_ffff_ffff)
  /// Nobody: 00:00:00:00:00:00.
  public static let zero = EthernetAddress(rawValue: 0)

  /// An address from its octets in the low 48 bits.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue & 0xffff_ffff_ffff }
}

/// An IPv4 address as a number: 195.46.64.21 is 0xc32e4015.
public struct IPv4Number: Hashable, BitwiseCopyable, Sendable {
  /// The number in the host's byte order.
  public var rawValue: UInt32

  /// 0.0.0.0.
  public static let any = IPv4Number(rawValue: 0)

  /// An address from its number in the host's byte order.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// An ARP packet for IPv4 in an Ethernet frame (RFC 826), 42 bytes; the device pads it to the medium's minimum.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +---------------------------------------------------------------+
/// |                    Ethernet destination                       |   0
/// |                               |        Ethernet source        |   4
/// |                                                               |   8
/// |      EtherType = 0x0806       |    hardware type = 1          |  12
/// |      protocol type = 0x0800   |  hw len = 6   | proto len = 4 |  16
/// |          operation            |       sender hardware         |  20
/// |                                                               |  24
/// |                       sender protocol                         |  28
/// |                       target hardware                         |  32
/// |                               |       target protocol         |  36
/// |                               |                               |  40
/// +---------------------------------------------------------------+
/// ```
public struct ARPFrame: Equatable, BitwiseCopyable, Sendable {
  /// Bytes of the frame.
  public static let length = 42

  /// What the packet is (RFC 826, `ar$op`).
  public enum Operation: UInt16, BitwiseCopyable, Sendable {
    /// Who has the target protocol address?
    case request = 1
    /// The sender protocol address is at the sender hardware address.
    case reply = 2
  }

  /// Why bytes are no ARP packet of ours to read.
  public enum Malformed: Error, BitwiseCopyable, Sendable {
    /// Fewer than 42 bytes.
    case length
    /// Another EtherType.
    case notARP
    /// Not Ethernet and IPv4.
    case addressTypes
    /// Neither request nor reply.
    case operation
  }

  /// Ethernet destination.
  public var destination: EthernetAddress
  /// Ethernet source.
  public var source: EthernetAddress
  /// Request or reply.
  public var operation: Operation
  /// `ar$sha`.
  public var senderHardware: EthernetAddress
  /// `ar$spa`.
  public var senderProtocol: IPv4Number
  /// `ar$tha`.
  public var targetHardware: EthernetAddress
  /// `ar$tpa`.
  public var targetProtocol: IPv4Number

  /// Puts a frame together.
  public init(
    destination: EthernetAddress, source: EthernetAddress, operation: Operation, senderHardware: EthernetAddress,
    senderProtocol: IPv4Number, targetHardware: EthernetAddress, targetProtocol: IPv4Number
  ) {
    self.destination = destination
    self.source = source
    self.operation = operation
    self.senderHardware = senderHardware
    self.senderProtocol = senderProtocol
    self.targetHardware = targetHardware
    self.targetProtocol = targetProtocol
  }

  /// The gratuitous ARP for an address that is now at `hardware`.
  ///
  /// The request form is RFC 5227's announcement (§2.3): the target hardware address is zero. In the reply form
  /// Linux takes only a target hardware address equal to the sender's for gratuitous (`arp_is_garp()`).
  public static func announcement(of address: IPv4Number, at hardware: EthernetAddress, as form: Operation) -> ARPFrame
  {
    ARPFrame(
      destination: .broadcast, source: hardware, operation: form, senderHardware: hardware, senderProtocol: address,
      targetHardware: form == .request ? .zero : hardware, targetProtocol: address)
  }

  /// Writes the frame.
  /// - Parameter buffer: at least ``length`` bytes.
  public func emit(into buffer: UnsafeMutableRawBufferPointer) {
    var writer = WireWriter(buffer)
    writer.put(destination)
    writer.put(source)
    writer.put(UInt16(0x0806))
    writer.put(UInt16(1))
    writer.put(UInt16(0x0800))
    writer.put(UInt8(6))
    writer.put(UInt8(4))
    writer.put(operation.rawValue)
    writer.put(senderHardware)
    writer.put(senderProtocol.rawValue)
    writer.put(targetHardware)
    writer.put(targetProtocol.rawValue)
  }

  /// Reads a frame; bytes beyond the packet are padding. Total: every sequence of bytes gives a frame or a reason.
  public init(parsing frame: UnsafeRawBufferPointer) throws(Malformed) {
    guard frame.count >= Self.length else { throw .length }
    var reader = WireReader(frame, from: 0)
    destination = reader.take()
    source = reader.take()
    guard reader.take() as UInt16 == 0x0806 else { throw .notARP }
    guard reader.take() as UInt16 == 1, reader.take() as UInt16 == 0x0800, reader.take() as UInt8 == 6,
      reader.take() as UInt8 == 4
    else { throw .addressTypes }
    guard let operation = Operation(rawValue: reader.take()) else { throw .operation }
    self.operation = operation
    senderHardware = reader.take()
    senderProtocol = IPv4Number(rawValue: reader.take())
    targetHardware = reader.take()
    targetProtocol = IPv4Number(rawValue: reader.take())
  }
}

extension WireReader {
  mutating func take() -> EthernetAddress {
    let high: UInt16 = take()
    let low: UInt32 = take()
    return EthernetAddress(rawValue: UInt64(high) << 32 | UInt64(low))
  }
}

extension WireWriter {
  mutating func put(_ address: EthernetAddress) {
    put(UInt16(truncatingIfNeeded: address.rawValue >> 32))
    put(UInt32(truncatingIfNeeded: address.rawValue))
  }
}

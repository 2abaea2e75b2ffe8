/// A 48-bit MAC address of an Ethernet device (IEEE 802).
public struct HardwareAddress: Hashable, Sendable, CustomStringConvertible {
  /// Length in bytes.
  public static let byteCount = 6

  /// All ones: every station on the link.
  public static let broadcast = HardwareAddress(value: 0xffff_ffff_ffff)

  /// The address as a number; the first byte on the wire is the most significant.
  private let value: UInt64

  private init(value: UInt64) {
    self.value = value
  }

  /// Takes six bytes in the order of the wire; nil for any other number of them.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    value = bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Reads `02:00:5e:10:00:0f`: six groups of two hexadecimal digits.
  public init?(_ text: String) {
    let groups = text.split(separator: ":", omittingEmptySubsequences: false)
    let bytes = groups.compactMap { group in
      group.utf8.count == 2 && group.first != "+" && group.first != "-" ? UInt8(group, radix: 16) : nil
    }
    guard bytes.count == groups.count else { return nil }
    self.init(bytes: bytes)
  }

  /// The six bytes in the order of the wire.
  public var bytes: [UInt8] {
    (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: value >> (40 - 8 * UInt64($0))) }
  }

  /// `02:00:5e:10:00:0f`.
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}

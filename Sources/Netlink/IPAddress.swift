import Glibc

/// An IPv4 or IPv6 address.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
  /// Which of the two protocols; the raw value is the kernel's `AF_INET` or `AF_INET6`.
  public enum Family: UInt8, Hashable, Sendable {
    case v4 = 2
    case v6 = 10

    /// Length of an address in bits: 32 or 128.
    public var bitWidth: Int { self == .v4 ? 32 : 128 }

    /// Length of an address in bytes: 4 or 16.
    public var byteCount: Int { bitWidth / 8 }
  }

  /// Which of the two protocols.
  public let family: Family

  /// The address as a number, right-aligned: 192.0.2.1 is 0xc0000201.
  let value: UInt128

  init(family: Family, value: UInt128) {
    self.family = family
    self.value = value
  }

  /// Reads `195.46.64.21` or `2001:db8::15` (`inet_pton(3)`); no prefix length, no zone, no white space.
  public init?(_ text: String) {
    // inet_pton would stop at a NUL and take the rest for nothing.
    guard !text.utf8.contains(0) else { return nil }
    let family: Family = text.utf8.contains(UInt8(ascii: ":")) ? .v6 : .v4
    var bytes: UInt128 = 0
    guard inet_pton(Int32(family.rawValue), text, &bytes) == 1 else { return nil }
    self.init(family: family, value: UInt128(bigEndian: bytes) >> (128 - family.bitWidth))
  }

  /// Takes 4 or 16 bytes in network byte order; nil for any other number of them.
  public init?(bytes: some Collection<UInt8>) {
    switch bytes.count {
    case 4: family = .v4
    case 16: family = .v6
    default: return nil
    }
    value = bytes.reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// Calls `body` with the 4 or 16 bytes in network byte order. Allocates nothing.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBytes(of: (value << (128 - family.bitWidth)).bigEndian) { (bytes) throws(Failure) in
      try body(UnsafeRawBufferPointer(rebasing: bytes[..<family.byteCount]))
    }
  }

  /// The 4 or 16 bytes in network byte order.
  public var bytes: [UInt8] { withBytes { Array($0) } }

  /// `195.46.64.21` or `2001:db8::15` (`inet_ntop(3)`, RFC 5952).
  public var description: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
      let written = withBytes {
        inet_ntop(Int32(family.rawValue), $0.baseAddress, text.baseAddress, socklen_t(INET6_ADDRSTRLEN))
      }
      return written.map { String(cString: $0) } ?? ""
    }
  }
}

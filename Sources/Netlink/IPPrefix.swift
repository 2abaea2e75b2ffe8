/// An address together with the length of its network part, as `ip address` writes it: `195.46.64.21/24`.
///
/// The host part is kept: this is an interface's address, not only its network.
public struct IPPrefix: Hashable, Sendable, CustomStringConvertible {
  /// The address, host part included.
  public let address: IPAddress
  /// How many leading bits name the network: 0...32 or 0...128.
  public let length: Int

  /// Nil if the length is out of range for the address's family.
  public init?(address: IPAddress, length: Int) {
    guard (0...address.family.bitWidth).contains(length) else { return nil }
    self.address = address
    self.length = length
  }

  /// Reads `195.46.64.21/24` or `2001:db8::15/64`. The length is required, in decimal digits only.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let address = IPAddress(String(parts[0])), let length = Int(parts[1])
    else { return nil }
    self.init(address: address, length: length)
  }

  /// Ones in the host part.
  private var hostMask: UInt128 {
    let hostBits = address.family.bitWidth - length
    return hostBits == 128 ? .max : (1 << UInt128(hostBits)) - 1
  }

  /// The network's directed broadcast address (RFC 919); nil for IPv6, which has none, and for /31 (RFC 3021) and /32.
  public var broadcast: IPAddress? {
    guard address.family == .v4, length < 31 else { return nil }
    return IPAddress(family: .v4, value: address.value | hostMask)
  }

  /// The same without its host part: `195.46.64.0/24`.
  public var network: IPPrefix {
    IPPrefix(IPAddress(family: address.family, value: address.value & ~hostMask), length)
  }

  /// A neighbour that this network could have: the address next to this one that names a host; nil where there is none (/32).
  public var neighbour: IPAddress? {
    guard length < address.family.bitWidth else { return nil }
    for value in [address.value ^ 1, address.value ^ 2, address.value ^ 3] {
      let other = IPAddress(family: address.family, value: value)
      guard contains(other) else { continue }
      if length < address.family.bitWidth - 1, value & hostMask == 0 || value & hostMask == hostMask { continue }
      return other
    }
    return nil
  }

  private init(_ address: IPAddress, _ length: Int) {
    self.address = address
    self.length = length
  }

  /// Whether an address belongs to this network; one of the other family never does.
  public func contains(_ other: IPAddress) -> Bool {
    other.family == address.family && (other.value | hostMask) == (address.value | hostMask)
  }

  /// `195.46.64.21/24`.
  public var description: String { "\(address)/\(length)" }
}

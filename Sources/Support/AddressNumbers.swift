import Netlink
import TakeoverCore

// The netlink library and the core do not know each other; these are the bridges between their addresses.

extension IPv4Number {
  /// The number of an IPv4 address; 0.0.0.0 for any other.
  package init(_ address: IPAddress) {
    self.init(rawValue: address.family == .v4 ? address.withBytes { $0.reduce(0) { $0 << 8 | UInt32($1) } } : 0)
  }
}

extension EthernetAddress {
  package init(_ address: HardwareAddress) {
    self.init(rawValue: address.bytes.reduce(0) { $0 << 8 | UInt64($1) })
  }
}

extension IPv4Number {
  /// "195.46.64.21".
  package var text: String { [24, 16, 8, 0].map { String(rawValue >> $0 & 0xff) }.joined(separator: ".") }
}

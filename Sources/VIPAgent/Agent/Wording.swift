import TakeoverCore

extension EthernetAddress {
  /// "02:00:00:00:00:01".
  var text: String {
    stride(from: 40, through: 0, by: -8)
      .map { shift in
        let digits = String(rawValue >> UInt64(shift) & 0xff, radix: 16)
        return digits.count == 1 ? "0\(digits)" : digits
      }
      .joined(separator: ":")
  }
}

extension Interval {
  /// As an administrator reads it: "412 µs", "302 ms", "1.5 s", "2 min".
  var text: String {
    let magnitude = nanoseconds.magnitude
    switch magnitude {
    case ..<1_000_000: return "\(nanoseconds / 1_000) µs"
    case ..<10_000_000: return "\(tenths(of: 1_000_000)) ms"
    case ..<1_000_000_000: return "\(nanoseconds / 1_000_000) ms"
    case ..<120_000_000_000: return "\(tenths(of: 1_000_000_000)) s"
    default: return "\(nanoseconds / 60_000_000_000) min"
    }
  }

  private func tenths(of unit: Int64) -> String {
    let tenths = nanoseconds / (unit / 10)
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths) % 10)"
  }
}

extension GroupReport.Role {
  /// As the log, the status and the metrics call it. RFC 9568 calls a router that is ready to take over a Backup; standby
  /// is what an operator puts a node on.
  var word: String {
    switch self {
    case .standby: "backup"
    case .listening, .claiming, .owner, .releasing, .faulted: "\(self)"
    }
  }
}

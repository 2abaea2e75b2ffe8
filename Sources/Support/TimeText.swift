import Glibc
import Linux
import TakeoverCore

/// Times of day for programs: RFC 3339 in UTC, with milliseconds.
package enum TimeText {
  /// `2026-11-22T14:03:07.123Z`, of milliseconds since 1970.
  package static func of(milliseconds: Int64) -> String {
    var seconds = time_t(milliseconds / 1_000)
    var fields = tm()
    gmtime_r(&seconds, &fields)
    let date = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
      let length = strftime(buffer.baseAddress, buffer.count, "%Y-%m-%dT%H:%M:%S.", &fields)
      return String(decoding: UnsafeRawBufferPointer(buffer).prefix(length), as: UTF8.self)
    }
    return date + String(milliseconds % 1_000 + 1_000).dropFirst() + "Z"
  }
}

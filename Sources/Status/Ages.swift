import Glibc
import Support
import TakeoverCore

extension Interval {
  /// A length of time that somebody else has told in microseconds: what is out of reason is cut to 292 years.
  init(told microseconds: Int64) {
    let limit = Int64.max / 1_000
    self = .microseconds(min(max(microseconds, -limit), limit))
  }

  /// How long something has lasted, as a person says it: "42 ms", "12 s", "5 min 3 s", "2 h 14 min", "3 d 4 h".
  var age: String {
    let seconds = nanoseconds / 1_000_000_000
    return switch seconds {
    case ..<1: text
    case ..<60: "\(seconds) s"
    case ..<3_600: Self.pair(seconds / 60, "min", seconds % 60, "s")
    case ..<86_400: Self.pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min")
    default: Self.pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h")
    }
  }

  private static func pair(_ first: Int64, _ unit: String, _ second: Int64, _ smaller: String) -> String {
    second == 0 ? "\(first) \(unit)" : "\(first) \(unit) \(second) \(smaller)"
  }
}

extension TimeText {
  /// An agent's time of day in the time zone of who reads it: `2026-11-22 14:03:07`, or `14:03:07.123` of an event.
  /// - Parameter isPrecise: with milliseconds.
  /// - Returns: the text as it is where it is no such time.
  package static func local(_ text: String, isPrecise: Bool = false) -> String {
    guard var seconds = secondsSince1970(text) else { return text }
    var fields = tm()
    localtime_r(&seconds, &fields)
    let date = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
      let length = strftime(buffer.baseAddress, buffer.count, "%Y-%m-%d %H:%M:%S", &fields)
      return String(decoding: UnsafeRawBufferPointer(buffer).prefix(length), as: UTF8.self)
    }
    return isPrecise ? date + text.dropLast().suffix(4) : date
  }

  /// Reads `2026-11-22T14:03:07.123Z`; the milliseconds are left out.
  private static func secondsSince1970(_ text: String) -> time_t? {
    let shape = "dddd-dd-ddTdd:dd:dd.dddZ".utf8
    let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    guard text.utf8.count == shape.count,
      zip(text.utf8, shape).allSatisfy({ $1 == UInt8(ascii: "d") ? isDigit($0) : $0 == $1 })
    else { return nil }
    let numbers = text.split { !$0.isNumber }.compactMap { Int32($0) }
    guard numbers.count == 7 else { return nil }
    var fields = tm()
    (fields.tm_year, fields.tm_mon, fields.tm_mday) = (numbers[0] - 1_900, numbers[1] - 1, numbers[2])
    (fields.tm_hour, fields.tm_min, fields.tm_sec) = (numbers[3], numbers[4], numbers[5])
    return timegm(&fields)
  }
}

import Glibc
import Status

/// A metric: its name, what `HELP` and `TYPE` say of it, and how its samples come out of a status.
///
/// Names follow the conventions of Prometheus (https://prometheus.io/docs/practices/naming/): base units, the unit at the
/// end, `_total` on what only grows. docs/metrics.md lists every one of them; a test compares.
struct Metric: Sendable {
  enum Kind: String, Sendable { case gauge, counter, summary }

  /// A value and the values of its labels, in the order of ``Metric/labels``.
  struct Sample: Equatable, Sendable {
    var labels: [String]
    var value: MetricValue

    init(_ value: MetricValue, _ labels: String...) {
      self.labels = labels
      self.value = value
    }
  }

  let name: String
  let kind: Kind
  let labels: [String]
  let help: String
  let samples: @Sendable (Readings) -> [Sample]

  /// A metric whose labels tell its samples apart.
  init(
    _ name: String, _ kind: Kind, by labels: [String], _ help: String,
    _ samples: @escaping @Sendable (Readings) -> [Sample]
  ) {
    (self.name, self.kind, self.labels, self.help, self.samples) = ("vipagent_" + name, kind, labels, help, samples)
  }

  /// A metric with one value, or none while it is unknown.
  init(_ name: String, _ kind: Kind, _ help: String, _ value: @escaping @Sendable (Readings) -> MetricValue?) {
    self.init(name, kind, by: [], help) { readings in value(readings).map { [Sample($0)] } ?? [] }
  }
}

/// What metrics are made of.
package struct Readings: Sendable {
  package var status: Status
  /// What the listener that answers the scrapes has counted.
  package var scrapes: MetricsListener.Counts

  package init(status: Status, scrapes: MetricsListener.Counts) {
    self.status = status
    self.scrapes = scrapes
  }
}

/// The value of a sample.
enum MetricValue: Equatable, Sendable {
  case count(UInt64)
  case flag(Bool)
  /// A length of time, or a time of day since 1970, in microseconds; it is told in seconds.
  case microseconds(Int64)
  case number(Double)

  /// As the text format wants it: what Go's `ParseFloat` reads.
  var text: String {
    switch self {
    case .count(let count): "\(count)"
    case .flag(let flag): flag ? "1" : "0"
    case .microseconds(let microseconds): Self.seconds(microseconds)
    case .number(let number):
      number.isNaN ? "NaN" : number.isInfinite ? (number < 0 ? "-Inf" : "+Inf") : "\(number)"
    }
  }

  /// Exactly, without the zeros at the end: a floating-point number would make 0.1 s of 100,000 µs only by luck.
  private static func seconds(_ microseconds: Int64) -> String {
    let sign = microseconds < 0 ? "-" : ""
    let (whole, rest) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
    guard rest > 0 else { return "\(sign)\(whole)" }
    var digits = String(rest + 1_000_000).dropFirst()
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(sign)\(whole).\(digits)"
  }
}

extension MetricValue {
  /// A time of day as the status tells it, `2026-11-22T14:03:07.123Z`; nil where it is none.
  static func timestamp(_ text: String) -> MetricValue? {
    let bytes = Array(text.utf8)
    guard bytes.count == 24, bytes[23] == UInt8(ascii: "Z") else { return nil }
    func number(_ range: Range<Int>) -> Int32? { Int32(String(decoding: bytes[range], as: UTF8.self)) }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19), let millisecond = number(20..<23)
    else { return nil }
    var fields = tm()
    (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1_900, month - 1, day)
    (fields.tm_hour, fields.tm_min, fields.tm_sec) = (hour, minute, second)
    return .microseconds((Int64(timegm(&fields)) * 1_000 + Int64(millisecond)) * 1_000)
  }
}

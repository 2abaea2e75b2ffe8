/// Durations as a configuration writes them: `100ms`, `1.5s`, `2m`.
extension Duration {
  /// The units, largest first, with their nanoseconds.
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000),
  ]

  /// Reads a number, with at most three decimals, and a unit: `h`, `m`, `s`, `ms` or `us`. Nil if it is anything else, or
  /// longer than 292 years.
  init?(configured text: String) {
    let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    var rest = text.utf8[digits.endIndex...]
    var decimals = Substring.UTF8View.SubSequence("".utf8)
    if rest.first == UInt8(ascii: ".") {
      decimals = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard (1...3).contains(decimals.count) else { return nil }
      rest = rest[decimals.endIndex...]
    }
    guard !digits.isEmpty, let unit = Self.units.first(where: { $0.name.utf8.elementsEqual(rest) }),
      let whole = Int64(Substring(digits)), let fraction = Int64(String(Substring(decimals)) + "000".dropFirst(decimals.count))
    else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: unit.nanoseconds)
    let (sum, carry) = product.addingReportingOverflow(fraction * (unit.nanoseconds / 1_000))
    if overflow || carry { return nil }
    self = .nanoseconds(sum)
  }

  /// Nanoseconds; what does not fit is cut to what does.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflow || carry ? (seconds < 0 ? .min : .max) : sum
  }

  /// The shortest form that ``init(configured:)`` reads back: `300ms`, `1.5s`, `2m`. Parts of a microsecond that do not fit
  /// into three decimals are lost.
  var configured: String {
    let total = nanoseconds
    for (name, unit) in Self.units where total >= unit && total % (unit / 1_000) == 0 && (total % unit == 0 || unit <= 1_000_000_000) {
      return "\(total / unit)\(Self.decimals(of: total % unit, unit))\(name)"
    }
    return total == 0 ? "0s" : "\(total / 1_000)\(Self.decimals(of: total % 1_000, 1_000))us"
  }

  private static func decimals(of remainder: Int64, _ unit: Int64) -> String {
    if remainder == 0 { return "" }
    var digits = String(1_000 + remainder / (unit / 1_000)).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "." + digits
  }
}

/// Durations as a configuration writes them: `100ms`, `1.5s`, `2m`.
extension Duration {
  /// The units, largest first, with their nanoseconds.
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000),
  ]

  /// Reads a number, with at most three decimals, and a unit: `h`, `m`, `s`, `ms` or `us`. Nil if it is anything else, or
  /// longer than 292 years.
  package init?(configured text: String) {
    let whole = text.prefix(while: Self.isDigit)
    var rest = text[whole.endIndex...]
    var decimals: Substring = ""
    if rest.first == "." {
      decimals = rest.dropFirst().prefix(while: Self.isDigit)
      guard (1...3).contains(decimals.count) else { return nil }
      rest = rest[decimals.endIndex...]
    }
    guard let unit = Self.units.first(where: { $0.name == rest }), let count = Int64(whole),
      let thousandths = Int64(decimals + "000".dropFirst(decimals.count))
    else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit.nanoseconds)
    let (sum, carry) = product.addingReportingOverflow(thousandths * (unit.nanoseconds / 1_000))
    if overflow || carry { return nil }
    self = .nanoseconds(sum)
  }

  private static func isDigit(_ character: Character) -> Bool {
    character.isASCII && character.isNumber
  }

  /// Nanoseconds; what does not fit is cut to what does.
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflow || carry ? (seconds < 0 ? .min : .max) : sum
  }

  /// A form that ``init(configured:)`` reads back: `300ms`, `1.5s`, `2m`. Less than a microsecond is `0s`.
  package var configured: String {
    let total = nanoseconds
    for (name, unit) in Self.units where total >= unit {
      if total % unit == 0 { return "\(total / unit)\(name)" }
      // "1.5m" is read, but "90s" is clearer.
      if unit <= 1_000_000_000, total % (unit / 1_000) == 0 {
        return "\(total / unit).\(Self.decimals(total % unit / (unit / 1_000)))\(name)"
      }
    }
    return "0s"
  }

  /// `5` for 500 thousandths, `05` for 50.
  private static func decimals(_ thousandths: Int64) -> String {
    var digits = String(1_000 + thousandths).dropFirst()
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    return String(digits)
  }
}

/// The runs of a test, and what they gave.
struct Figures {
  let test: Test
  let samples: [Sample]

  /// Grouped by test.
  static func group(_ samples: [Sample]) -> [Figures] {
    Dictionary(grouping: samples, by: \.test).map { Figures(test: $0.key, samples: $0.value) }
  }

  /// Median, least and greatest of a value; nil if no run gave it.
  func spread(_ key: String) -> Spread? { Spread(samples.compactMap { $0.values[key] }) }

  /// Of each quantile the median over the runs.
  func quantiles(_ key: String) -> [Double]? {
    let runs = samples.compactMap { $0.quantiles[key] }.filter { $0.count == Quantiles.places.count }
    return runs.isEmpty ? nil : Quantiles.places.indices.map { place in Spread(runs.map { $0[place] })?.median ?? 0 }
  }

  /// Of each quantile the greatest of all runs.
  func worstQuantiles(_ key: String) -> [Double]? {
    let runs = samples.compactMap { $0.quantiles[key] }.filter { $0.count == Quantiles.places.count }
    return runs.isEmpty ? nil : Quantiles.places.indices.map { place in runs.map { $0[place] }.max() ?? 0 }
  }

  /// Why runs gave nothing.
  var failures: [String] { samples.compactMap(\.failure) }
}

extension [Figures] {
  /// By addresses, contender, interval and load.
  func sorted() -> [Figures] {
    func place(_ test: Test) -> (Int, Int, Pace, Int) {
      (test.addresses, Contender.allCases.firstIndex(of: test.contender) ?? 0, test.pace, test.isLoaded ? 1 : 0)
    }
    return sorted { place($0.test) < place($1.test) }
  }

  /// On which days they were measured, and whose, where these were several: figures of different days are no run of turns.
  var measured: String {
    var contenders: [String: Set<Contender>] = [:]
    for sample in flatMap(\.samples) { contenders[sample.day, default: []].insert(sample.contender) }
    let days = contenders.sorted { $0.key > $1.key }.map { day, who in
      contenders.count == 1
        ? day : "\(day) (\(Contender.allCases.filter(who.contains).map(\.rawValue).joined(separator: ", ")))"
    }
    return "Measured on \(days.joined(separator: ", "))."
  }
}

/// Median, least and greatest of some values.
struct Spread {
  let median, least, greatest: Double

  init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    (least, greatest) = (first, last)
    let half = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  }
}

extension Double {
  /// For a reader: 1234 → `1,234`; below 100 with one digit after the point, below 10 with two.
  var spelled: String {
    if self < 0 { return "-" + (-self).spelled }
    let digits = self >= 99.95 || self == rounded() ? 0 : self >= 9.995 ? 1 : 2
    let scale = [1.0, 10, 100][digits]
    let whole = Int((self * scale).rounded())
    let front = String(String(whole / Int(scale)).reversed())
    var grouped = ""
    for (place, digit) in front.enumerated() {
      if place > 0, place % 3 == 0 { grouped.append(",") }
      grouped.append(digit)
    }
    let fraction = String(whole % Int(scale) + Int(scale)).dropFirst()
    return String(grouped.reversed()) + (digits == 0 ? "" : ".\(fraction)")
  }
}

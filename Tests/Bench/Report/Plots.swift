/// The document's plots, by the names of their files.
enum Plots {
  static func all(_ figures: [Figures]) -> [(name: String, plot: Plot)] {
    [("outage", outage(figures)), ("addresses", addresses(figures)), ("jitter", jitter(figures))].filter {
      !$0.plot.lines.isEmpty
    }
  }

  private static func colour(_ contender: Contender) -> String {
    switch contender {
    case .vipagent: "#0b62c4"
    case .keepalived: "#d2491a"
    case .heartbeat: "#2a8a3e"
    case .ucarp: "#8a4fbf"
    }
  }

  private static func outage(_ figures: [Figures]) -> Plot {
    let figures = figures.filter { $0.test.fault == .powerloss }
    let paces = Set(figures.map(\.test.pace)).sorted()
    return Plot(
      title: "Power loss: what a client sees", across: "keepalive; dead after three times that", up: "outage, ms",
      ticks: paces.map { (Plot.logarithm(Double($0.keepalive)), "\($0)") },
      lines: lines(figures, "outage_ms") { Plot.logarithm(Double($0.pace.keepalive)) })
  }

  private static func addresses(_ figures: [Figures]) -> Plot {
    let figures = figures.filter { $0.test.fault == .addresses }
    let counts = Set(figures.map(\.test.addresses)).sorted()
    var lines = lines(figures, "all_ms") { Plot.logarithm(Double($0.addresses)) }
    let alone = figures.filter { $0.test.contender == .vipagent }.compactMap { figure in
      point(figure, "kernel_ms", at: Plot.logarithm(Double(figure.test.addresses)))
    }.sorted { $0.x < $1.x }
    if !alone.isEmpty { lines.append(Plot.Line(name: "kernel alone", points: alone, colour: "#777", isDashed: true)) }
    return Plot(
      title: "From the first address added to the last announced", across: "addresses", up: "ms",
      ticks: counts.map { (Plot.logarithm(Double($0)), Double($0).spelled) }, lines: lines, floor: 0.01)
  }

  private static func lines(_ figures: [Figures], _ key: String, _ place: (Test) -> Double) -> [Plot.Line] {
    Contender.allCases.compactMap { contender in
      let points = figures.filter { $0.test.contender == contender }.compactMap { point($0, key, at: place($0.test)) }
      guard !points.isEmpty else { return nil }
      return Plot.Line(
        name: contender.rawValue, points: points.sorted { $0.x < $1.x }, colour: colour(contender))
    }
  }

  private static func point(_ figure: Figures, _ key: String, at x: Double) -> Plot.Point? {
    figure.spread(key).map { Plot.Point(x: x, y: $0.median, range: $0.least...$0.greatest) }
  }

  /// How much later than keepalive after the last one a heartbeat is on the wire.
  private static func jitter(_ figures: [Figures]) -> Plot {
    let first = Quantiles.places.firstIndex(of: 0.5) ?? 0
    let places = Quantiles.places.indices.dropFirst(first)
    let lines = figures.filter { $0.test.fault == .jitter }.sorted().compactMap { figure -> Plot.Line? in
      guard let late = figure.worstQuantiles("late_ms") else { return nil }
      let test = figure.test
      return Plot.Line(
        name: "\(test.contender.rawValue) \(test.pace)\(test.isLoaded ? ", loaded" : "")",
        points: places.map { Plot.Point(x: Double($0), y: late[$0]) },
        colour: test.contender == .vipagent && test.pace.keepalive < 10_000 ? "#12a0a8" : colour(test.contender),
        isDashed: !test.isLoaded)
    }
    return Plot(
      title: "How late heartbeats are, eightfold load and none", across: "of so many heartbeats (the last: all)",
      up: "later than keepalive after the last one, ms",
      ticks: places.map { (Double($0), percent(Quantiles.places[$0])) }, lines: lines)
  }

  static func percent(_ place: Double) -> String {
    let hundredths = Int((place * 10_000).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100)" + (rest == 0 ? "" : rest % 10 == 0 ? ".\(rest / 10)" : ".\(rest)") + " %"
  }
}

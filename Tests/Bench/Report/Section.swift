/// A part of the document: what was done, and a table for each thing that was measured.
struct Section {
  struct Measure {
    let title: String
    let key: String
    /// Only what is said of these tests belongs into the table.
    var includes: @Sendable (Test) -> Bool = { _ in true }
  }

  let title: String
  let fault: Fault
  let text: String
  let measures: [Measure]
  var plot: String?

  /// In Markdown.
  func text(_ all: [Figures]) -> String {
    let figures = all.filter { $0.test.fault == fault }
    guard !figures.isEmpty else { return "" }
    var lines = ["## \(title)", "", text, ""]
    if let plot { lines += ["![\(title)](benchmarks/\(plot).svg)", ""] }
    for measure in measures { lines += table(measure, figures.filter { measure.includes($0.test) }) }
    lines += [
      "Again: `make bench BENCH=\"--faults \(fault.rawValue)\"`; a single row: add "
        + "`--contenders CONTENDER --paces KEEPALIVE\(fault == .addresses ? " --addresses ADDRESSES" : "")`.", "",
    ]
    let failures = Set(figures.flatMap { figure in figure.failures.map { "\(figure.test.contender.rawValue): \($0)" } })
    if !failures.isEmpty {
      lines += ["Runs that gave no figure:", ""] + failures.sorted().map { "- \($0.prefix(400))" } + [""]
    }
    return lines.joined(separator: "\n")
  }

  private func table(_ measure: Measure, _ figures: [Figures]) -> [String] {
    let many = fault == .addresses
    let rows = figures.compactMap { figure in figure.spread(measure.key).map { (figure, $0) } }
    guard !rows.isEmpty else { return [] }
    var lines = [
      "| \(measure.title) | keepalive |\(many ? " addresses |" : "") runs | median | min | max | to the best peer |",
      "| --- | ---: |\(many ? " ---: |" : "") ---: | ---: | ---: | ---: | ---: |",
    ]
    for (figure, spread) in rows {
      let test = figure.test
      let peers = rows.filter { $0.0.test.contender != .vipagent && $0.0.test.addresses == test.addresses }
      lines.append(
        "| \(test.contender.rawValue)\(test.isLoaded ? ", loaded" : "") | \(test.pace) |\(many ? " \(test.addresses) |" : "") "
          + "\(figure.samples.count - figure.failures.count) | \(spread.median.spelled) | \(spread.least.spelled) | "
          + "\(spread.greatest.spelled) | \(Self.ratio(spread.median, to: peers.map(\.1.median).min())) |")
    }
    lines += ["", verdict(rows), ""]
    return lines
  }

  /// `0.25`; a dash where there is nothing to divide by.
  private static func ratio(_ value: Double, to best: Double?) -> String {
    guard let best, best > 0 else { return value == 0 && best == 0 ? "1" : "–" }
    return (value / best).spelled
  }

  /// Who is ahead, where everybody is compared with whom had as many addresses and the same interval, and at his best.
  private func verdict(_ rows: [(Figures, Spread)]) -> String {
    var sentences: [String] = []
    for addresses in Set(rows.map(\.0.test.addresses)).sorted() {
      let here = rows.filter { $0.0.test.addresses == addresses }
      let ours = here.filter { $0.0.test.contender == .vipagent }.map(\.1.median).min()
      guard let ours,
        let best = here.filter({ $0.0.test.contender != .vipagent }).min(by: { $0.1.median < $1.1.median })
      else { continue }
      let peer = "\(best.0.test.contender.rawValue) (\(best.0.test.pace))"
      let count = fault == .addresses ? "\(addresses) addresses: " : ""
      sentences.append(
        count
          + (ours == best.1.median
            ? "vipagent and \(peer) are equal."
            : ours < best.1.median ? "vipagent is ahead of \(peer)." : "**\(peer) is ahead of vipagent.**"))
    }
    for pace in Set(rows.map(\.0.test.pace)).sorted() where fault != .addresses && fault != .jitter {
      let here = rows.filter { $0.0.test.pace == pace }
      guard let ours = here.first(where: { $0.0.test.contender == .vipagent })?.1.median else { continue }
      let better = here.filter { $0.1.median < ours }.map(\.0.test.contender.rawValue)
      if !better.isEmpty { sentences.append("At \(pace): **\(better.joined(separator: " and ")) ahead of vipagent.**") }
    }
    return sentences.joined(separator: " ")
  }
}

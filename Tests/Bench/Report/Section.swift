/// A part of the document: what was done, and a table for each thing that was measured.
struct Section {
  struct Measure {
    let title: String
    let key: String
    /// Whether the contenders are to be judged by it.
    var isJudged = true
  }

  let title: String
  let fault: Fault
  let text: String
  let measures: [Measure]
  var plot: String?

  /// In Markdown.
  func text(_ all: [Figures]) -> String {
    let figures = all.filter { $0.test.fault == fault }.sorted()
    guard !figures.isEmpty else { return "" }
    var lines = ["## \(title)", "", text, ""]
    if let plot { lines += ["![\(title)](benchmarks/\(plot).svg)", ""] }
    for measure in measures { lines += table(measure, figures) }
    lines += [
      "Again: `make bench BENCH=\"--faults \(fault.rawValue)\"`; a single row: add "
        + "`--contenders CONTENDER --paces KEEPALIVE\(fault == .addresses ? " --addresses ADDRESSES" : "")`. \(figures.measured)",
      "",
    ]
    let failures = Set(figures.flatMap { figure in figure.failures.map { "\(figure.test.contender.rawValue): \($0)" } })
    if !failures.isEmpty {
      lines += ["Runs that gave no figure:", ""] + failures.sorted().map { "- \($0.prefix(400))" } + [""]
    }
    return lines.joined(separator: "\n")
  }

  private func table(_ measure: Measure, _ figures: [Figures]) -> [String] {
    let rows = figures.compactMap { figure in figure.spread(measure.key).map { Row(figures: figure, spread: $0) } }
    guard !rows.isEmpty else { return [] }
    let more = fault == .addresses ? "addresses" : "to the best peer at this keepalive"
    let head = [measure.title, "keepalive", "runs", "median", "min", "max", "to the best peer", more]
    let rule = ["---"] + Array(repeating: "---:", count: head.count - 1)
    let body = rows.map { row in
      let peers = rows.filter { !$0.isOurs && $0.test.addresses == row.test.addresses }
      let ratio = row.ratio(to: peers)
      return [
        row.test.contender.rawValue, "\(row.test.pace)", "\(row.figures.samples.count - row.figures.failures.count)",
        row.spread.median.spelled, row.spread.least.spelled, row.spread.greatest.spelled, ratio,
        fault == .addresses
          ? Double(row.test.addresses).spelled : row.ratio(to: peers.filter { $0.test.pace == row.test.pace }),
      ]
    }
    let lines = ([head, rule] + body).map { "| \($0.joined(separator: " | ")) |" }
    return lines + ["", measure.isJudged ? verdict(rows) : "Not the contenders' doing.", ""]
  }

  private struct Row {
    let figures: Figures
    let spread: Spread
    var test: Test { figures.test }
    var isOurs: Bool { test.contender == .vipagent }

    /// Of the medians, this one's to the best one's: `0.25`; a dash where there is nothing to divide by.
    func ratio(to peers: [Row]) -> String {
      guard let best = peers.map(\.spread.median).min(), best > 0 || spread.median == best else { return "–" }
      return best > 0 ? (spread.median / best).spelled : "1"
    }
  }

  /// Who is ahead: everybody at his best, and at each interval that several had.
  private func verdict(_ rows: [Row]) -> String {
    var sentences: [String] = []
    for addresses in Set(rows.map(\.test.addresses)).sorted() {
      let here = rows.filter { $0.test.addresses == addresses }
      let count = fault == .addresses ? "\(Double(addresses).spelled): " : ""
      if let sentence = comparison(here) { sentences.append(count + sentence) }
    }
    for pace in Set(rows.map(\.test.pace)).sorted() where fault != .addresses {
      let here = rows.filter { $0.test.pace == pace }
      if Set(rows.map(\.test.pace)).count > 1, let sentence = comparison(here) {
        sentences.append("At \(pace): \(sentence)")
      }
    }
    return sentences.joined(separator: " ")
  }

  private func comparison(_ rows: [Row]) -> String? {
    guard let ours = rows.filter(\.isOurs).map(\.spread.median).min(),
      let peer = rows.filter({ !$0.isOurs }).min(by: { $0.spread.median < $1.spread.median })
    else { return nil }
    let name = peer.test.contender.rawValue
    if ours == peer.spread.median { return "vipagent and \(name) are equal." }
    return ours < peer.spread.median ? "vipagent is ahead of \(name)." : "**\(name) is ahead of vipagent.**"
  }
}

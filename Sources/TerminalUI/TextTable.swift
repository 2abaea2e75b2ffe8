import Support

/// Rows whose cells stand below each other, each with lines of its own below it.
package struct TextTable: Sendable {
  /// A column, with what stands above it.
  package struct Column: Sendable {
    package let title: String
    /// Aligned at the right.
    package var isNumber = false
    /// So many columns of the terminal are left to it where room is scarce; nil where it is never cut.
    package var least: Int?

    package init(title: String, isNumber: Bool = false, least: Int? = nil) {
      self.title = title
      self.isNumber = isNumber
      self.least = least
    }
  }

  private static let gap = 2
  /// So many columns are shown however narrow the terminal is.
  private static let fewest = 2

  let columns: [Column]
  private var rows: [(cells: [InkedText], details: [ReportLine])] = []

  package init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row.
  /// - Parameter cells: as many as there are columns.
  package mutating func add(_ cells: [InkedText], details: [ReportLine] = []) { rows.append((cells, details)) }

  /// The titles and the rows; none where there is no row.
  /// - Parameter importance: of the titles and of the rows; details have their own.
  package func lines(width: Int, _ importance: ReportLine.Importance) -> [ReportLine] {
    guard !rows.isEmpty else { return [] }
    let widths = widths(within: width)
    let titles = columns.map { InkedText($0.title, .bold) }
    return [ReportLine(line(titles, widths), importance)]
      + rows.flatMap { row in [ReportLine(line(row.cells, widths), importance)] + row.details }
  }

  private func line(_ cells: [InkedText], _ widths: [Int]) -> InkedText {
    var line = InkedText("")
    for (place, cell) in cells.enumerated().prefix(widths.count) {
      if place > 0 { line += InkedText(String(repeating: " ", count: Self.gap)) }
      let isLast = place == widths.count - 1 && !columns[place].isNumber
      line +=
        isLast ? cell.clipped(to: widths[place]) : cell.filled(to: widths[place], isNumber: columns[place].isNumber)
    }
    return line
  }

  /// As wide as the widest cell, unless the line would be too long: then the widest of those that may be cut give way,
  /// and when that is not enough, the last column is left out, and the one before.
  private func widths(within width: Int) -> [Int] {
    for count in (Self.fewest...max(columns.count, Self.fewest)).reversed() {
      let widths = widths(ofFirst: min(count, columns.count), within: width)
      if Self.length(widths) <= width || count == Self.fewest { return widths }
    }
    return []
  }

  private static func length(_ widths: [Int]) -> Int { widths.reduce(0, +) + gap * (widths.count - 1) }

  private func widths(ofFirst count: Int, within width: Int) -> [Int] {
    var widths = columns.indices.prefix(count).map { place in
      rows.map { $0.cells[place].columns }.reduce(columns[place].title.columns, max)
    }
    while Self.length(widths) > width {
      let flexible = widths.indices.filter { place in columns[place].least.map { widths[place] > $0 } ?? false }
      guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
    }
    return widths
  }
}

/// A line of a report, and how much it matters where there is no room for all.
package struct ReportLine: Equatable, Sendable {
  /// What is shown first, and left out last.
  package enum Importance: Int, Comparable, Sendable {
    case headline, alarm, group, peer, events, detail, numbers, trivia

    package static func < (left: Importance, right: Importance) -> Bool { left.rawValue < right.rawValue }
  }

  package let text: InkedText
  package let importance: Importance

  package init(_ text: InkedText, _ importance: Importance) {
    self.text = text
    self.importance = importance
  }
}

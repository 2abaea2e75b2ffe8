/// The text of a configuration file, for showing the line that a diagnostic is about.
package struct SourceText: Sendable {
  private let lines: [ArraySlice<UInt8>]

  /// Splits at line feeds; the carriage return of a CRLF belongs to no line.
  package init(_ text: [UInt8]) {
    // A byte order mark is no character of the first line: toml++ does not count it either.
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    lines = text[(text.starts(with: mark) ? mark.count : 0)...]
      .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
  }

  /// How many characters of a line are shown; more than that was not written by a person.
  private static let longestExcerpt = 160
  /// How many characters of a value or a key are quoted in a sentence.
  private static let longestQuote = 60

  /// A range as it is written in the file, for quoting in a sentence: its first line, no longer than a sentence bears.
  package func quote(_ range: SourceRange) -> String {
    let line = scalars(ofLine: range.start.line)
    let start = min(max(range.start.column - 1, 0), line.count)
    let end = range.end.line == range.start.line ? min(max(range.end.column - 1, start), line.count) : line.count
    let shown = line[start..<min(end, start + Self.longestQuote)].map(Self.visible).joined()
    return end > start + Self.longestQuote || range.end.line > range.start.line ? shown + "…" : shown
  }

  /// The line a range begins on, with its number, and below it `^~~~` under the range. Nil if there is no such line.
  package func excerpt(_ range: SourceRange) -> String? {
    guard (1...lines.count).contains(range.start.line) else { return nil }
    let line = scalars(ofLine: range.start.line)
    let column = min(max(range.start.column - 1, 0), line.count)
    // Of a line that is too long, show the surroundings of the range.
    let first = column > Self.longestExcerpt * 3 / 4 ? column - Self.longestExcerpt / 4 : 0
    let last = min(first + Self.longestExcerpt, line.count)
    let end = range.end.line == range.start.line ? min(range.end.column - 1, last) : last
    let marked = line[column..<max(column, end)].map { Self.visible($0).unicodeScalars.count }.reduce(0, +)

    let number = String(range.start.line)
    let margin = String(repeating: " ", count: max(5, number.count))
    let head = first > 0 ? "…" : ""
    let tail = last < line.count ? "…" : ""
    let indent = line[first..<column].map { $0 == "\t" ? "\t" : Self.blank($0) }.joined()
    return """
      \(margin.dropLast(number.count))\(number) | \(head)\(line[first..<last].map(Self.visible).joined())\(tail)
      \(margin) | \(head.isEmpty ? "" : " ")\(indent)^\(String(repeating: "~", count: max(marked - 1, 0)))
      """
  }

  private func scalars(ofLine number: Int) -> [Unicode.Scalar] {
    guard (1...lines.count).contains(number) else { return [] }
    return Array(String(decoding: lines[lines.startIndex + number - 1], as: UTF8.self).unicodeScalars)
  }

  private static func blank(_ scalar: Unicode.Scalar) -> String {
    String(repeating: " ", count: visible(scalar).unicodeScalars.count)
  }

  /// A character as a terminal may be shown it. What moves the cursor, changes colours or turns the direction of writing is
  /// spelled out as TOML would: `\u001b`. Tabs stay, for the line and for what stands below it.
  static func visible(_ scalar: Unicode.Scalar) -> String {
    switch scalar.properties.generalCategory {
    case .control where scalar == "\t": return "\t"
    case .control, .format, .lineSeparator, .paragraphSeparator:
      return UInt16(exactly: scalar.value).map { "\\u" + $0.hex } ?? "\\U" + scalar.value.hex
    default: return String(scalar)
    }
  }

  /// A text as a terminal may be shown it.
  package static func visible(_ text: String) -> String {
    text.unicodeScalars.map { visible($0) }.joined()
  }

  /// A text of any length as a sentence bears it. A `Character` may be of any length, too: scalars are counted.
  package static func beginning(of text: String) -> String {
    text.unicodeScalars.prefix(longestQuote).map { visible($0) }.joined()
  }
}

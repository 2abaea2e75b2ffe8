/// Where a character stands. Both count from 1; a column is a Unicode scalar value, a tab is one.
struct SourcePosition: Comparable, Hashable, Sendable {
  var line: Int
  var column: Int

  static func < (left: Self, right: Self) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// From a first character to the one behind the last.
struct SourceRange: Hashable, Sendable {
  var start: SourcePosition
  var end: SourcePosition

  /// Where the whole document begins: the place of what is missing at the top level.
  static let top = SourceRange(
    start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 1))
}

import Lab
import Linux

/// What a terminal would show: so much of ECMA-48 as a program needs that draws whole pictures.
struct TerminalScreen {
  private(set) var rows: [[Unicode.Scalar]]
  /// Whether the alternate screen is shown, and the cursor.
  private(set) var isAlternate = false
  private(set) var showsCursor = true
  private var columns: Int
  private var (row, column) = (0, 0)
  private var pending: [UInt8] = []

  init(columns: Int, lines: Int) {
    self.columns = columns
    rows = Array(repeating: Array(repeating: " ", count: columns), count: lines)
  }

  /// The lines, without the blanks at their ends.
  var lines: [String] {
    rows.map { row in
      var text = String.UnicodeScalarView()
      text.append(contentsOf: row)
      return String(text.reversed().drop { $0 == " " }.reversed().map(Character.init))
    }
  }

  var text: String { lines.joined(separator: "\n") }

  mutating func resize(columns: Int, lines: Int) { self = TerminalScreen(columns: columns, lines: lines, like: self) }

  private init(columns: Int, lines: Int, like other: TerminalScreen) {
    self.init(columns: columns, lines: lines)
    (isAlternate, showsCursor, pending) = (other.isAlternate, other.showsCursor, other.pending)
  }

  /// Takes what a program has written; what is cut in the middle waits for its end.
  mutating func take(_ bytes: [UInt8]) {
    pending += bytes
    while let length = lengthOfNext() {
      let item = Array(pending.prefix(length))
      pending.removeFirst(length)
      if item[0] == 0x1b { obey(item) } else { show(item) }
    }
  }

  private func lengthOfNext() -> Int? {
    guard let first = pending.first else { return nil }
    if first == 0x1b {
      return pending.dropFirst(2).firstIndex { (0x40...0x7e).contains($0) }.map { $0 + 1 }
    }
    let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    return pending.count >= length ? length : nil
  }

  private mutating func obey(_ sequence: [UInt8]) {
    switch String(decoding: sequence.dropFirst(2), as: UTF8.self) {
    case "H": (row, column) = (0, 0)
    case "K": blank(row, from: column)
    case "J":
      blank(row, from: column)
      for below in rows.indices.dropFirst(row + 1) { blank(below, from: 0) }
    case "2J": for place in rows.indices { blank(place, from: 0) }
    case "?1049h": isAlternate = true
    case "?1049l": isAlternate = false
    case "?25h": showsCursor = true
    case "?25l": showsCursor = false
    default: break
    }
  }

  private mutating func blank(_ place: Int, from start: Int) {
    guard rows.indices.contains(place) else { return }
    for cell in rows[place].indices where cell >= start { rows[place][cell] = " " }
  }

  private mutating func show(_ bytes: [UInt8]) {
    switch bytes {
    case [0x0d]: column = 0
    case [0x0a]: row = min(row + 1, rows.count - 1)
    default:
      guard let scalar = String(decoding: bytes, as: UTF8.self).unicodeScalars.first else { return }
      rows[row][column] = scalar
      column = min(column + 1, columns - 1)
    }
  }
}

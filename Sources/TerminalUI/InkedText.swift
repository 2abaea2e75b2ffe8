import Support

/// One line, or a part of one, in several inks. It is fit to be printed whatever it was made of: nothing in it moves the
/// cursor, starts another line or turns the direction of writing.
package struct InkedText: Equatable, Sendable, ExpressibleByStringLiteral {
  private struct Piece: Equatable, Sendable {
    var text: String
    var ink: Style.Ink?
  }

  private var pieces: [Piece]

  /// A text in an ink; what could steer a terminal is spelled out.
  package init(_ text: String, _ ink: Style.Ink? = nil) {
    pieces = text.isEmpty ? [] : [Piece(text: text.printable, ink: ink)]
  }

  package init(stringLiteral text: String) { self.init(text) }

  package static func + (left: InkedText, right: InkedText) -> InkedText {
    var sum = left
    sum.pieces += right.pieces
    return sum
  }

  static func += (left: inout InkedText, right: InkedText) { left = left + right }

  /// How many columns it takes.
  package var columns: Int { pieces.map(\.text.columns).reduce(0, +) }

  /// No more columns than these; what is left out becomes an ellipsis.
  package func clipped(to limit: Int) -> InkedText {
    if columns <= limit { return self }
    var result = InkedText("")
    var rest = limit
    for piece in pieces where rest > 0 {
      let text = piece.text.columns < rest ? piece.text : piece.text.clipped(to: rest)
      result.pieces.append(Piece(text: text, ink: piece.ink))
      rest -= max(text.columns, 1)
      if text != piece.text { break }
    }
    return result
  }

  /// Exactly so many columns, with blanks after it, or before it.
  package func filled(to width: Int, isNumber: Bool = false) -> InkedText {
    let text = clipped(to: width)
    let blanks = InkedText(String(repeating: " ", count: max(0, width - text.columns)))
    return isNumber ? blanks + text : text + blanks
  }

  /// The bytes for a terminal, or for what is none.
  package func painted(_ style: Style) -> String {
    pieces.map { piece in piece.ink.map { style.paint(piece.text, $0) } ?? piece.text }.joined()
  }
}

/// How a text stands out on a terminal (ECMA-48 SGR); where colours are off it does not.
package struct Style: Sendable {
  /// Whether escape sequences are written at all.
  let isColoured: Bool

  package init(isColoured: Bool) {
    self.isColoured = isColoured
  }

  /// What a text is for, with the number of its rendition.
  package enum Ink: Int, Sendable {
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
    case cyan = 36
  }

  /// The text in that ink, back to normal after it.
  package func paint(_ text: String, _ ink: Ink) -> String {
    isColoured ? "\u{1b}[\(ink.rawValue)m\(text)\u{1b}[0m" : text
  }
}

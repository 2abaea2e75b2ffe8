/// How a text stands out on a terminal (ECMA-48 SGR); where colours are off it does not.
struct Style: Sendable {
  /// Whether escape sequences are written at all.
  let isColoured: Bool

  /// What a text is for, with the number of its rendition.
  enum Ink: Int, Sendable {
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
    case cyan = 36
  }

  /// The text in that ink, back to normal after it.
  func paint(_ text: String, _ ink: Ink) -> String {
    isColoured ? "\u{1b}[\(ink.rawValue)m\(text)\u{1b}[0m" : text
  }
}

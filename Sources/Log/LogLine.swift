/// A message fit to be printed: whatever its sentence was made of, it is one line, bounded, and does nothing to a
/// terminal.
package struct LogLine: Equatable, Sendable {
  /// The most bytes of ``text``.
  static let longest = 2_000

  /// What is said; its text is UTF-8 without a control character, and ends with `…` where it was longer than
  /// ``longest``.
  package let message: Message
  /// When it was said: milliseconds since 1970 (`CLOCK_REALTIME`). What is written late still tells when it happened.
  package let milliseconds: Int64

  /// Takes any message; what could forge a second line or steer a terminal is escaped as Swift would: `\n`, `\u{1B}`.
  init(_ message: Message, at milliseconds: Int64) {
    let text = message.text
    self.message = Self.isPlain(text) ? message : Message(message.kind, Self.printable(text), message.fields)
    self.milliseconds = milliseconds
  }

  package var text: String { message.text }
  package var priority: Priority { message.kind.priority }

  /// Nearly every line is: short, and of ASCII that prints.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.count <= longest && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
  }

  private static func printable(_ text: String) -> String {
    let ellipsis: Unicode.Scalar = "…"
    var result = String.UnicodeScalarView()
    var (scalars, length) = (0, 0)
    // How much of it remains if the rest has to make room for the ellipsis.
    var kept = 0
    for scalar in text.unicodeScalars {
      for shown in escaped(scalar) {
        result.append(shown)
        scalars += 1
        length += UTF8.width(shown)
      }
      if length > longest {
        result.removeLast(scalars - kept)
        result.append(ellipsis)
        break
      }
      if length <= longest - UTF8.width(ellipsis) { kept = scalars }
    }
    return String(result)
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView {
    switch scalar.properties.generalCategory {
    // Format characters turn the direction of writing, which hides what a line really says.
    case .control, .format, .lineSeparator, .paragraphSeparator: scalar.escaped(asASCII: true).unicodeScalars
    default: String.UnicodeScalarView(CollectionOfOne(scalar))
    }
  }
}

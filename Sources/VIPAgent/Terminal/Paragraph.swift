/// Running text in lines that fit.
enum Paragraph {
  /// Breaks a text at its blanks. A word that is longer than a line stands on one of its own.
  /// - Parameter width: the most characters of a line, at least 1.
  static func wrap(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    return line.isEmpty ? lines : lines + [line]
  }
}

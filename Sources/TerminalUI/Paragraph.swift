/// Running text in lines that fit.
package enum Paragraph {
  /// Breaks a text at its blanks, but not within a length of time. A word that is longer than a line stands on one of its
  /// own.
  /// - Parameter width: the most characters of a line, at least 1.
  package static func wrap(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in words(of: text) {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? word : " \(word)"
    }
    return line.isEmpty ? lines : lines + [line]
  }

  private static let units: Set<Substring> = ["µs", "ms", "s", "min", "h", "d"]

  private static func words(of text: String) -> [String] {
    var words: [String] = []
    for word in text.split(separator: " ") {
      let unit = word.prefix { $0.isLetter }
      guard units.contains(unit), let number = words.last, number.last?.isNumber == true else {
        words.append(String(word))
        continue
      }
      words[words.count - 1] = "\(number) \(word)"
      // "2 h 14 min" is one length.
      if words.count > 1, isLength(words[words.count - 2]) { words[words.count - 2] += " \(words.removeLast())" }
    }
    return words
  }

  private static func isLength(_ word: String) -> Bool {
    word.first?.isNumber == true && word.split(separator: " ").last.map { units.contains($0) } ?? false
  }
}

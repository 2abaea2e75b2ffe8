import Support

/// What is wrong with a command line, as a compiler says it: the rule, the line with the place marked, a hint.
package struct CommandLineError: Error, CustomStringConvertible {
  /// What was typed after the program's name.
  let arguments: [String]
  /// The rule, as the argument parser puts it, with its own hint behind it: "Unknown option '--jsno'. Did you mean …?".
  let message: String
  /// What the parser knows about the option in question: "--listen <time>  How long to listen"; nil if it does not say.
  let help: String?
  /// The names of all commands.
  let commands: [String]

  package var description: String {
    let sentences = sentences
    let hints =
      sentences.dropFirst().map { Self.lowered($0) } + [help.map(Self.explained), reference].compactMap(\.self)
    return (["vipagent: error: \(Self.lowered(sentences.first ?? message))"] + excerpt + hints.map { "  hint: \($0)" })
      .joined(separator: "\n")
  }

  /// Where more can be read.
  private var reference: String {
    let command = arguments.first.flatMap { commands.contains($0) ? "vipagent \($0)" : nil } ?? "vipagent"
    return "`\(command) --help` has all there is"
  }

  /// The sentences of the message, without their full stops.
  private var sentences: [String] {
    var sentences: [String] = []
    var rest = message.printable[...]
    while let end = rest.firstRange(of: ". ") {
      sentences.append(String(rest[..<end.lowerBound]))
      rest = rest[end.upperBound...]
    }
    sentences.append(String(rest.hasSuffix(".") ? rest.dropLast() : rest))
    return sentences
  }

  // MARK: - The line

  /// The line as it was typed, more or less, and below it what is meant.
  private var excerpt: [String] {
    guard !arguments.isEmpty else { return [] }
    var line = "  vipagent", start = 0, length = 0
    for (place, argument) in arguments.enumerated() {
      line += " "
      if place == culprit { (start, length) = (line.columns, argument.printable.columns) }
      line += argument.printable
    }
    // What is missing is missing at the end.
    if length == 0 { (start, length) = (line.columns + 1, 1) }
    let mark = String(repeating: " ", count: start) + "^" + String(repeating: "~", count: max(length, 1) - 1)
    return [line, mark]
  }

  /// The argument that the message speaks of; the last one of them if there are several.
  private var culprit: Int? {
    let words = message.split(separator: " ").map { $0.trimmingQuotes }
    for word in words where !word.isEmpty {
      let place = arguments.lastIndex { $0 == word || word.hasPrefix("-") && $0.hasPrefix("\(word)=") }
      if let place { return place }
    }
    return nil
  }

  // MARK: - Words

  /// "--listen <time>  How long to listen." becomes "--listen <time>: how long to listen".
  private static func explained(_ help: String) -> String {
    guard let gap = help.firstRange(of: "  ") else { return help }
    let text = help[gap.upperBound...].drop { $0 == " " }
    return "\(help[..<gap.lowerBound]): \(lowered(String(text.hasSuffix(".") ? text.dropLast() : text)))"
  }

  private static func lowered(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }
}

extension Substring {
  /// Without quotes around it, and without what ends a sentence.
  fileprivate var trimmingQuotes: String {
    let marks: Set<Character> = ["'", ".", ",", ":", "?"]
    return String(drop { marks.contains($0) }.reversed().drop { marks.contains($0) }.reversed())
  }
}

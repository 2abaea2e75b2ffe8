import Support

/// One thing that is wrong with a configuration: where, which rule it breaks, and what to do about it.
package struct ConfigDiagnostic: Equatable, Sendable {
  /// Where; nil for what no line of the file is to blame for.
  package let position: SourcePosition?
  /// The value as it is written, and the rule it breaks.
  package let message: String
  /// The line with the place marked below it.
  let excerpt: String?
  /// What to write instead.
  package let hint: String?

  /// Describes a problem of the file as a whole.
  init(_ message: String, hint: String? = nil) {
    position = nil
    self.message = message
    excerpt = nil
    self.hint = hint
  }

  /// Describes a problem at a place. What is missing from the top level has none: it gets line 1, but no excerpt.
  init(_ message: String, at range: SourceRange, of text: SourceText, hint: String? = nil) {
    position = range.start
    self.message = message
    excerpt = range == .top ? nil : text.excerpt(range)
    self.hint = hint
  }

  /// The form of a good compiler: `file:line:column: error: …`, the line, the place, the hint.
  /// - Parameter word: `error` or `warning`.
  package func description(file: String, as word: String = "error") -> String {
    let place = position.map { ":\($0.line):\($0.column)" } ?? ""
    let lines = ["\(file)\(place): \(word): \(message)", excerpt, hint.map { "  hint: \($0)" }]
    return lines.compactMap(\.self).joined(separator: "\n")
  }
}

/// What is wrong with a configuration file, in the order of the file.
package struct ConfigError: Error, Equatable, Sendable, CustomStringConvertible {
  let file: String
  package let diagnostics: [ConfigDiagnostic]
  /// How many more there are.
  let omitted: Int

  package init(file: String, _ diagnostics: [ConfigDiagnostic], omitted: Int = 0) {
    self.file = file
    self.diagnostics = diagnostics
    self.omitted = omitted
  }

  package var description: String {
    let name = SourceText.visible(file)
    var paragraphs = diagnostics.map { $0.description(file: name) }
    if omitted > 0 { paragraphs.append("\(name): \(omitted) more errors not shown") }
    return paragraphs.joined(separator: "\n")
  }
}

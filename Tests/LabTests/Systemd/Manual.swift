import Lab
import Testing

/// What a document tells an administrator to do, for the test to do: its blocks of code that have a kind, such as `sh`, in
/// their order. Blocks without a kind only show something.
struct Manual {
  /// Where something is to be done.
  enum Place: Equatable {
    case hosts([String])
    case everyNode
  }

  /// A block of code; its first line says what is to be done with it.
  enum Block: Equatable {
    /// A file, or lines to be added to one.
    case file(path: String, text: String, isAdded: Bool, place: Place)
    /// Lines of a file to be found, some with `-` to be taken out, and lines with `+` to be put there.
    case change(path: String, lines: [String], place: Place)
    /// Commands for the machine that builds.
    case build(lines: [String])
    case commands(place: Place, lines: [String])
  }

  /// A chapter of the document; what comes before the first heading belongs to the one without a title.
  struct Section {
    let title: String
    let blocks: [Block]
  }

  let path: String
  let sections: [Section]

  /// - Parameter path: from the top of the repository.
  /// - Throws: a block that does not say what is to be done with it.
  init(_ path: String) throws {
    self.path = path
    sections = try "\n\(contents(of: repositoryPath(path)))".split(separator: "\n## ").map { text in
      let title = text.split(separator: "\n").first.map { String($0) } ?? ""
      return Section(title: title, blocks: try Self.blocks(of: String(text), in: path))
    }
  }

  var blocks: [Block] { sections.flatMap(\.blocks) }

  private static func blocks(of text: String, in path: String) throws -> [Block] {
    try text.split(separator: "\n```").dropFirst().enumerated().compactMap { index, part in
      let lines = part.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      guard index % 2 == 0, !lines[0].isEmpty else { return nil }
      guard let title = lines.dropFirst().first, let block = block(kind: lines[0], title: title, lines) else {
        throw CommandFailed("\(path): what is to be done with this, and where? \(lines)")
      }
      return block
    }
  }

  private static func block(kind: String, title: String, _ lines: [String]) -> Block? {
    let rest = Array(lines.dropFirst(2))
    if kind == "sh" {
      if title == "# on the machine that builds" { return .build(lines: rest) }
      return title.hasPrefix("# on ") ? .commands(place: place(title.dropFirst(5)), lines: rest) : nil
    }
    // The whole text is the file, its first line too, where that is a comment in the file's own language.
    guard let match = title.wholeMatch(of: #/(?:\#|//) (add to )?(/[^ ,]+)(?:, on (.+))?/#) else { return nil }
    let (path, place) = (String(match.output.2), place(match.output.3 ?? "loadb1"))
    if kind == "diff" { return .change(path: path, lines: rest, place: place) }
    let isAdded = match.output.1 != nil
    let text = (isAdded ? rest : Array(lines.dropFirst())).map { "\($0)\n" }.joined()
    return .file(path: path, text: text, isAdded: isAdded, place: place)
  }

  private static func place(_ words: Substring) -> Place {
    switch words {
    case "both hosts": .hosts(["loadb1", "loadb2"])
    case "every node": .everyNode
    default: .hosts(words.replacing(" and ", with: ", ").split(separator: ", ").map { String($0) })
    }
  }
}

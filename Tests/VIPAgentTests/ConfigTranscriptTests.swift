import Testing

@testable import Configuration
@testable import Support

/// Tests/Transcripts/refused-configurations.txt, which says itself how it is to be read.
struct RefusedConfiguration: Sendable, CustomTestStringConvertible {
  /// Where the case stands in the transcript.
  let line: Int
  let text: String
  let said: String

  var testDescription: String { "line \(line)" }

  static let all: [RefusedConfiguration] = {
    let path = repositoryPath("Tests/Transcripts/refused-configurations.txt")
    guard let bytes = try? readFile(path, limit: 1 << 20) else { return [] }
    return parse(String(decoding: bytes, as: UTF8.self))
  }()

  private static func parse(_ transcript: String) -> [RefusedConfiguration] {
    var base: [Substring] = []
    var cases: [RefusedConfiguration] = []
    let lines = transcript.split(separator: "\n", omittingEmptySubsequences: false)
    var index = lines.startIndex
    func block() -> [Substring] {
      let indented = lines[index...].prefix { $0.hasPrefix("  ") || $0.isEmpty }
      index += indented.count
      return indented.map { $0.dropFirst(2) }
    }
    while index < lines.endIndex {
      let number = index + 1
      let words = lines[index].split(separator: " ")
      index += 1
      guard words.count == 2, words[0] == "==" else { continue }
      var text = block()
      if words[1] == "base" {
        base = Array(text.prefix { !$0.isEmpty })
        continue
      }
      if let replaced = Int(words[1]) { text = base[..<(replaced - 1)] + text + base[replaced...] }
      index += 1
      let said = block().prefix { !$0.isEmpty }
      cases.append(
        RefusedConfiguration(
          line: number, text: text.joined(separator: "\n"), said: said.joined(separator: "\n")))
    }
    return cases
  }
}

/// A path from the top of the repository.
func repositoryPath(_ path: String, file: String = #filePath) -> String {
  file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/" + path
}

struct ConfigTranscriptTests {
  @Test func everyRuleIsThere() {
    #expect(RefusedConfiguration.all.count > 150)
  }

  @Test(arguments: RefusedConfiguration.all)
  func isRefused(_ refused: RefusedConfiguration) {
    let error = #expect(throws: ConfigError.self) {
      try LoadedConfiguration(parsing: Array(refused.text.utf8), file: "config.toml")
    }
    // Editors strip white space at the ends of lines, here and there.
    let said = error?.description.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
    #expect(said == refused.said)
  }
}

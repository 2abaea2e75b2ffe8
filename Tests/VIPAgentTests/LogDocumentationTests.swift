import Glibc
import TakeoverCore
import Testing

@testable import Agent
@testable import Log
@testable import Support

@Suite struct LogDocumentationTests {
  @Test func everyKindHasAnExample() throws {
    let kinds = try MessageExamples.all().map(\.kind)
    #expect(Set(MessageKind.allCases).subtracting(kinds).isEmpty)
  }

  @Test func everyKindIsSomethingOfItsOwn() {
    let entries = MessageKind.allCases.map(\.entry)
    #expect(Set(entries.map(\.id)).count == entries.count)
    #expect(Set(entries.map(\.subject)).count == entries.count)
    for entry in entries {
      #expect(entry.id.utf8.count == 32 && entry.id.allSatisfy { $0.isHexDigit && !$0.isUppercase }, "\(entry.id)")
      #expect(entry.meaning.hasSuffix(".") && entry.advice?.hasSuffix(".") != false, "\(entry.subject)")
    }
  }

  /// What needs somebody's hand says what the hand is to do.
  @Test(arguments: MessageKind.allCases) func whatIsBadHasAdvice(kind: MessageKind) {
    #expect(kind.priority > .warning || kind.entry.advice != nil)
  }

  @Test func everyFieldIsExplained() throws {
    let manual = try LogDocumentation().manual
    for field in MessageField.allCases {
      #expect(manual.contains("| `\(field.rawValue)`") || manual.contains(", `\(field.rawValue)`"))
    }
  }

  /// The query for takeovers finds each of them once, however it came about.
  @Test(arguments: [
    (Cause.noOwner, "start"), (.handOver(from: NodeIndex(0)), "planned"), (.ownerLetGo(NodeIndex(0)), "planned"),
    (.ownerDead(NodeIndex(0), silence: .milliseconds(302), missed: 3), "unplanned"), (.forced, "unplanned"),
  ]) func theQueryForTakeoversFindsAll(_ cause: Cause, _ kind: String) throws {
    let manual = try LogDocumentation().manual
    let query = try #require(manual.split(separator: "\n").first { $0.contains("# every takeover") })
    let wanted = try #require(query.firstMatch(of: /VIPAGENT_KIND=(\w+)/)).output.1
    var formatter = MessageFormatter(generation: try MessageExamples().generation)
    let group = GroupIndex(0)
    let reports: [Report] = [
      .transitioned(group, from: .standby, to: .claiming, cause, term: 2),
      .transitioned(group, from: .claiming, to: .owner, .announced, term: 2), .tookOver(Timeline()),
    ]
    let messages = reports.compactMap { formatter.message(for: $0, at: .origin) }
    let found = messages.filter { $0.kind.rawValue == wanted }
    #expect(found.count == 1 && messages.count == 2, "\(messages.map(\.text))")
    #expect(found.first?.fields[.takeover] == kind && found.first?.fields[.reason] != nil)
  }

  @Test func theFilesSayWhatTheTableSays() throws {
    let documentation = try LogDocumentation()
    try compare(documentation.manual, with: "docs/log.md")
    try compare(documentation.catalog, with: "packaging/vipagent.catalog")
  }

  /// With VIPAGENT_WRITE_DOCUMENTATION=1 in the environment the file is written instead.
  private func compare(_ text: String, with path: String) throws {
    let file = repositoryPath(path)
    if getenv("VIPAGENT_WRITE_DOCUMENTATION") != nil {
      mkdir(repositoryPath("packaging"), 0o755)
      let stream = try #require(fopen(file, "w"))
      defer { fclose(stream) }
      fputs(text, stream)
    }
    let found = (try? readFile(file, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
    let command = "VIPAGENT_WRITE_DOCUMENTATION=1 swift test --filter LogDocumentationTests"
    #expect(found == text, "\(path) is not what the table of messages says; this writes it anew: \(command)")
  }
}

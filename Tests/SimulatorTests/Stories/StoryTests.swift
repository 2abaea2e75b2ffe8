import Simulator
import Testing

@testable import Support

/// Tests/Stories: what happens on the nights that an administrator cares about, to the tenth of a millisecond.
@Suite(.serialized) struct StoryTests {
  private static let hint = """
    If the new text is right, VIPAGENT_ACCEPT=1 swift test --filter StoryTests writes it; \
    `vipagent-sim replay FILE` plays it with everything that is left out here.
    """

  @Test(arguments: Story.names)
  func isTold(_ name: String) throws {
    let story = try Story(name: name)
    let schedule = try Schedule(text: story.head)
    #expect(schedule.groups.count == 1)
    let outcome = schedule.play(keepsJournal: true)
    #expect(outcome.violation == nil, "\(outcome.transcript ?? "")")
    var teller = try Storyteller(schedule)
    let told = story.head + (try teller.tell(outcome.journal?.moments ?? []))
    if Story.isAccepting { return try Story.write(told, to: story.path) }
    let difference = difference(from: story.text, to: told)
    #expect(difference == "", "Tests/Stories/\(name).txt is told differently now:\n\(difference)\n\(Self.hint)")
  }

  @Test func theIndexIsComplete() throws {
    let index = try storyIndex()
    let path = repositoryPath("docs/stories.md")
    if Story.isAccepting { return try Story.write(index, to: path) }
    let written = String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self)
    let difference = difference(from: written, to: index)
    #expect(difference == "", "docs/stories.md does not agree with Tests/Stories:\n\(difference)\n\(Self.hint)")
    #expect(Story.names.count >= 20)
  }
}

/// docs/stories.md: every story with what its clients noticed.
private func storyIndex() throws -> String {
  var lines = [
    "# Stories",
    "",
    "What happens on the nights that an administrator cares about, told by the real protocol core in virtual time: one",
    "timeline of all nodes each, in the words of the log, with what the kernels have, what the wire answers and what a",
    "client notices. A test compares them exactly (`swift test --filter StoryTests`; `VIPAGENT_ACCEPT=1` writes them",
    "anew, and this page), and `vipagent-sim replay FILE` plays one with every detail. The same faults on real kernels",
    "stand in [faults.md](faults.md); the rules behind them in [protocol.md](protocol.md).",
    "",
    "The column `has` shows whose kernels have the address: `1·` is loadb1's alone, `··` is nobody's, `12` is both.",
    "Sessions are random; `the operator` is whoever types.",
    "",
    "| story | clients | the address |",
    "| --- | --- | --- |",
  ]
  for name in Story.names {
    let story = try Story(name: name)
    let ends = ["clients: ", "address: "].map { word in
      story.timeline.split(separator: "\n").last { $0.hasPrefix(word) }.map { String($0.dropFirst(word.count)) } ?? "?"
    }
    lines.append("| [\(story.title)](../Tests/Stories/\(name).txt) | \(ends[0]) | \(ends[1]) |")
  }
  return lines.joined(separator: "\n") + "\n"
}

/// The lines that differ, with their numbers; empty if none does.
private func difference(from old: String, to new: String) -> String {
  let old = old.split(separator: "\n", omittingEmptySubsequences: false)
  let new = new.split(separator: "\n", omittingEmptySubsequences: false)
  var removed: [(Int, String)] = []
  for change in new.difference(from: old) {
    switch change {
    case .remove(let line, let text, _): removed.append((line * 2, "- \(line + 1): \(text)"))
    case .insert(let line, let text, _): removed.append((line * 2 + 1, "+ \(line + 1): \(text)"))
    }
  }
  return removed.sorted { $0.0 < $1.0 }.map(\.1).joined(separator: "\n")
}

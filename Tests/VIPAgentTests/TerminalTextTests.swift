import Testing

@testable import TerminalUI

/// Text that fits, and is still worth reading.
struct TerminalTextTests {
  @Test func aNumberKeepsItsUnit() {
    let text = "loadb1 has stopped answering for it after 2.7 s: taking it"
    #expect(Paragraph.wrap(text, width: 46) == ["loadb1 has stopped answering for it after", "2.7 s: taking it"])
    #expect(Paragraph.wrap("in 1 min 4 s; so", width: 8) == ["in", "1 min 4 s;", "so"])
    #expect(Paragraph.wrap("a b c d", width: 3) == ["a b", "c d"])
    #expect(Paragraph.wrap("12 s", width: 1) == ["12 s"])
  }

  private var table: TextTable {
    var table = TextTable([
      .init(title: "GROUP", least: 8), .init(title: "OWNER", least: 8), .init(title: "TERM", isNumber: true),
      .init(title: "LEASE LEFT"), .init(title: "BACKUP", least: 6),
    ])
    table.add(["director-of-all", "loadb1", "12345", "2.7 s of 3 s", "loadb2.example.net"])
    return table
  }

  /// Names are cut to what still tells them apart, then whole columns go: a number is never cut.
  @Test(arguments: [
    (80, "director-of-all  loadb1  12345  2.7 s of 3 s  loadb2.example.net"),
    (60, "director-of-a…  loadb1  12345  2.7 s of 3 s  loadb2.example…"),
    (40, "director-o…  loadb1  12345  2.7 s of 3 s"),
    (30, "director-of-all  loadb1  12345"), (10, "directo…  loadb1"),
  ]) func columnsGoBeforeTheirContents(_ width: Int, _ row: String) throws {
    let lines = table.lines(width: width, .group).map { $0.text.painted(Style(isColoured: false)) }
    #expect(lines.last == row, "\(lines)")
  }
}

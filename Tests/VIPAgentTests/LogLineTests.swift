import Glibc
import Testing

@testable import Log

@Suite struct LogLineTests {
  private func shown(_ text: String) -> String { LogLine(.line(.notice, text), at: 0).text }

  @Test(arguments: [
    ("loadb2 is late: 212 ms", "loadb2 is late: 212 ms"),
    ("", ""),
    ("Überwachung läuft … 👍", "Überwachung läuft … 👍"),
    ("one\ntwo\r\nthree\tfour", #"one\ntwo\r\nthree\tfour"#),
    ("\u{1b}[2Jgone", #"\u{1B}[2Jgone"#),
    ("\u{0}\u{7f}", #"\0\u{7F}"#),
    ("\u{9b}2J", #"\u{009B}2J"#),
    ("\u{202e}desrever", #"\u{202E}desrever"#),
    ("line\u{2028}separator", #"line\u{2028}separator"#),
  ])
  func cannotForgeALineOrSteerATerminal(text: String, expected: String) {
    #expect(shown(text) == expected)
  }

  @Test(arguments: ["x", "ü", "€", "👍", "\n", "\u{1b}"]) func isCutToWholeCharacters(unit: String) {
    let width = shown(unit).utf8.count
    let fits = LogLine.longest / width
    let full = String(repeating: unit, count: fits)
    #expect(shown(full) == String(repeating: shown(unit), count: fits), "what fits is not cut")
    let room = (LogLine.longest - "…".utf8.count) / width
    #expect(shown(full + unit) == String(repeating: shown(unit), count: room) + "…")
    #expect(shown(String(repeating: full, count: 50)) == shown(full + unit))
  }

  @Test func longestCutLineStillFits() {
    for length in 1_990...2_010 {
      #expect(shown(String(repeating: "x", count: length) + "€uro").utf8.count <= LogLine.longest)
    }
  }
}

@Suite struct LogFormatTests {
  @Test(arguments: MessageKind.allCases) func journalGetsThePriorityAsANumber(kind: MessageKind) {
    let line = LogLine(Message(kind, "text"), at: 0)
    #expect(LogFormat.journal.bytes(of: line) == Array("<\(kind.priority.rawValue)>text\n".utf8))
  }

  @Test(arguments: MessageKind.allCases) func plainLineHasTheWordFromWarningOn(kind: MessageKind) {
    let tail = String(decoding: plain(LogLine(Message(kind, "text"), at: 0)).dropFirst(23), as: UTF8.self)
    let word = kind.priority <= .warning ? " \(kind.priority)" : ""
    #expect(tail == " vipagent[loadb1]\(word): text\n")
  }

  @Test(arguments: [Int64(0), 1_795_356_187_123, 1_795_356_187_007, 4_102_444_800_999])
  func plainLineHasTheLocalTime(milliseconds: Int64) throws {
    let time = String(decoding: plain(LogLine(.line(.notice, "text"), at: milliseconds)).prefix(23), as: UTF8.self)
    let numbers = time.split { "-:. ".contains($0) }.compactMap { Int32($0) }
    try #require(numbers.count == 7)
    var fields = tm()
    (fields.tm_year, fields.tm_mon, fields.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
    (fields.tm_hour, fields.tm_min, fields.tm_sec) = (numbers[3], numbers[4], numbers[5])
    fields.tm_isdst = -1
    #expect(mktime(&fields) == milliseconds / 1000)
    #expect(Int64(numbers[6]) == milliseconds % 1000)
    #expect(time.map { $0.isNumber ? "0" : $0 } == Array("0000-00-00 00:00:00.000"))
  }

  @Test func journalIsRecognisedByItsDeviceAndInode() throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    var status = stat()
    #expect(fstat(ends[1], &status) == 0)
    let (device, inode) = (status.st_dev, status.st_ino)
    func format(_ journalStream: String?) -> LogFormat {
      LogFormat(for: ends[1], node: "loadb1", journalStream: journalStream)
    }
    #expect(format("\(device):\(inode)") == .journal)
    let others = [nil, "", ":", "\(device)", "\(device):", "\(device):\(inode + 1)", "\(device + 1):\(inode)"]
    for other in others { #expect(format(other) == .plain(node: "loadb1")) }
    #expect(LogFormat(for: -1, node: "loadb1", journalStream: "0:0") == .plain(node: "loadb1"))
  }

  private func plain(_ line: LogLine) -> [UInt8] { LogFormat.plain(node: "loadb1").bytes(of: line) }
}

import Testing

@testable import Configuration
@testable import Support

/// A generator that gives the same numbers for the same seed (SplitMix64).
private struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

struct ConfigHostileTests {
  private let example: [UInt8]

  init() throws {
    example = try readFile(ConfigTests.example, limit: 1 << 20)
  }

  /// Whatever the text is, it is either accepted or refused with a place in it.
  private func refusal(of text: [UInt8]) -> ConfigError? {
    do {
      _ = try LoadedConfiguration(parsing: text, file: "config.toml")
      return nil
    } catch {
      let lines = text.count { $0 == UInt8(ascii: "\n") } + 1
      #expect(!error.diagnostics.isEmpty)
      #expect(error.diagnostics.allSatisfy { (1...lines).contains($0.position?.line ?? 0) })
      #expect(!error.description.utf8.contains { $0 < 0x20 && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\t") })
      return error
    }
  }

  @Test func everyTruncationIsAcceptedOrRefused() {
    let refused = (0..<example.count).count { refusal(of: Array(example[..<$0])) != nil }
    #expect(refused > example.count / 2)
  }

  @Test(arguments: 0..<8)
  func mutationsAreAcceptedOrRefused(_ seed: UInt64) {
    var random = Seeded(state: seed)
    let seeds: [[UInt8]] = ["[[", "]]", "\"", "'''", "\"\"\"\\", "\n", "\r", "=", ".", ",", "{", "é", "\0", "0x", "-1"]
      .map {
        Array($0.utf8)
      }
    var refused = 0
    for _ in 0..<400 {
      var text = example
      for _ in 0..<Int.random(in: 1...4, using: &random) where !text.isEmpty {
        let at = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text[at] = UInt8.random(in: 0...255, using: &random)
        case 1: text.removeSubrange(at..<min(text.count, at + Int.random(in: 1...40, using: &random)))
        case 2: text.insert(contentsOf: seeds[Int.random(in: 0..<seeds.count, using: &random)], at: at)
        default:
          text.insert(contentsOf: text[at..<min(text.count, at + 60)], at: Int.random(in: 0...at, using: &random))
        }
      }
      if refusal(of: text) != nil { refused += 1 }
    }
    #expect(refused > 100)
  }

  @Test(arguments: [
    "a" + String(repeating: ".a", count: 400_000) + " = 1",
    "[" + String(repeating: "a.", count: 400_000) + "a]",
    "# it's\n\"\\\"\" = '#'\n" + "a" + String(repeating: "  .  'a'", count: 100_000) + " = 1",
    "x = \"\"\"\"\"\"\"\"\na" + String(repeating: ".a", count: 400_000) + " = 1",
    "x = [" + String(repeating: "[", count: 500_000),
    "x = " + String(repeating: "{ a = ", count: 100_000),
  ])
  func depthIsNoDanger(_ text: String) {
    #expect(refusal(of: Array(text.utf8)) != nil)
  }

  @Test func dotsInStringsAndCommentsAreNoDepth() throws {
    let dots = String(repeating: ".", count: 100)
    let text = "# it's \(dots)\n" + smallest() + "\n# '''\(dots)\nx = \"\"\"\\\"\(dots)\"\"\"\"\"\ny = 'a\(dots)'\n"
    let error = #expect(throws: ConfigError.self) { try load(text) }
    #expect(
      error?.diagnostics.map(\.message) == ["unknown key `x` in [[group.vip]]", "unknown key `y` in [[group.vip]]"])
  }

  @Test func bytesThatAreNoTextAreRefusedWithTheirPlace() {
    let text = Array("cluster = \"c".utf8)
    #expect(refusal(of: text + [0xff, 0x22])?.diagnostics.first?.message.contains("utf-8") == true)
    #expect(refusal(of: text + [0, 0x22])?.diagnostics.first?.position == SourcePosition(line: 1, column: 13))
    #expect(refusal(of: [0])?.diagnostics.first?.position?.line == 1)
  }

  @Test func terminalsAreNotWrittenTo() {
    let error = refusal(of: Array("\tclustr\t= \"\u{202e}é\u{9b}31m\"\n# \u{7f}".utf8))
    #expect(error?.description.contains("\u{7f}") == false)
    let colored = refusal(of: Array("\tclustr\t= \"\u{202e}é\"\r\n".utf8))
    #expect(
      colored?.diagnostics.compactMap(\.excerpt).first == #"""
            1 | \#tclustr\#t= "\u202eé"
              | \#t^~~~~~
        """#)
    let value = refusal(of: Array("cluster\t= \"\u{202e}é\"\r\n".utf8))
    #expect(
      value?.diagnostics.last?.excerpt == #"""
            1 | cluster\#t= "\u202eé"
              |        \#t  ^~~~~~~~~
        """#)
  }

  /// What looks like one character to a reader may be of any length.
  @Test func aKeyOfManyMarksIsNotRepeatedWhole() {
    let error = refusal(of: Array("\"e\(String(repeating: "\u{301}", count: 50_000))\" = 1".utf8))
    #expect(error?.description.utf8.count ?? .max < 8_192)
  }

  @Test func aByteOrderMarkAndCarriageReturnsAreAccepted() throws {
    let text = smallest().replacing("\n", with: "\r\n")
    #expect(try parse("\u{feff}" + text) == parse(smallest()))
    #expect(refusal(of: Array("\u{feff}clustr = 1\r\n".utf8))?.description.contains("    1 | clustr = 1\n") == true)
  }

  @Test func aFileOfErrorsIsReportedInPart() {
    let text = (0..<5_000).map { "k\($0) = 1\n" }.joined()
    let error = refusal(of: Array(text.utf8))
    #expect(error?.diagnostics.count == 100)
    #expect(error?.omitted == 4_905)
    #expect(error?.description.hasSuffix("\nconfig.toml: 4905 more errors not shown") == true)
  }

  @Test(.timeLimit(.minutes(1)))
  func aLineOfAMegabyteTakesNoTimeToBlame() {
    let devices = "heartbeat.bcast = [" + String(repeating: "'a/b',", count: 150_000) + "]"
    #expect(refusal(of: Array(devices.utf8))?.omitted ?? 0 > 149_000)
    let groups = "group = [" + String(repeating: "{lease=1},", count: 100_000) + "]"
    #expect(refusal(of: Array(groups.utf8))?.omitted ?? 0 > 99_000)
  }

  @Test func filesThatCannotBeReadSayWhy() {
    let missing = #expect(throws: ConfigError.self) { try LoadedConfiguration.load("/nonexistent/config.toml") }
    #expect(
      missing?.description
        == "/nonexistent/config.toml: error: open /nonexistent/config.toml: ENOENT (No such file or directory)")
    let endless = #expect(throws: ConfigError.self) { try LoadedConfiguration.load("/dev/zero") }
    #expect(
      endless?.description == "/dev/zero: error: it is a device, not a regular file")
    let directory = #expect(throws: ConfigError.self) { try LoadedConfiguration.load("/") }
    #expect(directory?.description == "/: error: it is a directory, not a regular file")
  }
}

import Glibc
import TakeoverCore
import Testing

@testable import Commands
@testable import Control
@testable import Status
@testable import Support
@testable import TerminalUI

/// The table of `vipagent status`, and its exit code.
struct StatusReportTests {
  private static let samples: [String: Status] = [
    "healthy": .healthy, "troubled": .troubled, "unserved": .unserved, "hostile": .hostile, "large": .large,
  ]

  private func report(_ name: String, width: Int, coloured: Bool = false) throws -> String {
    // Times of day are shown in the reader's zone.
    setenv("TZ", "UTC", 1)
    tzset()
    return StatusReport(status: try #require(Self.samples[name]), width: width).text(Style(isColoured: coloured))
  }

  @Test(arguments: ["healthy", "troubled", "unserved", "hostile"]) func looksAsWritten(_ name: String) throws {
    let path = repositoryPath("Tests/Transcripts/status-\(name).txt")
    let expected = String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self)
    let shown = try report(name, width: 80)
    #expect(shown == expected, "\n\(shown)")
  }

  /// Whoever reads one line knows.
  @Test(arguments: [("healthy", "OK  "), ("troubled", "WARNING  "), ("unserved", "CRITICAL  ")])
  func theFirstLineIsTheVerdict(_ name: String, _ word: String) throws {
    let status = try #require(Self.samples[name])
    let first = try #require(try report(name, width: 200).split(separator: "\n").first)
    #expect(first.hasPrefix(word) && first.hasSuffix("  \(Verdict(of: status).line)"), "\(first)")
  }

  /// A refusal has several lines, some of which show the file: none of that is spelled out.
  @Test func aRefusalIsOneLine() throws {
    let text = try report("troubled", width: 400)
    #expect(text.contains("is in force: /etc/vipagent/config.toml:7:13: error: deadtime"))
    #expect(!text.contains("\\u000a") && !text.contains("~~~") && !text.contains("hint:"))
    #expect(!Status.troubled.concerns().contains { $0.text.contains("\n") })
  }

  @Test(arguments: ["healthy", "troubled", "unserved", "hostile", "large"], [40, 60, 80, 81, 132, 200])
  func fitsTheWidth(_ name: String, _ width: Int) throws {
    for line in try report(name, width: width).split(separator: "\n") {
      #expect(String(line).columns <= width, "\(line)")
    }
  }

  /// Whatever the agent, or what poses as one, says: no line of the report moves the cursor or forges another line.
  @Test(arguments: ["hostile", "large"]) func nothingSteersTheTerminal(_ name: String) throws {
    let text = try report(name, width: 80)
    for scalar in text.unicodeScalars where scalar != "\n" {
      #expect(![.control, .format].contains(scalar.properties.generalCategory), "\(scalar.value)")
    }
    #expect(!text.split(separator: "\n").contains { $0.hasPrefix("fake") })
  }

  @Test func coloursOnlyWrapTheText() throws {
    let coloured = try report("troubled", width: 80, coloured: true)
    #expect(coloured.contains("\u{1b}[33mWARNING\u{1b}[0m"))
    let sequences = /\u{1b}\[[0-9]+m/
    #expect(coloured.replacing(sequences, with: "") == (try report("troubled", width: 80)))
  }

  @Test func everyNodeAndGroupOfTheLargestClusterIsThere() throws {
    let lines = try report("large", width: 200).split(separator: "\n")
    for number in 1...32 { #expect(lines.contains { $0.hasPrefix("customers-of-the-north-\(number) ") }) }
    for number in 2...16 { #expect(lines.contains { $0.hasPrefix("balancer-number-\(number).berlin.example.net  ") }) }
  }

  @Test func exitCodesSayHowBadItIs() {
    #expect(Status.healthy.exitCode == 0)
    #expect(Status.troubled.exitCode == 1)
    #expect(Status.unserved.exitCode == 2)
    var status = Status.healthy
    status.groups[0].owner = nil
    status.groups[0].role = "listening"
    #expect(status.exitCode == 1)
    // Behind a firewall: somebody else's kernel serves it, be it a node or a stranger.
    status.groups[0].role = "backup"
    status.groups[0].heldBack = "loadb2 answers"
    status.groups[0].heldBackByStranger = false
    #expect(status.exitCode == 1)
    status.groups[0].heldBackByStranger = true
    #expect(status.exitCode == 2)
    status = .healthy
    status.peers[0].condition = "left"
    #expect(status.exitCode == 0 && status.concerns().count == 1)
  }

  /// What the log has said once stands here for as long as it lasts.
  @Test func whatIsWrongNowIsAConcern() {
    func concerns(_ change: (inout Status) -> Void) -> [Concern] {
      var status = Status.healthy
      change(&status)
      return status.concerns(programVersion: status.agent.version)
    }
    #expect(concerns { _ in } == [])
    let source = concerns { $0.groups[0].sourceOfHost = "195.46.64.21" }
    #expect(source.map(\.severity) == [.note])
    #expect(source.first?.text.contains("connections of this host come from 195.46.64.21, which is shared") == true)
    let unanswered = concerns { $0.groups[0].unanswered = "packets to 195.46.64.21 do not reach this host" }
    #expect(
      unanswered == [Concern(severity: .critical, text: "director: packets to 195.46.64.21 do not reach this host")])
    let timing = concerns { $0.peers[0].deadtimeUs = 1_000_000 }
    #expect(timing.map(\.severity) == [.warning])
    #expect(
      timing.first?.text
        == "loadb2 has other times: keepalive 100 ms and deadtime 1 s there, 100 ms and 300 ms here")
    // Of a node that was never heard nothing is known.
    #expect(concerns { ($0.peers[0].keepaliveUs, $0.peers[0].deadtimeUs) = (nil, nil) } == [])
  }

  /// What passes by itself within a heartbeat or a grace is no alarm, and a cause is said with what follows from it.
  @Test func whatIsOnlyBeginningIsNoAlarm() {
    func concerns(_ change: (inout Status) -> Void) -> [String] {
      var status = Status.healthy
      change(&status)
      return status.concerns(programVersion: status.agent.version).map { "\($0.severity): \($0.text)" }
    }
    #expect(concerns { ($0.peers[0].hearsUs, $0.peers[0].unheardUs) = (false, 250_000) } == [])
    let unheard = concerns { ($0.peers[0].hearsUs, $0.peers[0].unheardUs) = (false, 350_000) }
    #expect(unheard.first?.hasPrefix("warning: loadb2 does not hear this node") == true)
    let vacant: (inout Status, Int64) -> Void = { status, since in
      (status.groups[0].owner, status.groups[0].role, status.groups[0].sinceUs) = (nil, "backup", since)
    }
    #expect(concerns { vacant(&$0, 20_000) } == ["warning: director: nobody owns it yet"])
    #expect(concerns { vacant(&$0, 9_000_000) } == ["critical: director: nobody owns it"])
    #expect(concerns { $0.peers[0].condition = "restarting" } == ["note: loadb2 restarts its agent"])
    let refused = concerns {
      ($0.peers[0].condition, $0.peers[0].lastHeardUs, $0.peers[0].refused) = ("dead", 2_000_000, "its keys are others")
    }
    #expect(refused == ["warning: loadb2 is dead, silent for 2 s; its keys are others"])
    // Of one that is heard nobody need know who else speaks in its name.
    #expect(concerns { $0.peers[0].refused = "its keys are others" } == [])
    #expect(concerns { $0.agent.deviceTroubles = ["eth0 is down"] } == ["warning: eth0 is down"])
    // A group is cut off by its own device, whatever else is down.
    let cutOff = concerns {
      vacant(&$0, 9_000_000)
      ($0.peers[0].condition, $0.agent.deviceTroubles) = ("dead", ["eth0 is down", "eth7 is down"])
      guard let me = $0.groups[0].nodes.firstIndex(where: { $0.node == "loadb1" }) else { return }
      ($0.groups[0].nodes[me].ready, $0.groups[0].nodes[me].reason) = (false, "eth0 is down")
    }
    #expect(cutOff.contains { $0.hasPrefix("critical: director: this node hears nobody") }, "\(cutOff)")
  }

  @Test func jsonIsReadBack() throws {
    for status in Self.samples.values where status.heartbeat.advice?.margin != .infinity {
      let line = #"{"ok":true,"v":1,"status":\#(status.jsonLine.dropLast())}"#
      #expect(ControlAnswer.parse(Array(line.utf8))?.status == status)
      #expect(status.jsonLine.filter { $0 == "\n" }.count == 1)
    }
  }

  @Test(arguments: [
    (42_000, "42 ms"), (12_900_000, "12 s"), (303_000_000, "5 min 3 s"), (8_041_000_000, "2 h 14 min"),
    (86_400_000_000, "1 d"), (273_600_000_000, "3 d 4 h"),
  ]) func agesReadWell(_ microseconds: Int64, _ text: String) {
    #expect(Interval(told: microseconds).age == text)
  }

  @Test func anEventIsALineOfTheLog() {
    setenv("TZ", "UTC", 1)
    tzset()
    var event = EventRecord(
      time: "2026-11-22T14:03:07.123Z", kind: "late", priority: "warning", message: "loadb2 is late\n\u{1b}[2J",
      fields: [:])
    #expect(event.line == #"2026-11-22 14:03:07.123 warning: loadb2 is late\u000a\u001b[2J"#)
    event.priority = "notice"
    event.time = "2026-11-22T14:0x:07.123Z"
    #expect(event.line == #"2026-11-22T14:0x:07.123Z: loadb2 is late\u000a\u001b[2J"#)
  }
}

import Glibc
import Testing

@testable import Commands
@testable import Control
@testable import Status
@testable import Support
@testable import TerminalUI

/// The picture of `vipagent watch` in terminals of all sizes.
struct LiveViewTests {
  private static let events = (0..<30).map { number in
    EventRecord(
      time: "2026-11-22T14:03:\(10 + number).000Z", kind: "late", priority: "warning", message: "event \(number)",
      fields: [:])
  }

  private func picture(_ status: Status?, width: Int, height: Int, events: Int = 30, problem: String? = nil) -> [String]
  {
    LiveView(
      status: status, problem: problem, events: Array(Self.events.prefix(events)), path: "/run/x.sock",
      clock: "14:03:07"
    ).lines(width: width, height: height).map { $0.painted(Style(isColoured: false)) }
  }

  @Test(arguments: [Status.healthy, .troubled, .unserved, .hostile, .large], [1, 3, 10, 24, 80])
  func fitsTheTerminal(_ status: Status, _ height: Int) {
    for width in [1, 20, 40, 80, 132] {
      for events in [0, 1, 30] {
        let lines = picture(status, width: width, height: height, events: events)
        #expect(lines.count <= max(height, 2))
        for line in lines { #expect(line.columns <= width, "\(line)") }
      }
    }
  }

  @Test func whatMattersMostStaysLongest() {
    let small = picture(.troubled, width: 80, height: 24)
    #expect(small.contains { $0.hasPrefix("WARNING   director: nobody could take it over now") })
    #expect(small.contains { $0.hasPrefix("director") })
    #expect(small.contains { $0.hasSuffix("event 29") })
    #expect(!small.contains("HEARTBEAT"))
    let high = picture(.troubled, width: 80, height: 80)
    #expect(high.contains("HEARTBEAT") && high.contains("AGENT"))
    // Room that is left over is for events.
    #expect(high.count == 80 && high.contains { $0.hasSuffix("event 10") })
  }

  /// The date is the same all day; the end of a sentence is where a reason often is.
  @Test func anEventIsShownToItsEnd() throws {
    setenv("TZ", "UTC", 1)
    tzset()
    let refusal = EventRecord(
      time: "2026-11-22T14:03:07.123Z", kind: "requestRefused", priority: "warning",
      message:
        "refused: standby of group director: no other node could take the addresses now (by alice as root, pid 4711)",
      fields: [:])
    let late = EventRecord(
      time: "2026-11-22T14:03:08.000Z", kind: "joined", priority: "notice", message: "loadb2 is here", fields: [:])
    let lines = LiveView(
      status: .healthy, problem: nil, events: [refusal, late], path: "/run/x.sock", clock: "14:03:09"
    ).lines(width: 80, height: 40).map { $0.painted(Style(isColoured: false)) }
    let place = try #require(lines.firstIndex(of: "EVENTS"))
    #expect(
      Array(lines[(place + 1)...].prefix(3)) == [
        "14:03:07.123 warning: refused: standby of group director: no other node could",
        "             take the addresses now (by alice as root, pid 4711)",
        "14:03:08.000 loadb2 is here",
      ])
  }

  @Test func aListThatDoesNotFitSaysSo() throws {
    let lines = picture(.large, width: 80, height: 24)
    #expect(lines.count == 24)
    #expect(try #require(lines.last).hasPrefix("… "))
  }

  @Test func withoutAnAgentItSaysWhy() {
    let lines = picture(nil, width: 80, height: 24, problem: "no agent answers at /run/x.sock: Connection refused")
    #expect(lines[1] == "no agent, trying again")
    #expect(lines[2] == "  no agent answers at /run/x.sock: Connection refused")
    #expect(lines.contains { $0.hasSuffix("event 29") })
  }
}

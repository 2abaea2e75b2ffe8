import Control
import Status
import TakeoverCore
import TerminalUI

/// The picture of a live view: what matters most first, and of the rest what fits.
struct LiveView {
  /// So many events have their place before details and numbers do.
  private static let eventShare = 4

  /// nil where no agent answers.
  let status: Status?
  let problem: String?
  /// The newest last.
  let events: [EventRecord]
  /// Where the agent should be.
  let path: String
  /// The time of day, for the head.
  let clock: String

  /// No more lines than the terminal has.
  func lines(width: Int, height: Int) -> [InkedText] {
    let body = max(height - 1, 1)
    let report = status.map { StatusReport(status: $0, width: max(width, 40)).lines } ?? absence(width: width)
    let kept = fitted(report + eventLines(Self.eventShare, width: width), to: body)
    // Room that is left over is for older events.
    let room = Self.eventShare + body - kept.count
    let shown = events.isEmpty ? kept : fitted(report + eventLines(room, width: width), to: body)
    return ([head(width)] + (shown.count > kept.count ? shown : kept)).map { $0.clipped(to: width) }
  }

  private func head(_ width: Int) -> InkedText {
    let left = InkedText("vipagent watch", .bold) + InkedText("  \(clock)")
    let right = InkedText("q quits", .dim)
    return left.filled(to: max(0, width - right.columns)) + right
  }

  private func absence(width: Int) -> [ReportLine] {
    guard let problem else { return [ReportLine(InkedText("asking the agent at \(path)"), .headline)] }
    return [
      ReportLine(InkedText("no agent, trying again", .red), .headline),
      ReportLine(InkedText("  \(problem)"), .headline),
    ]
  }

  /// The newest events that fit, each whole but the oldest.
  private func eventLines(_ count: Int, width: Int) -> [ReportLine] {
    guard !events.isEmpty else { return [] }
    var lines: [String] = []
    for event in events.reversed() where lines.count < count {
      let next = event.lines(width: width)
      guard lines.isEmpty || lines.count + next.count <= count else { break }
      lines = next.prefix(count) + lines
    }
    return [ReportLine("", .events), ReportLine(InkedText("EVENTS", .bold), .events)]
      + lines.map { ReportLine(InkedText($0), .events) }
  }

  /// As much as fits: all lines up to a level of importance, and of the next level the paragraphs that there is room for.
  private func fitted(_ lines: [ReportLine], to height: Int) -> [InkedText] {
    let levels = stride(
      from: ReportLine.Importance.trivia.rawValue, through: ReportLine.Importance.group.rawValue, by: -1)
    for level in levels {
      let kept = lines.map { $0.importance.rawValue <= level }
      let count = kept.count(where: \.self)
      if count <= height { return fill(kept, of: lines, level: level + 1, room: height - count) }
    }
    // Headline, alarms and groups go together: of these, the beginning is shown.
    let kept = lines.filter { $0.importance <= .group }.map(\.text)
    let rest = kept.count - height + 1
    return kept.prefix(height - 1) + [InkedText("… \(rest) more lines: make the window higher", .dim)]
  }

  /// Adds paragraphs of a level, each whole and with the blank line before it.
  private func fill(_ kept: [Bool], of lines: [ReportLine], level: Int, room: Int) -> [InkedText] {
    var (kept, room) = (kept, room)
    var paragraph: [Int] = []
    func close() {
      if paragraph.count <= room {
        for place in paragraph { kept[place] = true }
        room -= paragraph.count
      }
      paragraph = []
    }
    for (place, line) in lines.enumerated() where line.importance.rawValue == level {
      if line.text.columns == 0 { close() }
      paragraph.append(place)
    }
    close()
    return zip(lines, kept).filter(\.1).map(\.0.text)
  }
}

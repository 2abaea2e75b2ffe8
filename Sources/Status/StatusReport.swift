import Support
import TakeoverCore
import TerminalUI

/// A status as a person reads it: what needs attention first, then tables. Fits any width from 40 columns on.
package struct StatusReport {
  /// So many addresses, takeovers and lines of what is wrong are shown; `--json` has all.
  static let addressLimit = 6, takeoverLimit = 5

  package let status: Status
  /// Columns.
  package let width: Int

  package init(status: Status, width: Int) {
    self.status = status
    self.width = width
  }

  /// All of it, in order.
  package var lines: [ReportLine] {
    let sections = [
      verdict + headline, concerns, groupTable, peerTable, arrivalTable, takeoverTable, heartbeat, counters,
    ]
    var lines: [ReportLine] = []
    for section in sections where !section.isEmpty {
      if !lines.isEmpty { lines.append(ReportLine("", section.first?.importance ?? .trivia)) }
      lines += section
    }
    return lines.map { ReportLine($0.text.clipped(to: width), $0.importance) }
  }

  /// The lines as bytes for a terminal.
  package func text(_ style: Style) -> String { lines.map { $0.text.painted(style) + "\n" }.joined() }

  /// A paragraph, indented.
  func paragraph(
    _ text: String, _ importance: ReportLine.Importance, indent: Int = 2, ink: Style.Ink? = nil
  ) -> [ReportLine] {
    let margin = InkedText(String(repeating: " ", count: indent))
    return Paragraph.wrap(text.printable, width: max(width - indent, 1))
      .map { ReportLine(margin + InkedText($0, ink), importance) }
  }

  // MARK: - What it is, and what is wrong

  /// All of it in one word, and the first reason.
  private var verdict: [ReportLine] {
    let verdict = Verdict(of: status)
    return marked(verdict.state.mark, verdict.line, .headline)
  }

  private var headline: [ReportLine] {
    let agent = status.agent
    let state = agent.state == .running ? "running" : agent.state.rawValue
    let first =
      InkedText(agent.node, .bold)
      + InkedText(" in cluster \(agent.cluster), \(state) for \(Interval(told: agent.uptimeUs).age)")
    let second = "vipagent \(agent.version), pid \(agent.pid), session \(agent.session)"
    let third = "\(agent.config), fingerprint \(agent.fingerprint), read \(TimeText.local(agent.configured))"
    return [ReportLine(first, .headline)] + paragraph(second, .detail, ink: .dim) + paragraph(third, .detail, ink: .dim)
  }

  /// Those that the verdict does not name.
  private var concerns: [ReportLine] {
    let all = status.concerns()
    return all.dropFirst(all.first?.severity == .note ? 0 : 1).flatMap { concern in
      marked(concern.severity.mark, concern.text, concern.severity == .note ? .detail : .alarm)
    }
  }

  private func marked(_ mark: InkedText, _ text: String, _ importance: ReportLine.Importance) -> [ReportLine] {
    let margin = 10
    return Paragraph.wrap(text.printable, width: max(width - margin, 1)).enumerated().map { number, line in
      ReportLine((number == 0 ? mark : "").filled(to: margin) + InkedText(line), importance)
    }
  }

  // MARK: - The end of it

  private var heartbeat: [ReportLine] {
    let heartbeat = status.heartbeat
    func text(_ microseconds: Int64) -> String { Interval(told: microseconds).text }
    let devices = heartbeat.links.map(\.device).joined(separator: ", ")
    var lines = [ReportLine(InkedText("HEARTBEAT", .bold), .numbers)]
    lines += paragraph(
      "every \(text(heartbeat.keepaliveUs)) over \(devices), UDP port \(heartbeat.port); late after "
        + "\(text(heartbeat.warntimeUs)), dead after \(text(heartbeat.deadtimeUs)), listening for "
        + text(heartbeat.initdeadUs), .numbers)
    if let advice = heartbeat.advice {
      let margin = Int64((min(max(advice.margin, 0), 1e6) * 10).rounded())
      lines += paragraph(
        "deadtime: \(text(advice.recommendedUs)) or more is recommended by the longest gap of "
          + "\(text(advice.longestGapUs)) in \(Interval(told: advice.observedUs).age); "
          + "\(text(heartbeat.deadtimeUs)) are \(margin / 10).\(margin % 10) times that gap", .numbers)
    }
    lines += paragraph("sent \(heartbeat.sent), heard \(heartbeat.received)", .trivia)
    let dropped = heartbeat.dropped.filter { $0.value > 0 }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
    lines += paragraph("dropped: \(dropped.isEmpty ? "nothing" : dropped.joined(separator: ", "))", .trivia)
    return lines
  }

  private var counters: [ReportLine] {
    let counters = status.counters
    let log = "log: \(counters.logLinesDropped) lines dropped, \(counters.logLinesSuppressed) repetitions left out"
    let clients =
      "control clients: \(counters.controlClients) now, \(counters.controlClientsServed) served, "
      + "\(counters.controlClientsRefused) refused, \(counters.controlClientsDropped) dropped, "
      + "\(counters.controlRequestsRefused) requests refused"
    let agent = status.agent
    let process =
      "process: realtime \(agent.realtime ? "yes" : "no"), memory locked \(agent.memoryLocked ? "yes" : "no"), "
      + "started \(TimeText.local(agent.started))"
    return [ReportLine(InkedText("AGENT", .bold), .trivia)]
      + [process, log, clients].flatMap { paragraph($0, .trivia) }
  }
}

import Support
import TakeoverCore
import TerminalUI

/// A diagnosis for a person: what is wrong first, the rest below it, in lines that fit the terminal.
package struct DoctorText {
  private let doctor: Doctor
  private let terminal: Terminal
  /// Columns of the severity, and of the name of the check.
  private static let severityWidth = 9, checkWidth = 15

  package init(_ doctor: Doctor, for terminal: Terminal) {
    self.doctor = doctor
    self.terminal = terminal
  }

  /// All of it, without the last line feed.
  package var text: String {
    // The worst first; the order of the checks within each kind.
    let ordered = [Severity.error, .warning, .note, .ok].flatMap { severity in
      doctor.diagnoses.flatMap { lines(of: $0, severity) }
    }
    return ([heading, ""] + ordered + ["", summary]).joined(separator: "\n")
  }

  /// Of a thousand addresses that are all well, or all ill, a few say enough.
  private static let mostAlike = 4

  private func lines(of diagnosis: Doctor.Diagnosis, _ severity: Severity) -> [String] {
    let findings = diagnosis.findings.filter { $0.severity == severity }
    let shown = findings.count > Self.mostAlike ? findings.prefix(Self.mostAlike - 1) : findings[...]
    let rest = Finding(severity: severity, what: "… and \(findings.count - shown.count) more", why: nil, fix: [])
    return (shown + (shown.count < findings.count ? [rest] : [])).flatMap { lines(of: $0, check: diagnosis.check) }
  }

  private var heading: String {
    let agent = doctor.host.agent.map { "agent running (pid \($0.process))" } ?? "no agent running"
    let listened = doctor.host.wire.duration.map { ", listened for \($0.text)" } ?? ""
    return "\(doctor.host.nodeName ?? doctor.host.hostName): \(agent)\(listened)"
  }

  private var summary: String {
    let all = doctor.diagnoses.flatMap(\.findings)
    let counts = [Severity.error, .warning, .note, .ok].map { severity in
      let count = all.count { $0.severity == severity }
      let name = severity == .ok || count == 1 ? severity.name : "\(severity.name)s"
      return terminal.style.paint("\(count) \(name)", count == 0 ? .dim : severity.ink)
    }
    return counts.joined(separator: ", ")
  }

  private func lines(of finding: Finding, check: String) -> [String] {
    let margin = Self.severityWidth + Self.checkWidth
    // Too narrow for columns: the sentences stand below their head.
    let isNarrow = terminal.width - margin < 40
    let indent = String(repeating: " ", count: isNarrow ? 2 : margin)
    let room = terminal.width - indent.count
    let severity = terminal.style.paint(padded(finding.severity.name, Self.severityWidth), finding.severity.ink)
    // What comes from files and the network may hold what moves a cursor.
    let what = Paragraph.wrap(SourceText.visible(finding.what), width: room).map {
      finding.severity > .note ? terminal.style.paint($0, .bold) : $0
    }
    let body =
      what.dropFirst(isNarrow ? 0 : 1) + Paragraph.wrap(SourceText.visible(finding.why ?? ""), width: room)
      + finding.fix.map { terminal.style.paint("→ " + SourceText.visible($0.line), .cyan) }
    let head = isNarrow ? severity + check : severity + padded(check, Self.checkWidth) + (what.first ?? "")
    return [head] + body.map { indent + $0 }
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 1))
  }
}

extension Severity {
  /// How it looks on a terminal.
  var ink: Style.Ink {
    switch self {
    case .ok: .green
    case .note: .cyan
    case .warning: .yellow
    case .error: .red
    }
  }
}

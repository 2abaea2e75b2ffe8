import TakeoverCore

/// A diagnosis for a person: what is wrong first, the rest below it, in lines that fit the terminal.
struct DoctorText {
  private let doctor: Doctor
  private let terminal: Terminal
  /// Columns of the severity, and of the name of the check.
  private static let severityWidth = 9, checkWidth = 21

  init(_ doctor: Doctor, for terminal: Terminal) {
    self.doctor = doctor
    self.terminal = terminal
  }

  /// All of it, without the last line feed.
  var text: String {
    let findings = doctor.diagnoses.flatMap { diagnosis in diagnosis.findings.map { (diagnosis.check, $0) } }
    // The worst first; the order of the checks within each kind.
    let ordered = [Severity.error, .warning, .note, .ok].flatMap { severity in
      findings.filter { $0.1.severity == severity }
    }
    return ([heading, ""] + ordered.flatMap { lines(of: $0.1, check: $0.0) } + ["", summary]).joined(separator: "\n")
  }

  private var heading: String {
    let agent = doctor.patient.agent.map { "agent running (pid \($0.process))" } ?? "no agent running"
    let listened = doctor.patient.wire.duration.map { ", listened for \($0.text)" } ?? ""
    return "\(doctor.patient.nodeName ?? doctor.patient.hostName): \(agent)\(listened)"
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
    let width = terminal.width - margin
    // Too narrow for columns: the sentence below its head.
    let isNarrow = width < 40
    let head =
      terminal.style.paint(padded(finding.severity.name, Self.severityWidth), finding.severity.ink)
      + padded(check, Self.checkWidth)
    let indent = String(repeating: " ", count: isNarrow ? 2 : margin)
    let room = terminal.width - indent.count
    // What comes from files and the network may hold what moves a cursor.
    let what = Paragraph.wrap(SourceText.visible(finding.what), width: room).map {
      finding.severity > .note ? terminal.style.paint($0, .bold) : $0
    }
    var lines =
      isNarrow ? [head] + what.map { indent + $0 } : [head + (what.first ?? "")] + what.dropFirst().map { indent + $0 }
    lines += Paragraph.wrap(SourceText.visible(finding.why ?? ""), width: room).map { indent + $0 }
    lines += finding.fix.map { indent + terminal.style.paint("→ " + SourceText.visible($0), .cyan) }
    return lines
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

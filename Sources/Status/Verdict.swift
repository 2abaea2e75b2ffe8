import TerminalUI

/// What a status comes to, in one word, and why.
struct Verdict: Encodable, Equatable, Sendable {
  enum State: String, Encodable, Sendable { case ok, warning, critical }

  struct Reason: Encodable, Equatable, Sendable {
    let state: State
    let text: String
  }

  /// The worst of its reasons; `ok` where there is none.
  let state: State
  /// The worst first; notes are none.
  let reasons: [Reason]
  /// What is so in any case: "owner of 1 of 1 groups; 1 backup ready".
  let summary: String

  init(of status: Status) {
    reasons = status.concerns().compactMap { concern in
      switch concern.severity {
      case .note: nil
      case .warning: Reason(state: .warning, text: concern.text)
      case .critical: Reason(state: .critical, text: concern.text)
      }
    }
    state = reasons.first?.state ?? .ok
    summary = status.hasJoined ? status.serviceLine : status.joiningLine
  }

  /// `ok: owner of 1 of 1 groups; 1 backup ready`, or the first reason and how many more there are.
  var line: String {
    guard let first = reasons.first else { return summary }
    return reasons.count > 1 ? "\(first.text) (and \(reasons.count - 1) more)" : first.text
  }
}

extension Verdict.State {
  /// What stands before the first reason, and in which ink.
  var mark: InkedText {
    switch self {
    case .ok: InkedText("OK", .green)
    case .warning: Concern.Severity.warning.mark
    case .critical: Concern.Severity.critical.mark
    }
  }
}

/// A status as `vipagent status --json` prints it: its own keys, and the verdict on it.
package struct StatusDocument: Encodable {
  package let status: Status

  package init(status: Status) {
    self.status = status
  }

  private enum CodingKeys: String, CodingKey { case verdict }

  package func encode(to encoder: any Encoder) throws {
    try status.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Verdict(of: status), forKey: .verdict)
  }
}

import Glibc
import Support

/// Why a command did not do what was asked, and the exit code that says so.
package struct CommandFailure: Error, Equatable, Sendable {
  /// For a person; several lines where there is a hint.
  package let text: String
  package let exitCode: Int32

  package init(text: String, exitCode: Int32) {
    self.text = text
    self.exitCode = exitCode
  }

  package var isForbidden: Bool { exitCode == EX_NOPERM }

  /// Its first line, as a sentence without its full stop.
  package var reason: String {
    let line = text.split(separator: "\n").first ?? ""
    return line.prefix(1).uppercased() + line.dropFirst()
  }

  /// A conversation that failed.
  package init(_ error: ControlConnectionError) {
    switch error {
    case .forbidden:
      self.init(text: "\(error)\n  hint: try as root, or as a user that [control] names", exitCode: EX_NOPERM)
    case .silent:
      self.init(
        text: "\(error)".printableLines
          + "\n  hint: it hangs, or is stopped: systemd restarts it if it watches it (WatchdogSec=), or systemctl restart vipagent",
        exitCode: EX_UNAVAILABLE)
    case .unreachable, .ended, .garbled: self.init(text: "\(error)".printableLines, exitCode: EX_UNAVAILABLE)
    }
  }

  /// A request that the agent did not fulfil.
  package init(_ failure: ControlFailure) {
    let code: Int32 =
      switch failure.code {
      case "forbidden": EX_NOPERM
      case "unknown_group": EX_USAGE
      case "no_answer", "version": EX_UNAVAILABLE
      case "busy": EX_TEMPFAIL
      default: EXIT_FAILURE
      }
    let hint = failure.hint.map { "\n  hint: \($0.printable)" } ?? ""
    let word = failure.code == "failed" ? "" : "\(failure.code.printable): "
    self.init(text: "\(word)\(failure.message.printableLines)\(hint)", exitCode: code)
  }
}

extension String {
  /// Each line of the text as a terminal may be shown it.
  package var printableLines: String {
    split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
  }
}

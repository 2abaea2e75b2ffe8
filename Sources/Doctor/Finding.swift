/// How much a finding matters. The worst one is the exit code of `vipagent doctor`.
enum Severity: Int, Comparable, Sendable {
  /// Looked at, and well.
  case ok
  /// Good to know, or could not be looked at.
  case note
  /// Works, until something else goes wrong.
  case warning
  /// Does not work.
  case error

  static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }

  /// As it is printed: `ok`, `note`, `warning`, `error`.
  var name: String { "\(self)" }
}

/// What a check has found: what it is, why it matters, and what ends it.
struct Finding: Equatable, Sendable {
  let severity: Severity
  /// One sentence, without its full stop.
  let what: String
  /// Sentences; nil where nothing follows from it.
  let why: String?
  /// In their order.
  let fix: [Remedy]

  /// Looked at, and well.
  static func ok(_ what: String) -> Finding { Finding(severity: .ok, what: what, why: nil, fix: []) }

  /// Good to know.
  static func note(_ what: String, _ why: String? = nil, fix: [Remedy] = []) -> Finding {
    Finding(severity: .note, what: what, why: why, fix: fix)
  }

  /// Could not be looked at.
  static func unknown(_ what: String, because reason: String) -> Finding {
    Finding(
      severity: .note, what: "not checked: \(what)", why: "\(reason.prefix(1).uppercased())\(reason.dropFirst()).",
      fix: [])
  }

  /// Works until something else goes wrong.
  static func warning(_ what: String, _ why: String, fix: [Remedy] = []) -> Finding {
    Finding(severity: .warning, what: what, why: why, fix: fix)
  }

  /// Does not work.
  static func error(_ what: String, _ why: String, fix: [Remedy] = []) -> Finding {
    Finding(severity: .error, what: what, why: why, fix: fix)
  }
}

/// One thing that `vipagent doctor` looks at. Checks know nothing of each other and change nothing.
protocol HostCheck: SendableMetatype {
  /// A word that a reader finds in docs/doctor.md.
  static var name: String { get }
  /// Whether it goes by what `/proc` says; without that it would find that all is well.
  static var needsProc: Bool { get }
  /// At least one finding, if only that all is well.
  static func examine(_ host: HostSnapshot) -> [Finding]
}

extension HostCheck {
  static var needsProc: Bool { false }
}

/// How much a log line matters: the priorities of `syslog(3)`, whose numbers journald reads too. The smaller, the worse.
/// The cases' names are the words that the log shows.
package enum Priority: UInt8, CaseIterable, Comparable, Sendable {
  /// The system cannot be used.
  case emergency = 0
  /// Somebody has to act at once: two holders of one address.
  case alert = 1
  /// A critical condition.
  case critical = 2
  /// Something failed.
  case error = 3
  /// Something is about to fail, or was put right: a late peer.
  case warning = 4
  /// Normal, but worth knowing a week later: a takeover.
  case notice = 5
  /// Normal.
  case informational = 6
  /// For whoever looks for a fault in vipagent.
  case debug = 7

  package static func < (one: Priority, other: Priority) -> Bool { one.rawValue < other.rawValue }
}

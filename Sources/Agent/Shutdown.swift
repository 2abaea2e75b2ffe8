import Status
import TakeoverCore

/// How an agent comes to its end: not yet, by a stop, or by a restart that leaves the addresses to a successor.
final class Shutdown {
  /// A stop hands over and lets go within 900 ms; an agent that is not done by then ends all the same.
  static let patience = Interval.milliseconds(1_500)

  private var deadline = Instant.never
  private(set) var isRestart = false
  /// Whether the heartbeat thread has said all that there was to say.
  var isComplete = false

  /// Whether an end has been asked for.
  var hasBegun: Bool { deadline != .never }

  /// Whether the main thread goes on.
  func isPending(at now: Instant) -> Bool { !isComplete && now < deadline }

  func begin(isRestart: Bool, at now: Instant) {
    deadline = now + Self.patience
    self.isRestart = isRestart
  }

  /// In the words of the status.
  var state: AgentStatus.State {
    guard hasBegun else { return .running }
    return isRestart ? .restarting : .stopping
  }
}

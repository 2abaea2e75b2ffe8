import Linux
import TakeoverCore

/// When the heartbeat thread waits awake instead of asleep: shortly before time judges or decides something, and until the
/// kernel has what was ordered then.
///
/// A thread that sleeps runs 50 to 100 µs after it was woken up, and to wake it costs its waker some more; a takeover has
/// three such wake-ups in a row, longer together than all the rest that it does. They are spared where there is a processor to
/// spare: with only one, a thread that waits awake would keep from running what it waits for.
struct BusyWait {
  /// So much before a decision: longer than a thread takes to wake up, as a rule.
  static let lead = Interval.microseconds(150)
  /// So long after it: longer than the kernel takes to add an address, as a rule.
  static let patience = Interval.microseconds(400)

  private let isAffordable = Realtime.processors > 1
  private var awakeUntil = Instant.origin
  /// The decision that it was turned to last.
  private var decision = Instant.never

  /// Whether to look again at once instead of to sleep.
  func isAwake(at now: Instant) -> Bool { now < awakeUntil }

  /// When to be awake for a decision.
  func begin(of decision: Instant) -> Instant { isAffordable && decision != .never ? decision - Self.lead : .never }

  /// Notes what the thread is awake for.
  /// - Returns: whether it was awake for something else before.
  mutating func turn(to decision: Instant) -> Bool {
    guard decision != self.decision else { return false }
    self.decision = decision
    return true
  }

  /// Is awake, for what is about to happen.
  mutating func stay(until end: Instant) {
    if isAffordable { awakeUntil = end }
  }
}

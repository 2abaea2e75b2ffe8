import Support
import TakeoverCore

/// How much of one thing the heartbeat thread does before it is another's turn, by count and by time: whoever can send
/// to it, or order of it, must not be able to keep it from its beat.
struct Turn {
  private var left: Int
  private let end: Instant

  /// - Parameters:
  ///   - steps: so many at most.
  ///   - end: and none begins later than this.
  init(of steps: Int, until end: Instant) { (left, self.end) = (steps, end) }

  /// Whether another step may be taken, which then counts.
  mutating func goesOn() -> Bool {
    guard left > 0, .now < end else { return false }
    left -= 1
    return true
  }
}

import Support
import TakeoverCore

/// When something happened, by the agent's clock and by the time of day as it was then: a time that was told once stays
/// the same, however the clocks drift apart.
package struct Moment: Equatable, Sendable {
  package let instant: Instant
  /// Milliseconds since 1970.
  let milliseconds: Int64

  package static var now: Moment { Moment(.now) }

  /// An instant that is not long ago.
  package init(_ instant: Instant) {
    self.instant = instant
    milliseconds = WallClock.now() - (Instant.now - instant).nanoseconds / 1_000_000
  }

  /// RFC 3339, in UTC.
  package var text: String { TimeText.of(milliseconds: milliseconds) }
}

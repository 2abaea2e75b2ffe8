import Linux
import TakeoverCore

extension Instant {
  /// Now, on the clock that the whole agent runs on.
  package static var now: Instant { Instant(nanoseconds: BootClock.now()) }
}

extension Interval {
  package init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self.init(nanoseconds: seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
  }
}

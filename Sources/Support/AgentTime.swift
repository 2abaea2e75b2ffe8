import Linux
import TakeoverCore

extension Instant {
  /// Now, on the clock that the whole agent runs on.
  package static var now: Instant { Instant(nanoseconds: BootClock.now()) }
}

extension Interval {
  package init(_ duration: Duration) {
    self.init(nanoseconds: duration.nanoseconds)
  }
}

/// A point on the node's own clock, in nanoseconds since an origin that never changes while the node runs.
///
/// The core never reads a clock: whoever calls it says what time it is. The agent uses `CLOCK_BOOTTIME`, a test
/// whatever it likes.
public struct Instant: Hashable, Comparable, BitwiseCopyable, Sendable {
  /// Nanoseconds since the origin.
  public var nanoseconds: Int64

  /// The origin itself, before anything happened.
  public static let origin = Instant(nanoseconds: 0)
  /// After everything: a deadline that never comes.
  public static let never = Instant(nanoseconds: .max)

  /// The instant `nanoseconds` after the origin.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Earlier.
  @inlinable public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The instant an interval later. Wraps instead of trapping; intervals are bounded where they come from.
  @inlinable public static func + (instant: Instant, interval: Interval) -> Instant {
    Instant(nanoseconds: instant.nanoseconds &+ interval.nanoseconds)
  }

  /// The instant an interval earlier.
  @inlinable public static func - (instant: Instant, interval: Interval) -> Instant {
    Instant(nanoseconds: instant.nanoseconds &- interval.nanoseconds)
  }

  /// How long it took from `earlier` to `later`.
  @inlinable public static func - (later: Instant, earlier: Instant) -> Interval {
    Interval(nanoseconds: later.nanoseconds &- earlier.nanoseconds)
  }
}

/// A length of time in nanoseconds.
///
/// The standard library's `Duration` counts attoseconds in 128 bits; a heartbeat a millisecond needs neither.
public struct Interval: Hashable, Comparable, BitwiseCopyable, Sendable {
  /// The length; negative only as a difference of instants out of order.
  public var nanoseconds: Int64

  /// No time at all.
  public static let zero = Interval(nanoseconds: 0)

  /// A length in nanoseconds.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  /// A length in microseconds.
  @inlinable public static func microseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count &* 1_000) }
  /// A length in milliseconds.
  @inlinable public static func milliseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count &* 1_000_000) }
  /// A length in seconds.
  @inlinable public static func seconds(_ count: Int64) -> Interval { Interval(nanoseconds: count &* 1_000_000_000) }

  /// Whole microseconds, rounded down.
  @inlinable public var microseconds: Int64 { nanoseconds / 1_000 }

  /// Shorter.
  @inlinable public static func < (left: Interval, right: Interval) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The rest that is left of an interval after another; negative if the other is longer.
  @inlinable public static func - (interval: Interval, other: Interval) -> Interval {
    Interval(nanoseconds: interval.nanoseconds &- other.nanoseconds)
  }

  /// Both, one after the other. Wraps instead of trapping.
  @inlinable public static func + (interval: Interval, other: Interval) -> Interval {
    Interval(nanoseconds: interval.nanoseconds &+ other.nanoseconds)
  }

  /// `count` times as long.
  @inlinable public static func * (interval: Interval, count: Int64) -> Interval {
    Interval(nanoseconds: interval.nanoseconds &* count)
  }

  /// A `divisor`th as long, rounded down; the divisor is a constant of the protocol, never data.
  @inlinable public static func / (interval: Interval, divisor: Int64) -> Interval {
    Interval(nanoseconds: interval.nanoseconds / divisor)
  }
}

import Glibc

/// The clock everything in vipagent runs on: `CLOCK_BOOTTIME`.
///
/// It never jumps, and unlike `CLOCK_MONOTONIC` it goes on while the machine is suspended, so a node that slept
/// knows that it did.
public enum BootClock {
  /// Nanoseconds since boot (`clock_gettime(2)`).
  @inline(__always)
  public static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  /// `CLOCK_REALTIME` minus this clock, nanoseconds: it changes only when somebody sets the time of day.
  public static func lag() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec) &- now()
  }
}

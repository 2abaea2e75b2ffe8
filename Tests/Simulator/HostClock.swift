import TakeoverCore

/// A host's CLOCK_BOOTTIME: it never jumps, but it runs a little fast or slow, and a hypervisor can stop it.
package struct HostClock: BitwiseCopyable {
  /// What it showed at the world's origin.
  private var base: Int64
  /// Parts per million too fast.
  package private(set) var drift: Int64

  package init(base: Interval, drift: Int64) {
    self.base = base.nanoseconds
    self.drift = drift
  }

  /// What it shows at an instant of the world.
  @inline(__always) func local(_ now: Instant) -> Instant {
    let elapsed = now.nanoseconds
    guard drift != 0 else { return Instant(nanoseconds: base &+ elapsed) }
    return Instant(nanoseconds: base &+ elapsed &+ correction(elapsed))
  }

  /// The first instant of the world at which it shows at least this.
  @inline(__always) func world(_ local: Instant) -> Instant {
    let shown = local.nanoseconds &- base
    guard drift != 0 else { return Instant(nanoseconds: shown) }
    var guess = Instant(nanoseconds: shown &- correction(shown))
    while self.local(guess) < local { guess.nanoseconds += 1 + (local - self.local(guess)).nanoseconds / 2 }
    return guess
  }

  @inline(__always) private func correction(_ time: Int64) -> Int64 {
    time / 1_000_000 &* drift &+ time % 1_000_000 &* drift / 1_000_000
  }

  /// The machine was stopped for so long, and its clock with it.
  mutating func fallBehind(by time: Interval) { base &-= time.nanoseconds }
}

import Synchronization
import TakeoverCore

/// The longest of what was noted in the last while, which is between half an hour and a whole: two halves, of which the
/// older is forgotten when the newer is full.
///
/// One thread writes, without allocating; any thread reads, what was or what is.
struct RecentLongest: ~Copyable {
  static let half = Interval.seconds(1_800)

  /// The longest of each half, and when the halves began, in nanoseconds.
  private let newer = Atomic<Int64>(0), older = Atomic<Int64>(0)
  private let newerBegan = Atomic<Int64>(0), olderBegan = Atomic<Int64>(0)

  /// Forgets everything.
  func begin(at now: Instant) {
    newer.store(0, ordering: .relaxed)
    older.store(0, ordering: .relaxed)
    olderBegan.store(now.nanoseconds, ordering: .relaxed)
    newerBegan.store(now.nanoseconds, ordering: .relaxed)
  }

  /// Notes a length; the writer's alone.
  func note(_ interval: Interval, at now: Instant) {
    turn(at: now)
    if interval.nanoseconds > newer.load(ordering: .relaxed) { newer.store(interval.nanoseconds, ordering: .relaxed) }
  }

  private func turn(at now: Instant) {
    let began = newerBegan.load(ordering: .relaxed)
    let age = Interval(nanoseconds: now.nanoseconds - began)
    guard age >= Self.half else { return }
    if age >= Self.half * 2 { return begin(at: now) }
    older.store(newer.load(ordering: .relaxed), ordering: .relaxed)
    olderBegan.store(began, ordering: .relaxed)
    newer.store(0, ordering: .relaxed)
    newerBegan.store(now.nanoseconds, ordering: .relaxed)
  }

  /// The longest, and since when that counts; nil where nothing was noted.
  func value(at now: Instant) -> (longest: Interval, since: Instant)? {
    let newer = newer.load(ordering: .relaxed), older = older.load(ordering: .relaxed)
    let isStale = now.nanoseconds - newerBegan.load(ordering: .relaxed) >= Self.half.nanoseconds * 2
    guard !isStale, max(newer, older) > 0 else { return nil }
    return (
      Interval(nanoseconds: max(newer, older)), Instant(nanoseconds: olderBegan.load(ordering: .relaxed))
    )
  }
}

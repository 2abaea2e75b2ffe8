/// Keeps what a hostile network can repeat from filling the log: a token bucket for each key.
///
/// A key may speak `burst` times at once, and from then on once every `interval`. At most `capacity` keys are
/// remembered; while all of them are in use, keys beyond them share one bucket, so that made-up keys cannot get past
/// it. A value: time is an argument.
struct RateLimiter<Key: Hashable & Sendable>: Sendable {
  private struct Bucket: Sendable {
    // When it will be full again. A full bucket is like a new one, and that is when it may be forgotten.
    var fullAt = Int64.min
    var suppressed = 0
  }

  private let interval: Int64
  private let tolerance: Int64
  private let capacity: Int
  private var buckets: [Key: Bucket] = [:]
  private var others = Bucket()
  private var nextSweep = Int64.min

  /// - Parameters:
  ///   - burst: how often a key that was silent may speak at once, 1 or more.
  ///   - interval: nanoseconds until it may speak once more, 1 or more.
  ///   - capacity: how many keys have a bucket of their own.
  init(burst: Int, interval: Int64, capacity: Int) {
    self.interval = max(1, interval)
    tolerance = self.interval * Int64(max(1, burst) - 1)
    self.capacity = capacity
  }

  /// Asks whether a key may speak now.
  /// - Parameter now: nanoseconds of a clock that does not go back.
  /// - Returns: whether it may, and if so how often it was kept from it since the last time.
  mutating func admit(_ key: Key, at now: Int64) -> (admitted: Bool, suppressed: Int) {
    if buckets[key] == nil && buckets.count >= capacity { forgetFullBuckets(at: now) }
    if buckets[key] == nil && buckets.count >= capacity { return take(from: &others, at: now) }
    return take(from: &buckets[key, default: Bucket()], at: now)
  }

  private func take(from bucket: inout Bucket, at now: Int64) -> (admitted: Bool, suppressed: Int) {
    let fullAt = max(bucket.fullAt, now)
    guard fullAt - now <= tolerance else {
      bucket.suppressed += 1
      return (false, 0)
    }
    defer { bucket = Bucket(fullAt: fullAt + interval) }
    return (true, bucket.suppressed)
  }

  /// Not at every call: with made-up keys that would be a walk over all buckets each time.
  private mutating func forgetFullBuckets(at now: Int64) {
    guard now >= nextSweep else { return }
    nextSweep = now + interval
    buckets = buckets.filter { $0.value.fullAt > now }
  }
}

import TakeoverCore

/// When the sockets that the network can reach are read, and for how long.
///
/// Whoever can reach them can send without end, and the thread that reads goes before everybody else's. So it reads each source for
/// a tenth of the time at most; what it could not use up is saved for a while, but never so much that a beat would wait
/// for it. While more comes than a few packets a period, they no longer wake the thread up: it looks once a period.
struct Reading {
  /// What makes the thread read.
  enum Mode: Equatable {
    /// Each packet.
    case watched
    /// Heartbeats wait until the thread is awake for something else; answers of the wire wake it up.
    case moderate
    /// A period is over.
    case flooded
  }

  /// Each is paid for by itself: a flood of forged heartbeats must not keep the answers of the second opinion unheard, which is what
  /// keeps the addresses where they are when heartbeats are lost in it.
  enum Source: Int {
    case heartbeats
    /// ARP and ICMP.
    case answers
  }

  /// One nanosecond of reading is paid for by so many.
  static let share: Int64 = 10
  /// Packets wake the thread up so often in a period, and no more.
  private static let crowd = 16
  /// A flood is over when none was seen for so long.
  private static let memory = Interval.seconds(1)
  private static let longestPeriod = Interval.milliseconds(5), shortestPeriod = Interval.microseconds(250)

  /// A quarter of a keepalive, from 250 µs to 5 ms.
  let period: Interval
  private(set) var mode = Mode.watched
  private var floodedUntil = Instant.origin
  /// While it is flooded.
  private(set) var next = Instant.origin
  /// What was read of a source is paid for until then.
  private var paid = InlineArray<2, Instant>(repeating: .origin)
  private var windowEnd = Instant.origin
  private var wakeUps = 0

  init(keepalive: Interval) {
    period = min(max(keepalive / 4, Self.shortestPeriod), Self.longestPeriod)
  }

  /// Whether the heartbeat sockets are to be read though none of them woke the thread up.
  func isDue(at now: Instant) -> Bool {
    switch mode {
    case .watched: false
    case .moderate: true
    case .flooded: now >= next
    }
  }

  /// How long may be read now.
  func budget(of source: Source, at now: Instant) -> Interval {
    min(max((now - paid[source.rawValue]) / Self.share, .zero), period)
  }

  /// Whether so much was read that not even what time is about to judge may be read before it is paid for.
  func isBroke(_ source: Source, at now: Instant) -> Bool {
    now < paid[source.rawValue] - period * Self.share
  }

  /// Notes what was read.
  /// - Parameters:
  ///   - start: when that began.
  ///   - isComplete: everything that there was.
  mutating func note(_ source: Source, from start: Instant, to end: Instant, packets: Int, isComplete: Bool) {
    // No turn is longer than a period: what took longer was held up, and must not keep the others' heartbeats unheard.
    paid[source.rawValue] =
      max(paid[source.rawValue], start - period * Self.share) + min(end - start, period) * Self.share
    if packets > 0 {
      if start >= windowEnd { (windowEnd, wakeUps) = (start + period, 0) }
      wakeUps += mode == .flooded ? packets : 1
    }
    if !isComplete || wakeUps >= Self.crowd { floodedUntil = end + Self.memory }
    next = max(end + period / 2, start + period)
  }

  /// Settles what makes the thread read from now on.
  /// - Parameter canWait: heartbeats need not be heard at once.
  /// - Returns: whether that is something else than before.
  mutating func settle(canWait: Bool, at now: Instant) -> Bool {
    let former = mode
    mode = now < floodedUntil ? .flooded : canWait ? .moderate : .watched
    return mode != former
  }
}

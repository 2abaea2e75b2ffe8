import TakeoverCore

/// Has the kernel drop what is no heartbeat of this cluster while a flood of that lasts.
///
/// In quiet times everything is let in, so that each drop has its name: another cluster, another version, another
/// program on the port. From a number a second on, a filter of the socket drops what can be told without a key; after a
/// while it is opened again to see.
package struct JunkGate {
  /// So much in ``window`` is let in.
  static let most = 64
  static let window = Interval.seconds(1), pause = Interval.seconds(4)

  private var count = 0
  private var windowEnd = Instant.origin
  /// When a closed gate opens; nil while it is open.
  private(set) var opening: Instant?

  /// Counts what was let in and is junk.
  /// - Returns: whether the gate closes with this.
  package mutating func note(at now: Instant) -> Bool {
    if now >= windowEnd { (windowEnd, count) = (now + Self.window, 0) }
    count += 1
    guard count > Self.most, opening == nil else { return false }
    opening = now + Self.pause
    return true
  }

  /// Whether it is time to open; then it is open.
  package mutating func opens(at now: Instant) -> Bool {
    guard let opening, now >= opening else { return false }
    (self.opening, count, windowEnd) = (nil, 0, .origin)
    return true
  }
}

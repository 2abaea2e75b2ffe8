import Linux
import Synchronization

/// When the heartbeat thread last ran, for the address thread to see: a lease is renewed only while heartbeats are on
/// time, so that the addresses of an agent that hangs end with their lease.
final class Pulse: Sendable {
  private let last = Atomic<Int64>(.min)

  /// The heartbeat thread has done what was due. Everything it ordered before is visible to who sees this.
  func beat(at now: Int64) { last.store(now, ordering: .releasing) }

  /// When it last did, in nanoseconds of `BootClock`; `.min` before the first time.
  var latest: Int64 { last.load(ordering: .acquiring) }

  /// Whether it has done so within this many nanoseconds.
  func isWithin(_ nanoseconds: Int64, of now: Int64) -> Bool {
    now &- last.load(ordering: .acquiring) <= nanoseconds
  }
}

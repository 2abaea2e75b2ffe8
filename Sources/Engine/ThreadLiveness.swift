import Linux
import Synchronization

/// What the address thread sees of the heartbeat thread without being told.
///
/// When it last ran: a lease is renewed only while heartbeats are on time, so that the addresses of an agent that hangs
/// end with their lease. And until when it may be about to order something that somebody waits for.
package final class ThreadLiveness: Sendable {
  private let last = Atomic<Int64>(.min)
  private let expectant = Atomic<Int64>(.min)

  package init() {}

  /// The heartbeat thread has done what was due. Everything it ordered before is visible to who sees this.
  package func beat(at now: Int64) { last.store(now, ordering: .releasing) }

  /// When it last did, in nanoseconds of `BootClock`; `.min` before the first time.
  package var latest: Int64 { last.load(ordering: .acquiring) }

  /// Whether it has done so within this many nanoseconds.
  package func isWithin(_ nanoseconds: Int64, of now: Int64) -> Bool {
    now &- last.load(ordering: .acquiring) <= nanoseconds
  }

  /// The heartbeat thread may be about to order something, until this many nanoseconds of `BootClock`.
  package func expectOrder(until end: Int64) { expectant.store(end, ordering: .releasing) }

  /// Until when, in nanoseconds of `BootClock`; it may have passed.
  package var expectsOrderUntil: Int64 { expectant.load(ordering: .acquiring) }
}

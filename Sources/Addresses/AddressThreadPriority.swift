import Configuration
import Engine
import Linux

/// How urgent the address thread's work is to the scheduler: one realtime priority below the heartbeat thread's, so that
/// a takeover does not wait for a core with everybody else and a heartbeat does not wait for a takeover.
///
/// Like the heartbeat thread's, it is settled when the agent starts, except that the number of addresses may change.
struct AddressThreadPriority {
  /// A takeover of so many keeps a core for some 20 ms. Thousands more would keep it for seconds, and whatever else runs
  /// there waits: beyond `kernel.sched_rt_runtime_us` even the heartbeat thread (sched(7)).
  static let mostAddresses = 1_000

  /// 0 where the thread shall have none.
  private let priority: Int
  private var isRealtime = false

  init(_ settings: HeartbeatSettings) {
    priority = settings.realtime ? settings.rtprio - 1 : 0
  }

  /// Gives the calling thread what it shall have with this generation. Where that is refused, the heartbeat thread is refused
  /// its higher priority too, and says so.
  mutating func settle(for generation: Generation) {
    let addresses = generation.groups.reduce(0) { $0 + $1.vips.count }
    let shall = priority > 0 && addresses <= Self.mostAddresses
    guard shall != isRealtime else { return }
    if shall {
      isRealtime = (try? Realtime.enter(priority: priority)) != nil
    } else {
      Realtime.leave()
      isRealtime = false
    }
  }
}

import Linux
import Synchronization

/// Where every line passes: what is said too often stays here, the rest goes to the log's thread and to everybody who
/// follows. For any thread but the heartbeat's.
final class LogDispatcher: Sendable {
  private struct State {
    var throttle = Throttle()
    var followers: [LogQueue] = []
  }

  /// The lines that wait for the log's thread.
  let queue: LogQueue
  private let state = Mutex(State())

  /// - Parameter capacity: lines that wait for the log's thread at most.
  init(capacity: Int) throws(SystemError) { queue = try LogQueue(capacity: capacity) }

  /// How many lines were left out since the start.
  var leftOut: UInt64 { state.withLock { $0.throttle.leftOut } }

  /// Passes a line on, or leaves it out.
  func take(_ line: LogLine) {
    let isFirstLeftOut = state.withLock { state in
      let hadNone = state.throttle.nextOverdue == .max
      guard let line = state.throttle.admit(line, at: BootClock.now()) else { return hadNone }
      pass(line, &state)
      return false
    }
    // The log's thread sleeps without an end while nothing is left out.
    if isFirstLeftOut { queue.wakeup.signal() }
  }

  /// Says the last line of each topic that was left out and has been quiet since. The log's thread does this.
  func sayWhatIsOverdue() {
    state.withLock { state in
      for line in state.throttle.overdue(at: BootClock.now()) { pass(line, &state) }
    }
  }

  /// How long the log's thread may sleep, for `poll(2)`: -1 without an end.
  var millisecondsUntilOverdue: Int32 {
    let next = state.withLock { $0.throttle.nextOverdue }
    guard next != .max else { return -1 }
    return Int32(clamping: max(0, next - BootClock.now() + 999_999) / 1_000_000)
  }

  func follow(capacity: Int) throws(SystemError) -> LogQueue {
    let follower = try LogQueue(capacity: capacity)
    state.withLock { $0.followers.append(follower) }
    return follower
  }

  /// Says everything that was left out and takes nothing more.
  /// - Returns: false if it was closed before.
  func close() -> Bool {
    state.withLock { state in
      for line in state.throttle.overdue(at: BootClock.now(), isLast: true) { pass(line, &state) }
    }
    return queue.close()
  }

  // Under the lock, so that all see the lines in one order; putting a line never waits.
  private func pass(_ line: LogLine, _ state: inout State) {
    queue.put(line)
    for follower in state.followers { follower.put(line) }
  }
}

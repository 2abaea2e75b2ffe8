import Glibc

/// State that several threads share, and can wait for: a mutex and a condition variable with the state inside.
///
/// The standard library's `Mutex` has no condition to wait for, and a test that polls is a test that is late.
package final class Guarded<State: ~Copyable>: @unchecked Sendable {
  // Both at a fixed address, as pthread_mutex_init(3) and pthread_cond_init(3) ask for.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var state: State

  package init(_ state: consuming State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    // Timeouts must not follow a clock that somebody sets; CLOCK_BOOTTIME is not allowed here.
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Runs `body` with the state to itself, and wakes those who wait for it to change.
  package func withLock<Value: ~Copyable, Failure>(_ body: (inout State) throws(Failure) -> Value) throws(Failure)
    -> Value
  {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    return try body(&state)
  }

  /// Waits until `probe` gives a value; nil when none came in time. A nil timeout waits for ever.
  package func wait<Value>(timeout: Duration?, for probe: (inout State) -> Value?) -> Value? {
    var deadline = timespec()
    clock_gettime(CLOCK_MONOTONIC, &deadline)
    if let timeout {
      let nanoseconds = Int(timeout.nanoseconds) + deadline.tv_nsec
      deadline.tv_sec += nanoseconds / 1_000_000_000
      deadline.tv_nsec = nanoseconds % 1_000_000_000
    }
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let value = probe(&state) { return value }
      if timeout == nil {
        pthread_cond_wait(condition, mutex)
      } else if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT {
        return probe(&state)
      }
    }
  }
}

extension Duration {
  /// The whole of it in nanoseconds; more than 292 years are cut off.
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let whole = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let sum = whole.partialValue.addingReportingOverflow(attoseconds / 1_000_000_000)
    return whole.overflow || sum.overflow ? (seconds < 0 ? .min : .max) : sum.partialValue
  }

  /// The whole of it in milliseconds, for a reader.
  package var milliseconds: Double { Double(nanoseconds) / 1e6 }
}

import Glibc
import Linux
import Synchronization

/// An ordinary thread (`SCHED_OTHER`) that wants all of a processor: what it gets is what others leave of it. Its time counts, and not how
/// far it comes with it: a processor may share a core with the sender's.
final class Bystander: Sendable {
  private let isEnding = Atomic<Bool>(false)
  private let time = Atomic<Int64>(0)
  private let thread = Mutex<Linux.Thread?>(nil)

  /// - Parameter processor: see `Realtime.stay(onProcessor:)`.
  init(onProcessor processor: Int) throws {
    let started = try Linux.Thread(name: "bystander") { [unowned self] in
      try? Realtime.stay(onProcessor: processor)
      while !self.isEnding.load(ordering: .relaxed) { self.spin() }
    }
    thread.withLock { $0 = started }
  }

  deinit { stop() }

  /// For how long it has run, in nanoseconds (`clock_gettime(2)`, CLOCK_THREAD_CPUTIME_ID).
  var nanosecondsRun: Int64 { time.load(ordering: .relaxed) }

  /// Ends the thread. Does no harm twice.
  func stop() {
    guard let thread = thread.withLock({ $0.take() }) else { return }
    isEnding.store(true, ordering: .relaxed)
    thread.join()
  }

  private func spin() {
    for _ in 0..<1000 where isEnding.load(ordering: .relaxed) { return }
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    time.store(Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec), ordering: .relaxed)
  }
}

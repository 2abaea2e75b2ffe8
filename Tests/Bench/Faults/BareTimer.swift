import Glibc
import Linux
import Synchronization

/// A realtime thread that does nothing but wake up once an interval, under the agent's own priority: how late a thread is on
/// this machine that has nothing to do. Whoever is no later than it is as good as the kernel lets him be.
final class BareTimer: Sendable {
  private static let priority = 50

  private let isEnding = Atomic<Bool>(false)
  private let log = Mutex<[Int64]>([])
  private let thread = Mutex<Linux.Thread?>(nil)

  /// - Parameter interval: nanoseconds.
  init(every interval: Int64) throws {
    let started = try Linux.Thread(name: "bare") { [unowned self] in self.run(every: interval) }
    thread.withLock { $0 = started }
  }

  deinit { stop() }

  /// How late each wake-up was, in milliseconds.
  var lateness: [Double] { log.withLock { $0.map { Double($0) / 1e6 } } }

  /// Ends the thread. Does no harm twice.
  func stop() {
    guard let thread = thread.withLock({ $0.take() }) else { return }
    isEnding.store(true, ordering: .relaxed)
    thread.join()
  }

  private func run(every interval: Int64) {
    try? Realtime.enter(priority: Self.priority)
    var due = BootClock.now()
    while !isEnding.load(ordering: .relaxed) {
      due = max(due + interval, BootClock.now())
      var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
      clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &time, nil)
      let late = BootClock.now() - due
      log.withLock { $0.append(late) }
    }
  }
}

import Glibc
import Linux
import Synchronization

/// Lets work end in order when SIGINT or SIGTERM comes: what it has built is torn down by whoever built it.
enum Interruption {
  /// Whether one has come: what is under way has lost its meaning.
  static let isRequested = Atomic(false)

  /// Does the work on a thread of its own, and waits for its end. Call it on the process's only thread: the others must be
  /// born with the signals blocked.
  /// - Returns: whether it was interrupted.
  static func guarding(_ work: @escaping @Sendable () throws -> Void) throws -> Bool {
    let signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    let finished = try EventDescriptor()
    let failure = Failure()
    let thread = try Linux.Thread(name: "bench", stackSize: 8 << 20) {
      do { try work() } catch { failure.text.withLock { $0 = "\(error)" } }
      finished.signal()
    }
    let poller = try Poller()
    try poller.watch(signals.descriptor.raw, as: 0)
    try poller.watch(finished.descriptor.raw, as: 1)
    var isFinished = false
    while !isFinished {
      poller.wait { if $0 == 1 { isFinished = true } }
      while signals.next() != nil { isRequested.store(true, ordering: .relaxed) }
    }
    thread.join()
    if let text = failure.text.withLock({ $0 }) { throw BenchError(text) }
    return isRequested.load(ordering: .relaxed)
  }

  private final class Failure: Sendable {
    let text = Mutex<String?>(nil)
  }
}

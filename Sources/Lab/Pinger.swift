import Linux
import Netlink

/// A client that asks an address for an echo, a thousand times a second or as often as wanted, and keeps account of the
/// answers.
public final class Pinger: Sendable {
  /// A place in the sequence of requests, to ask for what happened since.
  public struct Mark: Sendable {
    let number: Int

    /// So many requests further on.
    public func later(by requests: Int) -> Mark { Mark(number: number &+ requests) }
  }

  /// For how long requests are remembered: nanoseconds.
  static let history: Int64 = 240_000_000_000

  private let log: Guarded<PingLog>
  private let loop: PingLoop
  private let thread: Thread
  private let hasStopped = Guarded(false)

  /// Starts to ask at once.
  /// - Parameters:
  ///   - namespace: the client's.
  ///   - target: an IPv4 address that the client has a route to.
  ///   - interval: time between two requests, 50 µs or more.
  public init(
    from namespace: Namespace, to target: IPAddress, every interval: Duration = .milliseconds(1)
  ) throws(LabError) {
    let step = max(interval.nanoseconds, 50_000)
    let log = Guarded(PingLog(capacity: Int(Pinger.history / step)))
    let loop = try namespace.perform("ping \(target)") { try PingLoop(to: target, interval: step, log: log) }
    (self.log, self.loop) = (log, loop)
    thread = try doing("ping \(target)") { try Thread(name: "pinger") { loop.run() } }
  }

  deinit { stop() }

  /// The place of the next request.
  public func mark() -> Mark {
    Mark(number: log.withLock { $0.count })
  }

  /// Waits until a request is answered that was sent after the mark; false if none was in time.
  public func waitForAnswer(since mark: Mark, timeout: Duration) -> Bool {
    log.wait(timeout: timeout) { $0.newestAnswered >= mark.number ? true : nil } ?? false
  }

  /// What became of the requests sent between the mark and now. Waits until that is known: a second at most.
  ///
  /// It reaches back four minutes; of a mark older than that, the first part is missing.
  public func report(since mark: Mark) -> PingReport {
    let end = log.withLock { $0.count }
    // Twice the time an answer may take is a machine that stands still; then the report goes without the rest.
    _ = log.wait(timeout: .nanoseconds(2 * PingLog.patience)) { log in
      log.isSettled(from: mark.number, to: end, at: BootClock.now()) ? true : nil
    }
    return log.withLock { $0.report(from: mark.number, to: end, at: BootClock.now()) }
  }

  /// Ends the asking. What is unanswered then is lost. Does no harm twice.
  public func stop() {
    hasStopped.withLock { hasStopped in
      if hasStopped { return }
      hasStopped = true
      loop.end()
      thread.join()
      log.withLock { $0.close() }
    }
  }
}

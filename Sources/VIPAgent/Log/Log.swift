import Glibc
import Linux

/// The log of the daemon. Writing to it never waits: a thread of its own does the writing, and if the sink is slow or
/// stuck (a serial console, a full pipe) lines are dropped, counted, and missed aloud as soon as it moves again.
///
/// Not for the heartbeat thread: making a text allocates, and the queue has a lock.
final class Log: Sendable {
  private let threshold: Priority
  private let queue: LogQueue
  private let writer: LogWriter
  private let thread: Thread

  /// Starts the log's thread.
  /// - Parameters:
  ///   - sink: a descriptor open for writing. It stays the caller's, and open until ``close(flushWithin:)`` is over.
  ///   - node: the name of this node, for sinks other than journald.
  ///   - threshold: lines that matter less are not even made.
  ///   - capacity: lines that wait at most.
  ///   - journalStream: see ``LogFormat/init(for:node:journalStream:)``.
  init(
    to sink: Int32 = STDERR_FILENO, node: String, threshold: Priority = .informational, capacity: Int = 1_024,
    journalStream: String? = getenv("JOURNAL_STREAM").map { String(cString: $0) }
  ) throws(SystemError) {
    self.threshold = threshold
    let queue = try LogQueue(capacity: capacity)
    let format = LogFormat(for: sink, node: node, journalStream: journalStream)
    let writer = try LogWriter(queue, to: sink, format)
    self.queue = queue
    self.writer = writer
    thread = try Thread(name: "log") { writer.run() }
  }

  deinit { close(flushWithin: 0) }

  /// Says something. Never waits; for any thread but the heartbeat's.
  /// - Parameter text: one sentence; it is made only if it is going to be written.
  func write(_ priority: Priority, _ text: @autoclosure () -> String) {
    guard priority <= threshold else { return }
    queue.put(LogLine(priority, text(), at: WallClock.now()))
  }

  /// Writes what is waiting and ends the thread. Lines that come later go nowhere; a second call does nothing.
  /// - Parameter milliseconds: how long the sink may take; what it has not taken by then is given up.
  func close(flushWithin milliseconds: Int32) {
    guard queue.close() else { return }
    if isFinished(within: milliseconds) { return thread.join() }
    writer.abandon.signal()
    // It ends at once, unless a terminal holds it inside write(2): then it is left behind, and the process's end
    // takes it along.
    if isFinished(within: 100) { thread.join() }
  }

  private func isFinished(within milliseconds: Int32) -> Bool {
    let deadline = BootClock.now() + Int64(max(0, milliseconds)) * 1_000_000
    var wanted = pollfd(fd: writer.finished.descriptor.raw, events: Int16(POLLIN), revents: 0)
    while true {
      let remaining = max(0, (deadline - BootClock.now() + 999_999) / 1_000_000)
      let result = poll(&wanted, 1, Int32(remaining))
      if result >= 0 { return result > 0 }
    }
  }
}

import Glibc
import Linux
import Support

/// The log of the daemon. Writing to it never waits: a thread of its own does the writing, and if the sink is slow or
/// stuck (a serial console, a full pipe) lines are dropped, counted, and missed aloud as soon as it moves again.
///
/// Every message of the agent, from whichever thread, passes here: this is also where an event stream listens
/// (``follow(capacity:)``).
///
/// Not for the heartbeat thread: making a text allocates, and the queue has a lock.
package final class Log: Sendable {
  private let dispatcher: LogDispatcher
  private let writer: LogWriter
  private let thread: Thread

  /// Starts the log's thread.
  /// - Parameters:
  ///   - sink: a descriptor open for writing. It stays the caller's, and open until ``close(flushWithin:)`` is over.
  ///   - node: the name of this node.
  ///   - capacity: lines that wait at most.
  ///   - journalStream: see ``LogFormat/init(for:node:journalStream:)``.
  ///   - journalSocket: where journald takes lines with their fields, if the sink leads to it.
  package init(
    to sink: Int32 = STDERR_FILENO, node: String, capacity: Int = 1_024,
    journalStream: String? = getenv("JOURNAL_STREAM").map { String(cString: $0) },
    journalSocket: String = Journal.standardPath
  ) throws(SystemError) {
    let format = LogFormat(for: sink, node: node, journalStream: journalStream)
    let journal = format == .journal ? try Journal(path: journalSocket, node: node) : nil
    let dispatcher = try LogDispatcher(capacity: capacity)
    let writer = try LogWriter(dispatcher, to: sink, format, journal: journal)
    self.dispatcher = dispatcher
    self.writer = writer
    thread = try Thread(name: "log") { writer.run() }
  }

  deinit { close(flushWithin: 0) }

  /// Says something, unless its topic has been said too often of late (``Throttle``). Never waits; for any thread but
  /// the heartbeat's.
  package func write(_ message: Message) { dispatcher.take(LogLine(message, at: WallClock.now())) }

  /// Opens a stream of everything that is said from now on, as it is written: poll its `wakeup` on the thread that is
  /// to take the lines, clear it, and take until there is no more. Whoever does not take in time misses lines; the
  /// next entry says how many, and `dropped` counts them.
  /// - Parameter capacity: lines that wait at most.
  package func follow(capacity: Int) throws(SystemError) -> LogQueue { try dispatcher.follow(capacity: capacity) }

  /// What has become of the lines since the start; for any thread.
  package var counts: LogCounts {
    LogCounts(
      written: writer.written.load(ordering: .relaxed),
      dropped: dispatcher.queue.dropped + writer.refused.load(ordering: .relaxed), leftOut: dispatcher.leftOut,
      sinkError: writer.lastRefusal.map { "\($0)" })
  }

  /// Writes what is waiting and ends the thread. Lines that come later go nowhere; a second call does nothing.
  /// - Parameter milliseconds: how long the sink may take; what it has not taken by then is given up.
  package func close(flushWithin milliseconds: Int32) {
    guard dispatcher.close() else { return }
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

/// What has become of the lines of a log.
package struct LogCounts: Equatable, Sendable {
  /// Written.
  var written: UInt64
  /// Missing because the sink was stuck or refused them.
  package var dropped: UInt64
  /// Left out because their topic was said too often.
  package var leftOut: UInt64
  /// Why the sink has refused the last line that it refused; nil where it never did, and was too slow at most.
  package var sinkError: String?
}

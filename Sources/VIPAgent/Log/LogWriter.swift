import CLinux
import Glibc
import Linux
import Synchronization

/// The log's thread: takes lines from the desk's queue and writes them, waiting for the sink as long as it takes.
///
/// Under journald a line goes to the journal's own socket, with its fields. Where that socket is missing or full, the
/// line goes to the sink like any other, without them.
///
/// It waits in `poll(2)` rather than in `write(2)`, so that ``abandon`` can end it, and changes nothing about the
/// descriptor: standard error is often shared with a shell, and `O_NONBLOCK` would be the shell's too.
final class LogWriter: Sendable {
  /// Readable once the thread has done its last write.
  let finished: EventDescriptor
  /// Signalled, it ends the thread at its next wait for the sink, with lines left.
  let abandon: EventDescriptor

  /// Lines that were written, and lines that the sink has refused.
  let written = Atomic<UInt64>(0), refused = Atomic<UInt64>(0)

  private let desk: LogDesk
  private let sink: Int32
  private let format: LogFormat
  private let journal: Journal?

  /// - Parameters:
  ///   - sink: a descriptor open for writing, blocking or not; it stays the caller's.
  ///   - journal: where lines go first, if anywhere.
  init(_ desk: LogDesk, to sink: Int32, _ format: LogFormat, journal: Journal? = nil) throws(SystemError) {
    finished = try EventDescriptor()
    abandon = try EventDescriptor()
    self.desk = desk
    self.sink = sink
    self.format = format
    self.journal = journal
  }

  /// Runs until the queue is closed and empty, or until it is abandoned.
  func run() {
    blockBrokenPipeSignal()
    // So that localtime_r(3), which need not do it, knows the time zone.
    tzset()
    var lost = 0
    while true {
      desk.queue.wakeup.clear()
      // Asked before the last round of taking: what came before the close is written.
      let isLast = desk.queue.isClosed
      while let entry = desk.queue.take() {
        guard deliver(entry, &lost) else { return finished.signal() }
      }
      if isLast { return finished.signal() }
      waitForLines()
      desk.sayWhatIsOverdue()
    }
  }

  /// Writes an entry, and before it how many lines are missing at this place.
  /// - Parameter lost: lines that the sink has refused since the last one it took.
  /// - Returns: false when abandoned.
  func deliver(_ entry: LogQueue.Entry, _ lost: inout Int) -> Bool {
    lost += entry.droppedBefore
    if lost > 0 {
      switch write(LogLine(.linesDropped(lost), at: WallClock.now())) {
      case .written: lost = 0
      case .refused: break
      case .abandoned: return false
      }
    }
    guard let line = entry.line else { return true }
    switch write(line) {
    case .written:
      written.add(1, ordering: .relaxed)
      return true
    case .refused:
      refused.add(1, ordering: .relaxed)
      lost += 1
      return true
    case .abandoned: return false
    }
  }

  private enum Outcome { case written, refused, abandoned }

  private func write(_ line: LogLine) -> Outcome {
    if let journal, journal.send(line) { return .written }
    let bytes = format.bytes(of: line)
    var done = 0
    while done < bytes.count {
      guard waitForSink() else { return .abandoned }
      let count = bytes.withUnsafeBytes { Glibc.write(sink, $0.baseAddress.map { $0 + done }, bytes.count - done) }
      if count >= 0 {
        done += count
      } else if errno != EAGAIN && errno != EINTR {
        return .refused
      }
    }
    return .written
  }

  /// Waits until the sink takes something, or reports an error that the next write will tell; false when abandoned.
  private func waitForSink() -> Bool {
    var wanted = (
      pollfd(fd: sink, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: abandon.descriptor.raw, events: Int16(POLLIN), revents: 0)
    )
    withUnsafeMutableBytes(of: &wanted) { bytes in
      let pair = bytes.assumingMemoryBound(to: pollfd.self)
      while poll(pair.baseAddress, 2, -1) < 0 && errno == EINTR {}
    }
    return wanted.1.revents == 0
  }

  private func waitForLines() {
    var wanted = pollfd(fd: desk.queue.wakeup.descriptor.raw, events: Int16(POLLIN), revents: 0)
    poll(&wanted, 1, desk.millisecondsUntilOverdue)
  }

  /// SIGPIPE goes to the thread that writes (`pipe(7)`): blocked here, a reader that goes away is only an EPIPE, and
  /// what the process has decided about the signal elsewhere stays as it is.
  private func blockBrokenPipeSignal() {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }
}

extension Message {
  /// The log says what is missing from it, where it is missing.
  static func linesDropped(_ count: Int) -> Message {
    let lines = count == 1 ? "1 line was" : "\(count) lines were"
    return Message(
      .linesDropped, "\(lines) dropped because the log could not be written", [.count: "\(count)"])
  }
}

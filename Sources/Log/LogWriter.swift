import CLinux
import Glibc
import Linux
import Support
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
  private let refusal = Atomic<Int32>(0)

  /// Why the sink has refused a line, the last time that it did.
  var lastRefusal: Errno? {
    let number = refusal.load(ordering: .relaxed)
    return number == 0 ? nil : Errno(rawValue: number)
  }

  /// Signalled, it ends the thread at its next wait for the sink, with lines left.
  let abandon: EventDescriptor

  /// Lines that were written, and lines that the sink has refused.
  let written = Atomic<UInt64>(0), refused = Atomic<UInt64>(0)

  /// How long the journal may have no room before it counts as hanging.
  private static let journalPatience: Int32 = 1_000
  // Only the log's thread looks at it; atomic because a class that threads share can have no other variable.
  private let journalHangs = Atomic<Bool>(false)

  private let dispatcher: LogDispatcher
  private let sink: Int32
  private let format: LogFormat
  private let journal: Journal?

  /// - Parameters:
  ///   - sink: a descriptor open for writing, blocking or not; it stays the caller's.
  ///   - journal: where lines go first, if anywhere.
  init(_ dispatcher: LogDispatcher, to sink: Int32, _ format: LogFormat, journal: Journal? = nil) throws(SystemError) {
    finished = try EventDescriptor()
    abandon = try EventDescriptor()
    self.dispatcher = dispatcher
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
      dispatcher.queue.wakeup.clear()
      // Asked before the last round of taking: what came before the close is written.
      let isLast = dispatcher.queue.isClosed
      while let entry = dispatcher.queue.take() {
        guard deliver(entry, &lost) else { return finished.signal() }
      }
      if isLast { return finished.signal() }
      waitForLines()
      dispatcher.sayWhatIsOverdue()
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
    if let journal, hand(line, to: journal) { return .written }
    let bytes = format.bytes(of: line)
    var done = 0
    while done < bytes.count {
      guard waitFor(sink) == .ready else { return .abandoned }
      let count = bytes.withUnsafeBytes { Glibc.write(sink, $0.baseAddress.map { $0 + done }, bytes.count - done) }
      if count >= 0 {
        done += count
      } else if errno != EAGAIN && errno != EINTR {
        refusal.store(errno, ordering: .relaxed)
        return .refused
      }
    }
    return .written
  }

  /// A burst of lines may be longer than the journal's queue: wait for room, but for a journal that hangs only once.
  private func hand(_ line: LogLine, to journal: Journal) -> Bool {
    var outcome = journal.send(line)
    while outcome == .full && !journalHangs.load(ordering: .relaxed) {
      switch waitFor(journal.descriptor, milliseconds: Self.journalPatience) {
      case .ready: outcome = journal.send(line)
      case .late: journalHangs.store(true, ordering: .relaxed)
      case .abandoned: return false
      }
    }
    if outcome == .sent { journalHangs.store(false, ordering: .relaxed) }
    return outcome == .sent
  }

  private enum Readiness { case ready, late, abandoned }

  /// Waits until a descriptor takes something, or reports an error that the next write will tell.
  /// - Parameter milliseconds: how long at most; -1 without an end.
  private func waitFor(_ descriptor: Int32, milliseconds: Int32 = -1) -> Readiness {
    var wanted = (
      pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: abandon.descriptor.raw, events: Int16(POLLIN), revents: 0)
    )
    withUnsafeMutableBytes(of: &wanted) { bytes in
      let pair = bytes.assumingMemoryBound(to: pollfd.self)
      while poll(pair.baseAddress, 2, milliseconds) < 0 && errno == EINTR {}
    }
    if wanted.1.revents != 0 { return .abandoned }
    return wanted.0.revents != 0 ? .ready : .late
  }

  private func waitForLines() {
    var wanted = pollfd(fd: dispatcher.queue.wakeup.descriptor.raw, events: Int16(POLLIN), revents: 0)
    poll(&wanted, 1, dispatcher.millisecondsUntilOverdue)
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

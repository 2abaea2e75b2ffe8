import CLaunch
import Glibc
import Linux

/// A program that runs, or ran, on a host of the lab.
public final class HostProcess: Sendable {
  /// One line of what the program wrote to standard output or standard error.
  public struct Line: Sendable {
    /// When it arrived, in nanoseconds of `BootClock`.
    public let time: Int64
    /// Without the line feed.
    public let text: String
  }

  /// How a process ended.
  public enum Exit: Equatable, Sendable, CustomStringConvertible {
    /// By itself, with this status (0...255).
    case code(Int32)
    /// By this signal.
    case signal(Int32)

    /// `status 1` or `signal 9`.
    public var description: String {
      switch self {
      case .code(let status): "status \(status)"
      case .signal(let number): "signal \(number)"
      }
    }
  }

  private struct State {
    var lines: [Line] = []
    var partial: [UInt8] = []
    var exit: Exit?
  }

  /// The process id, which is also that of its process group.
  public let identifier: pid_t
  /// The host it runs on.
  public let host: String
  private let descriptor: Descriptor
  private let output: Descriptor
  private let state = Guarded(State())
  private let onLine: @Sendable (Line) -> Void

  /// Takes over a process just started.
  /// - Parameter onLine: called for every line, on the thread that reads them.
  init(
    _ started: consuming Launcher.Started, on host: String, onLine: @escaping @Sendable (Line) -> Void
  ) throws(LabError) {
    self.host = host
    self.onLine = onLine
    identifier = started.identifier
    descriptor = started.descriptor
    output = started.output
    do {
      _ = try Thread(name: "read \(host)") { self.follow() }
    } catch {
      killpg(identifier, SIGKILL)
      _ = claunch_reap(identifier)
      throw .failed("read what \(host) says", error)
    }
  }

  /// What it has written so far, whole lines only; the rest of the last one once it has ended.
  public var lines: [Line] { state.withLock { $0.lines } }

  /// How it ended; nil while it runs.
  public var exit: Exit? { state.withLock { $0.exit } }

  /// Waits for a line that contains `text`, also among those that are there already.
  /// - Parameter count: so many lines from the first on are not looked at.
  /// - Returns: the first such line; nil if none came in time, or the process ended without one.
  public func waitForLine(containing text: String, after count: Int = 0, timeout: Duration) -> Line? {
    var seen = count
    return state.wait(timeout: timeout) { state -> Line?? in
      defer { seen = max(seen, state.lines.count) }
      if let line = state.lines.dropFirst(seen).first(where: { $0.text.contains(text) }) { return .some(line) }
      return state.exit == nil ? nil : .some(nil)
    } ?? nil
  }

  /// Waits for the end of the process; nil if it still runs then.
  public func waitForExit(timeout: Duration) -> Exit? {
    state.wait(timeout: timeout) { $0.exit }
  }

  /// Sends a signal to the process; one that has ended gets none.
  public func signal(_ number: Int32) {
    // Through the descriptor: the number may belong to a stranger by now, the descriptor never does.
    _ = claunch_signal(descriptor.raw, number)
  }

  /// Ends the process and all that it started (SIGKILL to its group) without waiting for that.
  public func kill() {
    state.withLock { state in
      // Not reaped yet, so the group's number is still this process's.
      if state.exit == nil { killpg(identifier, SIGKILL) }
    }
  }

  /// The reading thread: lines until the process has ended. Not until the end of the file: a grandchild may keep the
  /// pipe open for ever.
  private func follow() {
    var ready = [
      pollfd(fd: output.raw, events: Int16(POLLIN), revents: 0),
      pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      poll(&ready, nfds_t(ready.count), -1)
      let hasEnded = ready[1].revents != 0
      if ready[0].revents != 0 || hasEnded, !readLines() {
        ready[0].fd = -1  // poll(2) skips it; what remains is to wait for the end.
      }
      if hasEnded { break }
    }
    finish()
  }

  private func finish() {
    let rest = state.withLock { state -> Line? in
      guard !state.partial.isEmpty else { return nil }
      let line = Line(time: BootClock.now(), text: String(decoding: state.partial, as: UTF8.self))
      state.lines.append(line)
      return line
    }
    if let rest { onLine(rest) }
    state.withLock { state in
      let result = claunch_reap(identifier)
      state.exit = result < 0 ? .signal(-result) : .code(result)
    }
  }

  /// Reads all there is; false at the end of the file.
  private func readLines() -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      while true {
        let count = read(output.raw, buffer.baseAddress, buffer.count)
        if count <= 0 { return count < 0 }
        take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: BootClock.now())
      }
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer, at time: Int64) {
    let complete = state.withLock { state -> [Line] in
      state.partial += bytes
      var lines = state.partial.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      state.partial = Array(lines.removeLast())
      let complete = lines.map { Line(time: time, text: String(decoding: $0, as: UTF8.self)) }
      state.lines += complete
      return complete
    }
    complete.forEach(onLine)
  }
}

import CLinux
import Glibc
import Linux
import Synchronization

/// A pipe of four pages that a test reads, fills and drains.
final class Pipe {
  private static let size: Int32 = 4 * 4096

  let reader: Int32
  let writer: Int32
  private var isWriterOpen = true
  private var isReaderOpen = true

  init(nonBlocking: Bool = false) throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    try retryOnInterrupt("pipe") { pipe(&ends) }
    (reader, writer) = (ends[0], ends[1])
    // F_SETPIPE_SZ of <linux/fcntl.h>, which Glibc's module does not show.
    _ = fcntl(writer, 1031, Self.size)
    if nonBlocking { _ = fcntl(writer, F_SETFL, O_NONBLOCK) }
  }

  deinit {
    closeReader()
    closeWriter()
  }

  /// What systemd would put into `JOURNAL_STREAM` if this pipe led to journald.
  var journalStream: String {
    var status = stat()
    fstat(writer, &status)
    return "\(status.st_dev):\(status.st_ino)"
  }

  func closeReader() {
    if isReaderOpen { close(reader) }
    isReaderOpen = false
  }

  func closeWriter() {
    if isWriterOpen { close(writer) }
    isWriterOpen = false
  }

  /// Writes until not one byte more fits.
  func fill() throws(SystemError) {
    let bytes = [UInt8](repeating: 0x2e, count: Int(Self.size))
    try retryOnInterrupt("fill pipe") { Glibc.write(writer, bytes, bytes.count) }
  }

  /// Reads what ``fill()`` wrote.
  func drain() {
    var bytes = [UInt8](repeating: 0, count: Int(Self.size))
    _ = Glibc.read(reader, &bytes, bytes.count)
  }

  /// Waits until there is something to read; false after five seconds.
  func waitForLine() -> Bool { becomesReadable(reader) }

  /// Closes the writing end and returns the lines that are left.
  func rest() -> [String] {
    closeWriter()
    return readLines(from: reader)
  }
}

/// Reads a pipe to its end on a thread of its own.
final class ReaderThread: Sendable {
  private let found: Found
  private let thread: Thread

  private final class Found: Sendable {
    let lines = Mutex<[String]>([])
  }

  init(_ reader: Int32) throws(SystemError) {
    let found = Found()
    thread = try Thread(name: "reader") {
      let read = readLines(from: reader)
      found.lines.withLock { $0 = read }
    }
    self.found = found
  }

  /// Closes the pipe's writing end, waits for the end, and returns every line.
  func lines(closing pipe: Pipe) -> [String] {
    pipe.closeWriter()
    thread.join()
    return found.lines.withLock { $0 }
  }
}

/// `37` of `<4>37 lines were dropped because the log could not be written`; nil for any other line.
func droppedCount(_ line: String) -> Int? {
  guard line.hasSuffix(" dropped because the log could not be written") else { return nil }
  return Int(line.dropFirst(3).prefix { $0 != " " })
}

private func readLines(from reader: Int32) -> [String] {
  var bytes: [UInt8] = []
  var page = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = Glibc.read(reader, &page, page.count)
    if count <= 0 { break }
    bytes += page.prefix(count)
  }
  return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
}

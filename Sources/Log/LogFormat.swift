import Glibc

/// How a line looks where it is written.
enum LogFormat: Equatable, Sendable {
  /// `<4>loadb2 late`: journald reads the priority and knows the time and the name (`sd-daemon(3)`).
  case journal
  /// `2026-11-22 14:03:07.123 vipagent[loadb1] warning: loadb2 late`, local time. From notice on the word is left out:
  /// `2026-11-22 14:03:07.123 vipagent[loadb1]: loadb2 is back`.
  case plain(node: String)

  /// Chooses the format for a file descriptor.
  /// - Parameters:
  ///   - journalStream: the environment's `JOURNAL_STREAM`: device and inode of what systemd connected to journald
  ///     (`systemd.exec(5)`). It is inherited, also by a process whose descriptor goes elsewhere: so the numbers count.
  init(for descriptor: Int32, node: String, journalStream: String?) {
    var status = stat()
    let isJournal = fstat(descriptor, &status) == 0 && journalStream == "\(status.st_dev):\(status.st_ino)"
    self = isJournal ? .journal : .plain(node: node)
  }

  /// The bytes of a line, the newline included.
  func bytes(of line: LogLine) -> [UInt8] {
    switch self {
    case .journal:
      return Array("<\(line.priority.rawValue)>\(line.text)\n".utf8)
    case .plain(let node):
      let word = line.priority <= .warning ? " \(line.priority)" : ""
      return Array("\(Self.localTime(line.milliseconds)) vipagent[\(node)]\(word): \(line.text)\n".utf8)
    }
  }

  /// `2026-11-22 14:03:07.123`.
  private static func localTime(_ milliseconds: Int64) -> String {
    var seconds = time_t(milliseconds / 1000)
    var fields = tm()
    localtime_r(&seconds, &fields)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
      let length = strftime(buffer.baseAddress, buffer.count, "%Y-%m-%d %H:%M:%S.", &fields)
      let digits = String(milliseconds % 1000 + 1000).dropFirst()
      return String(decoding: UnsafeRawBufferPointer(buffer).prefix(length), as: UTF8.self) + digits
    }
  }
}

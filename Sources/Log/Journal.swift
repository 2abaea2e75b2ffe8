import CLinux
import Glibc
import Linux

/// journald's own socket: it takes a line with its fields, one datagram each
/// (systemd, "Native Journal Protocol"; `sd_journal_send(3)`).
///
/// A record is bounded so that it fits into a datagram of any usual size (`net.core.wmem_default` is 212,992 bytes):
/// the protocol's way around that limit, a sealed memfd, is not needed.
package final class Journal: Sendable {
  static let standardPath = "/run/systemd/journal/socket"
  /// The most bytes of a field's value, and the most fields.
  private static let longestValue = LogLine.longest, mostFields = 64

  /// What became of a record.
  enum Outcome { case sent, full, absent }

  private let socket: Descriptor
  private let path: String
  private let node: String

  /// Opens a socket; the path need not lead anywhere yet.
  /// - Parameters:
  ///   - path: at most 107 bytes.
  ///   - node: the name of this node.
  init(path: String = standardPath, node: String) throws(SystemError) {
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
    socket = try Descriptor(Glibc.socket(AF_UNIX, kind, 0), "open a socket for the journal")
    self.path = path
    self.node = node
  }

  /// To wait until there is room after ``Outcome/full``: `poll(2)` for POLLOUT.
  var descriptor: Int32 { socket.raw }

  /// Sends a line. Never waits. The log's thread's alone.
  func send(_ line: LogLine) -> Outcome {
    let record = Self.record(of: line, node: node)
    func attempt() -> Bool {
      Glibc.send(socket.raw, record, record.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)) == record.count
    }
    if attempt() { return .sent }
    // Not connected yet, or to a journald that has gone.
    if errno != EAGAIN && connect() && attempt() { return .sent }
    return errno == EAGAIN ? .full : .absent
  }

  private func connect() -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    return withUnsafeBytes(of: address) {
      Glibc.connect(socket.raw, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count)) == 0
    }
  }

  /// The bytes of a record.
  static func record(of line: LogLine, node: String) -> [UInt8] {
    var record: [UInt8] = []
    append("MESSAGE", line.text, to: &record)
    append("PRIORITY", "\(line.priority.rawValue)", to: &record)
    append("SYSLOG_IDENTIFIER", "vipagent", to: &record)
    append("MESSAGE_ID", line.message.kind.entry.id, to: &record)
    append("VIPAGENT_KIND", line.message.kind.rawValue, to: &record)
    append("VIPAGENT_NODE", node, to: &record)
    for entry in line.message.fields.entries.prefix(mostFields) {
      append(entry.field.rawValue, entry.value, to: &record)
    }
    return record
  }

  /// `NAME=value` and a newline; a value that has newlines itself is announced by its length instead: the name, a
  /// newline, 64 bits little-endian, the value, a newline.
  private static func append(_ name: String, _ value: String, to record: inout [UInt8]) {
    let bytes = value.utf8.prefix(longestValue)
    record += name.utf8
    if bytes.contains(UInt8(ascii: "\n")) {
      record.append(UInt8(ascii: "\n"))
      withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { record += $0 }
    } else {
      record.append(UInt8(ascii: "="))
    }
    record += bytes
    record.append(UInt8(ascii: "\n"))
  }
}

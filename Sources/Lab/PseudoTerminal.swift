import CLaunch
import Glibc
import Linux

/// A terminal without a screen (`pty(7)`): what programs write to it can be read, and keys pressed for them.
public final class PseudoTerminal: Sendable {
  private let master: Descriptor
  /// Kept open so that the terminal outlives the programs on it.
  private let slave: Descriptor
  /// The path of the end that programs have as their terminal.
  public let path: String

  /// Makes a terminal of so many columns and lines.
  public init(columns: UInt16, lines: UInt16) throws(SystemError) {
    var ends: (master: Int32, slave: Int32) = (-1, -1)
    try retryOnInterrupt("openpty") { claunch_open_terminal(&ends.master, &ends.slave) }
    let master = try Descriptor(ends.master, "openpty")
    let slave = try Descriptor(ends.slave, "openpty")
    var name = [CChar](repeating: 0, count: 64)
    ttyname_r(slave.raw, &name, name.count)
    path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.master = master
    self.slave = slave
    try resize(columns: columns, lines: lines)
  }

  /// Makes it larger or smaller; the programs on it are told.
  public func resize(columns: UInt16, lines: UInt16) throws(SystemError) {
    let raw = master.raw
    try retryOnInterrupt("resize", on: path) { claunch_resize_terminal(raw, columns, lines) }
  }

  /// Presses keys.
  public func type(_ keys: String) { _ = write(master.raw, keys, keys.utf8.count) }

  /// What was written to it; waits for something, but not for longer than this.
  public func read(timeout: Duration) -> [UInt8] {
    let (seconds, attoseconds) = timeout.components
    var ready = pollfd(fd: master.raw, events: Int16(POLLIN), revents: 0)
    guard poll(&ready, 1, Int32(seconds * 1_000 + attoseconds / 1_000_000_000_000_000)) > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(master.raw, &bytes, bytes.count)
    return Array(bytes.prefix(max(count, 0)))
  }

  /// Whether the terminal edits lines and shows what is typed, as a shell leaves it.
  public var isOrdinary: Bool {
    var settings = termios()
    let wanted = tcflag_t(ICANON | ECHO | ISIG)
    return tcgetattr(slave.raw, &settings) == 0 && settings.c_lflag & wanted == wanted
  }
}

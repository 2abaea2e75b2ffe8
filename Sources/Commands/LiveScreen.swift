import CLinux
import Glibc
import Linux
import TerminalUI

/// A terminal that a program has to itself for a while: the alternate screen, every key at once and unseen.
///
/// Whoever makes one calls ``leave()`` at the end, whatever happens; it can be called again and again.
final class LiveScreen {
  /// Why no live view can be shown.
  enum Refusal: Error { case noTerminal }

  private static let entering = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l\u{1b}[2J"
  private static let leaving = "\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l"
  /// A terminal that can be written to takes so much without holding up who writes.
  private static let chunk = 512

  private let before: termios
  private var isInUse = false

  /// Takes over the terminal of standard input and output.
  init() throws(Refusal) {
    var before = termios()
    let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? false
    guard !isDumb, isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &before) == 0 else { throw .noTerminal }
    self.before = before
    enter()
  }

  /// Takes the terminal over; also after somebody else has used it, a shell while this program was stopped.
  func enter() {
    var raw = before
    // ^C comes as a key: so it ends the program the way `q` does. Output stays as it is.
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
    raw.c_iflag &= ~tcflag_t(IXON | ICRNL)
    tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    isInUse = true
    write(Self.entering)
  }

  /// Gives the terminal back as it was.
  func leave() {
    guard isInUse else { return }
    isInUse = false
    write(Self.leaving)
    var before = before
    tcsetattr(STDIN_FILENO, TCSANOW, &before)
  }

  /// Columns and lines; 80 × 24 where the terminal does not know.
  var size: (width: Int, height: Int) {
    let (width, height) = (clinux_terminal_width(STDOUT_FILENO), clinux_terminal_height(STDOUT_FILENO))
    return (width > 0 ? Int(width) : 80, height > 0 ? Int(height) : 24)
  }

  /// Shows these lines, from the top; what was there before is gone.
  func show(_ lines: [InkedText], _ style: Style) {
    let (width, height) = size
    let rows = lines.prefix(height).map { line in
      let line = line.clipped(to: width)
      // In the last column the cursor stays on what was written: the rest of the line would be that.
      return line.painted(style) + (line.columns < width ? "\u{1b}[K" : "")
    }
    write("\u{1b}[H" + rows.joined(separator: "\r\n") + (rows.count < height ? "\r\n\u{1b}[J" : ""))
  }

  /// Writes what the terminal takes within a moment. One that takes nothing gets the next picture, which is whole again.
  private func write(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      var wanted = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
      guard poll(&wanted, 1, 500) > 0, wanted.revents & Int16(POLLOUT) != 0 else { return }
      let count = rest.prefix(Self.chunk).withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { return }
      rest = rest.dropFirst(max(count, 0))
    }
  }
}

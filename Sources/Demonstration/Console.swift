import Glibc
import Lab
import Linux

/// Where the demonstration writes: whole lines, from any thread, with the time since its start.
///
/// Colours only on a terminal, and not for people who set `NO_COLOR` (<https://no-color.org>).
final class Console: Sendable {
  enum Style: String {
    case plain = ""
    case dimmed = "\u{1b}[2m"
    case bold = "\u{1b}[1m"
    case green = "\u{1b}[32m"
    case red = "\u{1b}[31m"
  }

  private let start = BootClock.now()
  private let isColoured = isatty(1) == 1 && getenv("NO_COLOR") == nil
  private let isSilent = Guarded(false)

  /// Writes a line.
  func say(_ text: String = "", _ style: Style = .plain) {
    let line = isColoured && style != .plain ? "\(style.rawValue)\(text)\u{1b}[0m\n" : "\(text)\n"
    isSilent.withLock { isSilent in
      // One write a line, so that lines of several threads never mix. A reader who left is no reason to stop.
      if !isSilent { _ = write(1, line, line.utf8.count) }
    }
  }

  /// Writes a line that an agent wrote.
  func quote(_ line: HostProcess.Line, of host: String) {
    say("  \(clock(line.time))  \(host.padded(to: 8))\(line.text)", .dimmed)
  }

  /// Writes nothing from now on: everything is being taken down.
  func fallSilent() {
    isSilent.withLock { $0 = true }
  }

  /// An instant as seconds since the start, with milliseconds: `   1.234`.
  func clock(_ time: Int64) -> String {
    ((time - start) / 1_000_000).asThousandths.padded(to: -8)
  }
}

extension Duration {
  /// Milliseconds with one decimal: `312.4 ms`.
  var inMilliseconds: String {
    let tenths = (nanoseconds + 50_000) / 100_000
    return "\(tenths / 10).\(tenths % 10) ms"
  }
}

extension Int64 {
  /// 1234 → `1.234`.
  fileprivate var asThousandths: String { "\(self / 1000).\(String(1000 + self % 1000).dropFirst())" }
}

extension String {
  /// Filled up with blanks: behind for a positive width, in front for a negative one.
  func padded(to width: Int) -> String {
    let blanks = String(repeating: " ", count: max(0, abs(width) - count))
    return width < 0 ? blanks + self : self + blanks
  }
}

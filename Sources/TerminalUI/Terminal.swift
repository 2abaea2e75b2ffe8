import CLinux
import Glibc

/// Where a command writes what a person reads: how wide it is, and whether colours mean anything there.
package struct Terminal: Sendable {
  /// Columns: 40...200. 80 where nothing says otherwise.
  package let width: Int
  package let style: Style

  /// The terminal behind a descriptor, or what stands in for one: a pipe or a file.
  ///
  /// Colours only on a terminal, unless `NO_COLOR` is set to anything (no-color.org) or `TERM` is `dumb`. The width is
  /// the terminal's; of a pipe what `COLUMNS` says.
  package init(_ descriptor: Int32 = STDOUT_FILENO) {
    let isTerminal = isatty(descriptor) == 1
    let measured = Int(clinux_terminal_width(descriptor))
    let columns = measured > 0 ? measured : Self.variable("COLUMNS").flatMap { Int($0) } ?? 80
    width = min(max(columns, 40), 200)
    let isPlain = Self.variable("NO_COLOR") != nil || Self.variable("TERM") == "dumb"
    style = Style(isColoured: isTerminal && !isPlain)
  }

  /// An environment variable; nil if it is not set or empty.
  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value[0] != 0 else { return nil }
    return String(cString: value)
  }
}

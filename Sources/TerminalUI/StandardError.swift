import Glibc

/// Writes a text and a line feed to standard error, for a person to read. What cannot be written is lost.
package func printError(_ text: String) {
  var rest = Array((text + "\n").utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    if count < 0, errno != EINTR { return }
    rest = rest.dropFirst(max(count, 0))
  }
}

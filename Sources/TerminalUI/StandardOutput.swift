import Glibc
import Linux

/// Standard output takes nothing more.
package struct OutputFailure: Error, Equatable, Sendable {
  package let errno: Errno

  package init(errno: Errno) {
    self.errno = errno
  }

  /// Nobody reads it any more: no failure, he has seen enough.
  package var isClosed: Bool { errno.rawValue == EPIPE }
}

/// Writes a text to standard output at once: nothing waits in a buffer for more.
package func printOut(_ text: String) throws(OutputFailure) {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    if count >= 0 {
      rest = rest.dropFirst(count)
    } else if errno == EAGAIN {
      var wanted = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
      poll(&wanted, 1, -1)
    } else if errno != EINTR {
      throw OutputFailure(errno: .current)
    }
  }
}

/// Lets a write to a pipe that nobody reads fail instead of ending the process.
package func expectClosedPipes() { signal(SIGPIPE, SIG_IGN) }

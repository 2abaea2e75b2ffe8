import CLinux
import Glibc
import Linux

/// A client's end of the control socket: what `vipagent status` and the other commands talk through. It waits, with a
/// limit.
package final class ControlConnection {
  private let socket: Descriptor
  private let path: String
  private var input: [UInt8] = []

  /// Connects to an agent.
  /// - Throws: ``ControlConnectionError`` with what to do about it.
  package init(path: String) throws(ControlConnectionError) {
    self.path = path
    do throws(SystemError) {
      socket = try Descriptor(Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
      var address = try UnixAddress(path)
      let raw = socket.raw
      try retryOnInterrupt("connect", on: path) { address.withPointer { connect(raw, $0, $1) } }
    } catch {
      throw ControlConnectionError(connecting: error, to: path)
    }
  }

  /// The socket, for who waits for several things at once.
  package var descriptor: Int32 { socket.raw }

  /// Says a request.
  package func send(_ request: ControlRequest) throws(ControlConnectionError) { try send(request.line) }

  /// Says bytes, whatever they mean.
  func send(_ bytes: [UInt8]) throws(ControlConnectionError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(socket.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0, errno != EINTR { throw .ended(path) }
      rest = rest.dropFirst(max(0, count))
    }
  }

  /// The next answer or event.
  /// - Parameter milliseconds: how long to wait for it; -1 for ever.
  func next(within milliseconds: Int32) throws(ControlConnectionError) -> ControlAnswer {
    let deadline = BootClock.now() + Int64(milliseconds) * 1_000_000
    while true {
      if let answer = try takeAnswer() { return answer }
      let remaining = milliseconds < 0 ? -1 : Int32(max(0, (deadline - BootClock.now() + 999_999) / 1_000_000))
      guard try waitForInput(remaining) else { throw .silent(path) }
      try receive()
    }
  }

  /// Reads what is there; call it when ``descriptor`` is readable.
  package func receive() throws(ControlConnectionError) {
    let count = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
      let count = recv(socket.raw, buffer.baseAddress, buffer.count, 0)
      if count > 0 { input.append(contentsOf: buffer.prefix(count)) }
      return count
    }
    if count == 0 || count < 0 && errno != EINTR { throw .ended(path) }
  }

  /// An answer that has been received whole; nil where there is none.
  package func takeAnswer() throws(ControlConnectionError) -> ControlAnswer? {
    guard let end = input.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let line = Array(input[..<end])
    input.removeSubrange(...end)
    guard let answer = ControlAnswer.parse(line) else { throw .garbled(path) }
    return answer
  }

  private func waitForInput(_ milliseconds: Int32) throws(ControlConnectionError) -> Bool {
    var wanted = pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0)
    while true {
      let result = poll(&wanted, 1, milliseconds)
      if result >= 0 { return result > 0 }
      if errno != EINTR { throw .ended(path) }
    }
  }
}

/// Why an agent cannot be talked to.
package enum ControlConnectionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There is no agent behind the path.
  case unreachable(String, Errno)
  /// Somebody must not connect.
  case forbidden(String)
  /// The agent ended the connection.
  case ended(String)
  /// The agent did not answer in time.
  case silent(String)
  /// What came was no answer: another program, or another version.
  case garbled(String)

  init(connecting error: SystemError, to path: String) {
    self = error.errno.rawValue == EACCES ? .forbidden(path) : .unreachable(path, error.errno)
  }

  package var description: String {
    switch self {
    case .unreachable(let path, let errno):
      """
      no agent answers at \(path): \(errno.message)
        hint: is it running (systemctl status vipagent)? Another path goes with --socket
      """
    case .forbidden(let path): "connect \(path): Permission denied"
    case .ended(let path): "the agent at \(path) ended the connection"
    case .silent(let path): "the agent at \(path) does not answer"
    case .garbled(let path): "what answers at \(path) does not speak the control protocol"
    }
  }
}

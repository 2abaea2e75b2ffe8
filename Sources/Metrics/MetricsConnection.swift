import CLinux
import Glibc
import Linux
import Support
import TakeoverCore

/// One connection to the listener for metrics: one request, one response, all of it bounded, none of it waiting.
final class MetricsConnection {
  /// How far it has come.
  enum Stage: Equatable {
    /// The head of the request comes in.
    case reading
    /// The request is whole; its answer is being made.
    case waiting
    /// The response goes out.
    case writing
    /// Everything has been said. What the other side may still say is thrown away until it ends the connection, too:
    /// closing at once would make the kernel reset it, and the response with it (RFC 9112 §9.6).
    case draining
    case ended
  }

  /// From the first to the last byte, in all. A scraper needs milliseconds.
  static let patience = Interval.seconds(10)

  let socket: Descriptor
  /// Tells this connection from an earlier one in the same place.
  let serial: UInt64
  let deadline: Instant
  private(set) var stage = Stage.reading
  private var input: [UInt8] = []
  private var searched = 0
  private var output: [UInt8] = []
  /// How much of `output` has left.
  private var written = 0
  private var wantsBody = true

  init(_ socket: consuming Descriptor, serial: UInt64, at now: Instant) {
    self.socket = socket
    self.serial = serial
    deadline = now + Self.patience
  }

  /// What the connection waits for.
  var interest: Poller.Interest {
    switch stage {
    case .reading, .draining: .input
    case .writing: .output
    case .waiting, .ended: []
    }
  }

  /// Goes on as far as the socket lets it now.
  /// - Returns: the request, once, when it is whole.
  /// - Throws: the status to refuse it with.
  func proceed() throws(HTTPStatus) -> HTTPRequest? {
    switch stage {
    case .reading: return try readHead()
    // Reported although it waits for nothing: the other side is gone.
    case .waiting: stage = .ended
    case .writing: flush()
    case .draining: drain()
    case .ended: break
    }
    return nil
  }

  /// Responds, as far as the socket takes it now.
  func respond(_ response: HTTPResponse) {
    output = response.bytes(withBody: wantsBody, at: WallClock.now() / 1_000)
    input = []
    stage = .writing
    flush()
  }

  /// Ends the connection with a reset: no bytes of it stay behind in the kernel for a scraper that never reads.
  func abort() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket.raw, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    stage = .ended
  }

  private func readHead() throws(HTTPStatus) -> HTTPRequest? {
    let count = receive { input.append(contentsOf: $0) }
    guard count != 0 else {
      // The end of the input before the end of the head.
      stage = .ended
      return nil
    }
    guard let request = try HTTPRequest.find(in: input, searched: searched) else {
      searched = input.count
      return nil
    }
    stage = .waiting
    wantsBody = request.method != "HEAD"
    return request
  }

  private func drain() {
    if receive({ _ in }) == 0 { stage = .ended }
  }

  /// Reads what is there, at most once.
  /// - Returns: 0 at the end; negative where there is nothing yet.
  private func receive(_ take: (UnsafeRawBufferPointer) -> Void) -> Int {
    withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
      let count = recv(socket.raw, buffer.baseAddress, buffer.count, 0)
      if count > 0 { take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
      return count < 0 && errno != EAGAIN && errno != EINTR ? 0 : count
    }
  }

  private func flush() {
    while written < output.count {
      let count = output.withUnsafeBytes {
        send(socket.raw, $0.baseAddress! + written, $0.count - written, Int32(MSG_NOSIGNAL))
      }
      if count < 0 {
        if errno == EINTR { continue }
        if errno != EAGAIN { stage = .ended }
        return
      }
      written += count
    }
    shutdown(socket.raw, Int32(SHUT_WR))
    output = []
    stage = .draining
  }
}

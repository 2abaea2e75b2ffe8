import CLinux
import Glibc
import Linux
import Support
import TakeoverCore

/// One connection of the control socket: bytes in, lines out, all of it bounded, none of it waiting.
package final class ControlClient {
  /// What may wait for a slow reader: an answer always fits; a subscriber that is further behind than this is dropped.
  static let backlogLimit = 256 << 10

  /// What to do with the connection after something happened to it.
  package enum Condition { case open, ended }

  let socket: Descriptor
  let peer: PeerCredentials
  /// Tells this connection from an earlier one in the same place.
  let serial: UInt64
  private var input: [UInt8] = []
  private var output: [UInt8] = []
  /// How much of `output` has left.
  private var written = 0
  /// The client says nothing more.
  private(set) var hasEnded = false
  /// Everything that matters has been said: close when it has left.
  private var isClosing = false
  /// A request is being worked on; the next one waits.
  private(set) var isPending = false
  private(set) var isSubscriber = false
  /// When something last went in either direction.
  private(set) var lastProgress: Instant

  package init(_ socket: consuming Descriptor, peer: PeerCredentials, serial: UInt64, at now: Instant) {
    self.socket = socket
    self.peer = peer
    self.serial = serial
    lastProgress = now
  }

  /// What the connection waits for.
  package var interest: Poller.Interest {
    var interest: Poller.Interest = []
    if written < output.count { interest.insert(.output) }
    // What it says while its answer is on its way waits in the socket.
    let hasRoom = input.count <= ControlRequest.longest && isFlushed
    if !hasEnded, !isClosing, !isPending && hasRoom || isSubscriber { interest.insert(.input) }
    return interest
  }

  /// Whether everything that was said has left.
  var isFlushed: Bool { written == output.count }

  /// Reads what is there, at most once.
  package func receive(at now: Instant) -> Condition {
    guard !hasEnded else { return .ended }
    let count = withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
      let count = recv(socket.raw, buffer.baseAddress, buffer.count, 0)
      // A subscriber has nothing more to say.
      if count > 0, !isSubscriber { input.append(contentsOf: buffer.prefix(count)) }
      return count
    }
    if count > 0 {
      lastProgress = now
      return .open
    }
    if count < 0 { return errno == EAGAIN || errno == EINTR ? .open : .ended }
    hasEnded = true
    // A half-closed client still gets its answer, and a subscriber its events.
    return isPending || isSubscriber || !isFlushed || !input.isEmpty ? .open : .ended
  }

  /// The next whole line, once the request before it is answered; nil where there is none.
  /// - Throws: ``ControlError/tooLong`` where a line has no end in sight.
  package func nextLine() throws(ControlError) -> [UInt8]? {
    guard !isPending, !isClosing, isFlushed else { return nil }
    guard let end = input.firstIndex(of: UInt8(ascii: "\n")) else {
      guard input.count <= ControlRequest.longest else { throw .tooLong }
      // Without a line feed at the end it is no request.
      if hasEnded { isClosing = true }
      return nil
    }
    // Whether its line feed came with the rest or later.
    guard end <= ControlRequest.longest else { throw .tooLong }
    let line = Array(input[..<end])
    input.removeSubrange(...end)
    return line
  }

  /// A request has been taken; the answer comes later.
  package func begin() { isPending = true }

  /// From now on it gets events.
  func subscribe() { isSubscriber = true }

  /// Says a line, as far as the socket takes it now.
  package func say(_ line: [UInt8], at now: Instant, isAnswer: Bool = true) -> Condition {
    if isAnswer { isPending = false }
    if isSubscriber, output.count - written + line.count > Self.backlogLimit { return .ended }
    output.append(contentsOf: line)
    return flush(at: now)
  }

  /// Says nothing more, and closes when everything has left.
  func finish() { isClosing = true }

  /// Writes what waits.
  func flush(at now: Instant) -> Condition {
    while written < output.count {
      let count = output.withUnsafeBytes {
        send(socket.raw, $0.baseAddress! + written, $0.count - written, Int32(MSG_NOSIGNAL))
      }
      if count < 0 {
        if errno == EINTR { continue }
        return errno == EAGAIN ? .open : .ended
      }
      written += count
      lastProgress = now
    }
    output.removeAll(keepingCapacity: output.count <= 16 << 10)
    written = 0
    return isClosing || hasEnded && !isPending && !isSubscriber && input.isEmpty ? .ended : .open
  }
}

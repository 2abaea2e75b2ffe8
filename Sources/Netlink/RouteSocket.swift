import CMnl
import Linux

/// A socket for RTNETLINK requests (`rtnetlink(7)`): one at a time, each waits for its answer.
///
/// It belongs to the network namespace of the thread that made it, for good. A request can wait for the kernel's RTNL
/// lock as long as somebody else holds it; a thread that must not be late does not make one.
public struct RouteSocket: ~Copyable, Sendable {
  // One thread, one request: memory for it, and for a datagram of answers. The kernel fills up to 32 KiB of a dump.
  private let socket: NetlinkSocket
  var request = RequestBuffer()
  private let answers = Buffer(byteCount: 64 << 10)
  private var sequence: UInt32 = 0
  /// How many requests may be refused at once without their answers overflowing the receive buffer.
  let batchLimit: Int

  /// Seconds until a request without an answer is given up. The kernel answers before sending returns, so that only a
  /// lost answer takes so long.
  static let answerTimeout = 5

  /// How often a dump that changes overtook is started again.
  static let dumpAttempts = 20

  /// Opens a socket in the calling thread's network namespace.
  /// - Parameter receiveBuffer: bytes for answers; without CAP_NET_ADMIN the kernel grants no more than
  ///   net.core.rmem_max, and batches get shorter.
  public init(receiveBuffer: Int = 4 << 20) throws(NetlinkError) {
    socket = try NetlinkSocket.open()
    // An answer to a refused request takes about 1.3 KiB of the buffer, however short it is.
    batchLimit = min(1000, max(1, socket.setReceiveBuffer(receiveBuffer) / 2048))
    socket.setReceiveTimeout(seconds: Self.answerTimeout)
    // All three are refinements: a kernel without them still answers.
    _ = socket.set(NETLINK_EXT_ACK)
    _ = socket.set(NETLINK_CAP_ACK)
    _ = socket.set(NETLINK_GET_STRICT_CHK)
  }

  /// Numbers for so many requests; the first of them.
  mutating func reserveSequence(_ count: Int) -> UInt32 {
    defer { sequence &+= UInt32(truncatingIfNeeded: count) }
    return sequence
  }

  /// Sends what is in `request`, numbered from `first`, and hands over the answers until `body` has seen the last.
  /// - Parameter body: see ``Exchange/take(_:_:)``.
  func exchange(
    first: UInt32, count: Int, _ body: (Int, MessageHeader, RawSpan) throws(MalformedMessage) -> Bool
  ) throws(NetlinkError.Reason) {
    try socket.send(request.bytes)
    var exchange = Exchange(first: first, count: count)
    while !exchange.isComplete {
      switch try socket.receive(into: answers.bytes) {
      case .nothing: throw .noAnswer
      case .loss: throw .overrun
      case .datagram(let size):
        let datagram = answers.prefix(size).bytes
        do throws(MalformedMessage) {
          try exchange.take(datagram, body)
        } catch {
          throw .malformed(error)
        }
      }
    }
  }

  /// Makes one request that changes something and waits until the kernel has done it.
  mutating func change(
    _ type: Int, flags: Int32 = 0, _ fill: (Request) throws(NetlinkError.Reason) -> Void
  ) throws(NetlinkError.Reason) {
    let first = reserveSequence(1)
    request.removeAll()
    try request.append(type, flags: Int32(NLM_F_ACK) | flags, sequence: first, fill)
    var verdict: Verdict?
    try exchange(first: first, count: 1) { (_, header, payload) throws(MalformedMessage) in
      guard header.type == Int(NLMSG_ERROR) else { return false }
      verdict = try Verdict(header, payload)
      return true
    }
    if let refusal = verdict?.refusal { throw refusal }
  }

  /// Asks for one object.
  mutating func get<Element>(
    _ type: Int, _ fill: (Request) throws(NetlinkError.Reason) -> Void,
    parse: (RawSpan) throws(MalformedMessage) -> Element
  ) throws(NetlinkError.Reason) -> Element? {
    let first = reserveSequence(1)
    request.removeAll()
    try request.append(type, flags: 0, sequence: first, fill)
    var element: Element?
    var verdict: Verdict?
    try exchange(first: first, count: 1) { (_, header, payload) throws(MalformedMessage) in
      if header.type == Int(NLMSG_ERROR) {
        verdict = try Verdict(header, payload)
      } else {
        element = try parse(payload)
      }
      return true
    }
    if let refusal = verdict?.refusal { throw refusal }
    return element
  }

  /// Asks for all objects of a kind, again if changes overtook the kernel while it wrote them down.
  mutating func dump<Element>(
    _ type: Int, _ fill: (Request) throws(NetlinkError.Reason) -> Void,
    parse: (RawSpan) throws(MalformedMessage) -> Element?
  ) throws(NetlinkError.Reason) -> [Element] {
    for _ in 0..<Self.dumpAttempts {
      let first = reserveSequence(1)
      request.removeAll()
      try request.append(type, flags: Int32(NLM_F_DUMP), sequence: first, fill)
      var answers = DumpAnswers<Element>()
      try exchange(first: first, count: 1) { (_, header, payload) throws(MalformedMessage) in
        try answers.take(header, payload, parse: parse)
      }
      if let refusal = answers.verdict?.refusal { throw refusal }
      if !answers.isInterrupted { return answers.elements }
    }
    throw .unsteady
  }
}

import CMnl

/// The answers to requests that were sent at once, out of the datagrams that they come in.
///
/// Answers to earlier requests, given up after the timeout, are passed over by their number.
package struct Exchange {
  /// The number of the first request, and how many there are.
  let first: UInt32
  let count: Int
  /// Whether the last answer has come.
  package private(set) var isComplete = false

  package init(first: UInt32, count: Int) {
    self.first = first
    self.count = count
  }

  /// Hands over the answers of a datagram.
  /// - Parameter body: gets the place of the request among the `count` ones, and a message; returns true for the last.
  package mutating func take(
    _ datagram: RawSpan, _ body: (Int, MessageHeader, RawSpan) throws(MalformedMessage) -> Bool
  ) throws(MalformedMessage) {
    try datagram.forEachMessage { (header, payload) throws(MalformedMessage) in
      let place = Int(header.sequence &- first)
      guard !isComplete, place < count else { return }
      isComplete = try body(place, header, payload)
    }
  }
}

/// What a dump brings, message by message (`rtnetlink(7)`, NLM_F_DUMP).
package struct DumpAnswers<Element> {
  package private(set) var elements: [Element] = []
  /// What stands at its end; nil before.
  package private(set) var verdict: Verdict?
  /// Whether a change has overtaken the kernel while it wrote.
  private(set) var isInterrupted = false

  package init() {}

  /// Takes a message.
  /// - Returns: whether it is the last.
  package mutating func take(
    _ header: MessageHeader, _ payload: RawSpan, parse: (RawSpan) throws(MalformedMessage) -> Element?
  ) throws(MalformedMessage) -> Bool {
    isInterrupted = isInterrupted || header.flags & Int32(NLM_F_DUMP_INTR) != 0
    if header.type == Int(NLMSG_DONE) || header.type == Int(NLMSG_ERROR) {
      verdict = try Verdict(header, payload)
      return true
    }
    if let element = try parse(payload) { elements.append(element) }
    return false
  }
}

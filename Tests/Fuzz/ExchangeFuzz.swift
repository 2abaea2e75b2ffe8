import CMnl
import Netlink

/// The answer to a dump, in datagrams: two bytes say how long each is. However the kernel cuts its answer, what it says is the
/// same, and what comes behind the end of it counts for nothing.
func fuzzExchange(_ bytes: UnsafeRawBufferPointer) {
  var datagrams: [[UInt8]] = []
  var rest = bytes[...]
  while rest.count >= 2 {
    let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
    datagrams.append(Array(rest.dropFirst(2).prefix(length)))
    rest = rest.dropFirst(2 + length)
  }
  check(datagrams, Link.init(parsing:))
  check(datagrams, InterfaceAddress.init(parsing:))
}

private func check<Element: Equatable>(
  _ datagrams: [[UInt8]], _ parse: (RawSpan) throws(MalformedMessage) -> Element
) {
  let asTheyCome = answers(of: datagrams, parse)
  guard !asTheyCome.isMalformed else { return }
  // One message a datagram: what no message fits into is padding, or malformed and not compared.
  let apart = answers(of: datagrams.flatMap(messages), parse)
  hold(apart.isMalformed || apart.elements == asTheyCome.elements, "each message alone says the same")
  hold(apart.isMalformed || apart.isComplete == asTheyCome.isComplete, "the end is where it is")
  let longer = answers(of: datagrams + datagrams, parse)
  if asTheyCome.isComplete { hold(longer.elements == asTheyCome.elements, "behind the end nothing counts") }
}

private func answers<Element>(
  of datagrams: [[UInt8]], _ parse: (RawSpan) throws(MalformedMessage) -> Element
) -> (elements: [Element], isComplete: Bool, isMalformed: Bool) {
  var exchange = Exchange(first: 7, count: 1)
  var dump = DumpAnswers<Element>()
  for datagram in datagrams where !exchange.isComplete {
    do throws(MalformedMessage) {
      try exchange.take(datagram.span.bytes) { (place, header, payload) throws(MalformedMessage) in
        hold(place == 0, "an answer is to one of the requests")
        return try dump.take(header, payload, parse: { (payload) throws(MalformedMessage) in try parse(payload) })
      }
    } catch {
      return (dump.elements, exchange.isComplete, true)
    }
  }
  hold(exchange.isComplete == (dump.verdict != nil), "the end has a verdict")
  return (dump.elements, exchange.isComplete, false)
}

/// The messages of a datagram, each with its header, by the lengths that they say (`nlmsg_len`).
private func messages(of datagram: [UInt8]) -> [[UInt8]] {
  var messages: [[UInt8]] = []
  var rest = datagram[...]
  while rest.count >= 16 {
    let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length >= 16, length <= rest.count else { break }
    messages.append(Array(rest.prefix(length)))
    rest = rest.dropFirst((length + 3) & ~3)
  }
  return messages
}

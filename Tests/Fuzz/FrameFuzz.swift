import TakeoverCore

/// The prober's sockets give whole frames of any length; what is read of them goes to the core.
func fuzzFrames(_ bytes: UnsafeRawBufferPointer) {
  fuzzARP(bytes)
  _ = EchoFrame.answer(in: bytes, to: 0)
  fuzzEcho(bytes)
}

private func fuzzARP(_ bytes: UnsafeRawBufferPointer) {
  guard let packet = try? ARPFrame(parsing: bytes) else { return }
  withUnsafeTemporaryAllocation(byteCount: ARPFrame.length, alignment: 1) { again in
    packet.emit(into: again)
    hold(again.elementsEqual(bytes.prefix(ARPFrame.length)), "an ARP packet is the same when it is written again")
  }
  hold(packet.operation == .request || packet.operation == .reply, "an ARP packet asks or answers")
}

/// A request made of the bytes, and the answer that the host it asks would give.
private func fuzzEcho(_ bytes: UnsafeRawBufferPointer) {
  var source = ByteSource(bytes)
  let asker = EthernetAddress(rawValue: source.number(UInt64.self))
  let answerer = EthernetAddress(rawValue: source.number(UInt64.self))
  let sequence = source.number(UInt16.self)
  let from = IPv4Number(rawValue: source.number(UInt32.self)), to = IPv4Number(rawValue: source.number(UInt32.self))
  let identifier = source.number(UInt16.self)
  let request = EchoFrame(
    destination: answerer, source: asker, from: from, to: to, identifier: identifier, sequence: sequence)
  withUnsafeTemporaryAllocation(byteCount: EchoFrame.length, alignment: 1) { frame in
    request.emit(into: frame)
    hold(checksum(frame[14..<34]) == 0xffff, "the IP header's checksum fits")
    hold(checksum(frame[34..<42]) == 0xffff, "the ICMP checksum fits")
    hold(EchoFrame.answer(in: UnsafeRawBufferPointer(frame), to: identifier) == nil, "a request is no answer")
    frame[34] = 0
    for place in 0..<6 { frame.swapAt(place, place + 6) }
    guard let answer = EchoFrame.answer(in: UnsafeRawBufferPointer(frame), to: identifier) else {
      return hold(false, "a reply is an answer")
    }
    hold(answer == (answerer, sequence), "an answer comes from whom was asked, with the number it was asked with")
  }
}

/// The ones' complement sum (RFC 1071): all ones over a header that holds the right checksum.
private func checksum(_ bytes: Slice<UnsafeMutableRawBufferPointer>) -> UInt32 {
  var sum: UInt32 = 0
  for place in stride(from: bytes.startIndex, to: bytes.endIndex, by: 2) {
    sum += UInt32(bytes[place]) << 8 | UInt32(bytes[place + 1])
  }
  while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
  return sum
}

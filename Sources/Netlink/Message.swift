import CMnl

/// What the parser needs of `struct nlmsghdr` (`<linux/netlink.h>`), in the host's byte order:
///
///     0               4       6       8               12              16
///     | nlmsg_len     | type  | flags | nlmsg_seq     | nlmsg_pid     | payload … padded to 4
package struct MessageHeader {
  static let size = 16

  /// `NLMSG_ERROR`, `NLMSG_DONE`, `RTM_NEWLINK`, …
  let type: Int
  /// `NLM_F_*`.
  let flags: Int32
  /// The number of the request that this answers; 0 in a notification.
  let sequence: UInt32
}

extension RawSpan {
  /// The integer that starts at `offset`, at any alignment; nil if it does not lie within the span.
  func load<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value? {
    guard offset >= 0, offset <= byteCount - MemoryLayout<Value>.size else { return nil }
    return unsafeLoadUnaligned(fromByteOffset: offset, as: type)
  }

  /// Calls `body` with what follows from `offset` on.
  /// - Throws: ``MalformedMessage/truncatedMessage`` if the span ends before.
  func withRest<Result>(
    from offset: Int, _ body: (RawSpan) throws(MalformedMessage) -> Result
  ) throws(MalformedMessage) -> Result {
    guard (0...byteCount).contains(offset) else { throw .truncatedMessage }
    return try body(extracting(offset..<byteCount))
  }

  /// Calls `body` with the header and the payload of each message of a datagram.
  /// - Throws: ``MalformedMessage/truncatedMessage`` where the next message does not fit; the ones before it were seen.
  package func forEachMessage(
    _ body: (MessageHeader, RawSpan) throws(MalformedMessage) -> Void
  ) throws(MalformedMessage) {
    var offset = 0
    while offset < byteCount {
      guard let length = load(UInt32.self, at: offset).map(Int.init), let type = load(UInt16.self, at: offset + 4),
        let flags = load(UInt16.self, at: offset + 6), let sequence = load(UInt32.self, at: offset + 8),
        length >= MessageHeader.size, length <= byteCount - offset
      else { throw .truncatedMessage }
      try body(
        MessageHeader(type: Int(type), flags: Int32(flags), sequence: sequence),
        extracting(offset + MessageHeader.size..<offset + length))
      offset += (length + 3) & ~3
    }
  }
}

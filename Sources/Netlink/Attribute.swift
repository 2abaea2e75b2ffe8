import CMnl

// A netlink attribute (`struct nlattr`, `<linux/netlink.h>`), in the host's byte order:
//
//     0       2       4
//     | len   | type  | value, len - 4 bytes … padded to 4

extension RawSpan {
  /// The two top bits of the type are flags: nested, and network byte order (`NLA_TYPE_MASK`).
  private static var attributeTypeMask: UInt16 { 0x3fff }

  /// Calls `body` with the type and the value of each attribute from `offset` on.
  /// - Throws: ``MalformedMessage/truncatedAttribute`` where the next one does not fit; the ones before it were seen.
  func forEachAttribute(
    from offset: Int = 0, _ body: (Int, RawSpan) throws(MalformedMessage) -> Void
  ) throws(MalformedMessage) {
    var offset = offset
    while offset < byteCount {
      guard let length = load(UInt16.self, at: offset).map(Int.init), let type = load(UInt16.self, at: offset + 2),
        length >= 4, length <= byteCount - offset
      else { throw .truncatedAttribute }
      try body(Int(type & Self.attributeTypeMask), extracting(offset + 4..<offset + length))
      offset += (length + 3) & ~3
    }
  }

  /// The span as the integer value of attribute `type`.
  func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _: Value.Type, of type: Int
  ) throws(MalformedMessage) -> Value {
    guard let value = load(Value.self, at: 0) else { throw .invalidAttribute(type) }
    return value
  }

  /// The span as text: up to the first NUL, or to the end; what is not UTF-8 is repaired.
  var text: String {
    withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// The span as an address of the given family, in network byte order.
  func address(_ family: IPAddress.Family, of type: Int) throws(MalformedMessage) -> IPAddress {
    guard byteCount == family.byteCount, let address = withUnsafeBytes({ IPAddress(bytes: $0) }) else {
      throw .invalidAttribute(type)
    }
    return address
  }
}

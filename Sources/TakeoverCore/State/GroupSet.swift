/// Some of the groups, a bit each.
struct GroupSet: Sequence, IteratorProtocol, BitwiseCopyable, Sendable {
  private var bits: UInt32

  /// The first so many groups, at most ``Cluster/maximumGroups``.
  init(first count: Int) { bits = UInt32.max >> UInt32(UInt32.bitWidth - count) }

  var isEmpty: Bool { bits == 0 }

  mutating func insert(_ position: Int) { bits |= Self.bit(position) }

  mutating func remove(_ position: Int) { bits &= ~Self.bit(position) }

  /// Takes the first one out.
  mutating func next() -> Int? {
    guard bits != 0 else { return nil }
    let position = bits.trailingZeroBitCount
    bits &= bits &- 1
    return position
  }

  private static func bit(_ position: Int) -> UInt32 { 1 << UInt32(truncatingIfNeeded: position) }
}

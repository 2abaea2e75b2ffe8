/// What this node is to each of its groups, and which of them may have changed since ``settle()``.
///
/// What a beat costs must not grow with the groups that do not change, so what follows from them (``Summary``) is worked out
/// again only for those that were written to, whoever wrote.
struct Groups: RandomAccessCollection, MutableCollection, Sendable {
  private var all: [Group]
  /// Those that were written to since the last ``settle()``.
  private(set) var touched: GroupSet

  /// So many groups that are listened for, at most ``Cluster/maximumGroups``.
  init(count: Int) {
    all = Array(repeating: Group(), count: count)
    touched = GroupSet(first: count)
  }

  var startIndex: Int { 0 }
  var endIndex: Int { all.count }

  subscript(position: Int) -> Group {
    _read { yield all[position] }
    _modify {
      touched.insert(position)
      yield &all[position]
    }
  }

  /// What follows from the groups is worked out; one that is still to be assessed counts as written to.
  mutating func settle() {
    for position in touched where !all[position].isDirty { touched.remove(position) }
  }
}

/// Some of the groups, a bit each.
struct GroupSet: Sequence, IteratorProtocol, BitwiseCopyable, Sendable {
  private var bits: UInt32

  /// The first so many groups.
  init(first count: Int) { bits = UInt32.max >> UInt32(UInt32.bitWidth - count) }

  var isEmpty: Bool { bits == 0 }

  func contains(_ position: Int) -> Bool { bits & Self.bit(position) != 0 }

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

/// What this node is to each of its groups, and which of them may have changed since ``settle()``.
///
/// What a beat costs must not grow with the groups that do not change, so what follows from them (``Summary``) is worked out
/// again only for those that were touched: written to, by whomever, or concerned by a change of the whole node.
struct Groups: RandomAccessCollection, MutableCollection, Sendable {
  private var all: [Group]
  /// Those that were touched since the last ``settle()``.
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

  /// Something has changed from which something follows for each of them.
  mutating func touchAll() { touched = GroupSet(first: all.count) }

  /// What follows from the groups is worked out; one that is still to be assessed counts as touched.
  mutating func settle() {
    for position in touched where !all[position].isDirty { touched.remove(position) }
  }
}

/// The hosts, each at its place for as long as the world lasts.
///
/// A host is some kilobytes, and a getter would copy all of it to read one field: here reading happens in place.
package struct HostList: RandomAccessCollection {
  private let storage: UnsafeMutablePointer<Host>
  package private(set) var endIndex = 0
  package var startIndex: Int { 0 }

  init(room: Int) { storage = .allocate(capacity: room) }

  /// There must be room.
  mutating func append(_ host: Host) {
    (storage + endIndex).initialize(to: host)
    endIndex += 1
  }

  /// The list must not be used after this.
  func deallocate() {
    storage.deinitialize(count: endIndex)
    storage.deallocate()
  }

  package internal(set) subscript(place: Int) -> Host {
    unsafeAddress {
      precondition(indices.contains(place))
      return UnsafePointer(storage + place)
    }
    nonmutating unsafeMutableAddress {
      precondition(indices.contains(place))
      return storage + place
    }
  }
}

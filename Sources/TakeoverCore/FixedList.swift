/// A list with room for `capacity` elements inside the value itself: no allocation, no reference count.
///
/// To read an element of a list that somebody else holds copies the list. Whoever reads many of them one after the other, in
/// this module, takes `storage.span`, which does so once.
public struct FixedList<let capacity: Int, Element: BitwiseCopyable & Sendable>: BitwiseCopyable, Sendable {
  @usableFromInline var storage: InlineArray<capacity, Element>
  /// How many elements are in use.
  public private(set) var count = 0

  /// An empty list; `filler` occupies the unused room and is never seen.
  public init(filler: Element) {
    storage = InlineArray(repeating: filler)
  }

  /// How many more there is room for.
  public var room: Int { capacity - count }

  /// Adds an element at the end, or returns false where there is no room left.
  @discardableResult
  public mutating func append(_ element: Element) -> Bool {
    guard count < capacity else { return false }
    storage[count] = element
    count += 1
    return true
  }

  /// Takes the element at a place below ``count`` out; those after it move up.
  public mutating func remove(at position: Int) {
    for place in position..<count - 1 { storage[place] = storage[place + 1] }
    count -= 1
  }

  /// The element at a place below ``count``.
  @inlinable @inline(__always) public subscript(position: Int) -> Element {
    get { storage[position] }
    set { storage[position] = newValue }
  }
}

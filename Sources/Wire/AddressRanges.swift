/// A set of IPv4 addresses as ranges, for a socket filter.
package struct AddressRanges {
  /// In order, apart from each other.
  package private(set) var ranges: [ClosedRange<UInt32>] = []

  /// Exactly these addresses; neighbours make one range.
  package init(_ addresses: [UInt32]) {
    for address in addresses.sorted() {
      if let last = ranges.last, address <= last.upperBound &+ 1, last.upperBound != .max {
        ranges[ranges.count - 1] = last.lowerBound...max(address, last.upperBound)
      } else if ranges.last?.upperBound != .max {
        ranges.append(address...address)
      }
    }
  }

  /// The same addresses and more, as at most so many ranges: the smallest gaps are closed.
  /// - Parameter most: 1 or more.
  func coarsened(to most: Int) -> AddressRanges {
    guard ranges.count > most else { return self }
    let gaps = zip(ranges, ranges.dropFirst()).map { $1.lowerBound - $0.upperBound }
    // The widest gaps stay.
    let open = Set(gaps.indices.sorted { gaps[$0] > gaps[$1] }.prefix(max(most, 1) - 1))
    var coarse = AddressRanges([])
    for (place, range) in ranges.enumerated() {
      if let last = coarse.ranges.last, !open.contains(place - 1) {
        coarse.ranges[coarse.ranges.count - 1] = last.lowerBound...range.upperBound
      } else {
        coarse.ranges.append(range)
      }
    }
    return coarse
  }
}

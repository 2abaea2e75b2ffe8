/// A time in which a host held the address.
public struct Holding: Equatable, Sendable {
  /// Name of the host.
  public let host: String
  /// Nanoseconds of `BootClock`.
  public let start: Int64
  /// Nanoseconds of `BootClock`; nil while it lasts.
  public var end: Int64?
}

/// A time in which two hosts held the address.
public struct Overlap: Equatable, Sendable {
  /// The two, in the order in which they took it.
  public let hosts: [String]
  /// Nanoseconds of `BootClock`.
  public let start: Int64
  /// Nanoseconds of `BootClock`; nil while it lasts.
  public let end: Int64?

  /// How long; nil while it lasts.
  public var duration: Duration? { end.map { .nanoseconds($0 - start) } }
}

/// Who held an address when. A value without a clock: times are arguments.
struct HolderLog {
  /// In the order in which they began.
  private(set) var holdings: [Holding] = []

  /// Notes that a host has the address from now on; one that has it already keeps its beginning.
  mutating func begin(_ host: String, at time: Int64) {
    guard !holders.contains(host) else { return }
    holdings.append(Holding(host: host, start: time, end: nil))
  }

  /// Notes that a host has it no more; one that did not have it changes nothing.
  mutating func end(_ host: String, at time: Int64) {
    guard let index = holdings.lastIndex(where: { $0.host == host && $0.end == nil }) else { return }
    holdings[index].end = time
  }

  /// The names of the hosts that have it now, in the order in which they took it.
  var holders: [String] { holdings.filter { $0.end == nil }.map(\.host) }

  /// Every pair of holdings that have a time in common.
  var overlaps: [Overlap] {
    var overlaps: [Overlap] = []
    for (index, later) in holdings.enumerated() {
      for earlier in holdings[..<index] where earlier.host != later.host && later.start < earlier.end ?? .max {
        let ends = [earlier.end, later.end].compactMap(\.self)
        overlaps.append(Overlap(hosts: [earlier.host, later.host], start: later.start, end: ends.min()))
      }
    }
    return overlaps
  }
}

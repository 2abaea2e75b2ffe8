import TakeoverCore

/// Counts dropped datagrams, and lets a notice through only now and then: whoever can reach the port can make us drop
/// as much as he likes. Fixed size, no allocation.
package struct DropLog {
  /// At most one notice a reason in this time.
  private static let pause = Interval.seconds(10)

  private var pending = InlineArray<16, Int>(repeating: 0)
  private var quietUntil = InlineArray<16, Instant>(repeating: .origin)

  package init() {}

  /// Counts a drop.
  /// - Returns: how many drops a notice shall speak of, or nil where none is due.
  package mutating func count(_ reason: DropReason, at now: Instant) -> Int? {
    switch reason {
    case .unread: return nil  // It is counted once a second.
    case .ownEcho, .notNewer: return nil  // Every broadcast and every second link makes them.
    case .unproven, .namesake, .unknownNode: return nil  // The core reports these itself, with more to say.
    case .length, .notOurs, .version, .cluster, .unknownKey, .authentication, .outOfRange, .formerSession: break
    }
    let place = Int(reason.rawValue)
    pending[place] &+= 1
    guard now >= quietUntil[place] else { return nil }
    quietUntil[place] = now + Self.pause
    let count = pending[place]
    pending[place] = 0
    return count
  }
}

import TakeoverCore

/// How long the kernel holds each group's addresses for certain, and when that is to be renewed.
///
/// The kernel counts lifetimes in whole seconds and looks a little late, never more than some 20 ms early
/// (`ADDRCONF_TIMER_FUZZ`, `<net/addrconf.h>`): docs/faults.md has the measurement.
struct Leases {
  /// Taken off a lease to be on the safe side of the kernel's rounding.
  private static let margin = Interval.milliseconds(50)

  private struct Lease {
    let seconds: UInt32
    let until: Instant
    /// When it is to be renewed.
    var due: Instant
  }

  private var leases: [Tag: Lease] = [:]
  private var isPostponed = false

  /// When the next renewal is due, of all together; `.never` where there is nothing to renew. A group that is begun meanwhile
  /// moves nobody else's.
  var nextRenewal: Instant { leases.values.map(\.due).min() ?? .never }

  /// Until when the kernel has addresses for certain that were asked for at `began`.
  /// - Parameter seconds: their lifetime; nil without an end.
  static func end(of seconds: UInt32?, from began: Instant) -> Instant {
    seconds.map { began + .seconds(Int64($0)) - margin } ?? .never
  }

  /// The kernel has confirmed addresses that were asked for at `began`.
  /// - Parameter seconds: their lifetime; nil without an end.
  /// - Returns: until when they are there for certain.
  mutating func begin(_ group: Tag, seconds: UInt32?, at began: Instant) -> Instant {
    guard let seconds else {
      leases[group] = nil
      return .never
    }
    let until = Self.end(of: seconds, from: began)
    // What is still to come is not put off: in a storm each renewal puts back what somebody removes.
    let due = began + .seconds(Int64(seconds)) / 4
    let planned = leases[group]?.due ?? .never
    leases[group] = Lease(seconds: seconds, until: until, due: planned > began ? min(planned, due) : due)
    isPostponed = false
    return until
  }

  /// What is held of one group is held for another as well.
  mutating func copy(_ group: Tag, to other: Tag) { leases[other] = leases[group] }

  /// The group is not held any more.
  mutating func end(_ group: Tag) { leases[group] = nil }

  /// The groups whose lease is running; one that has ended must not be renewed, that would be a claim.
  func running(at now: Instant) -> [Tag] {
    leases.filter { $0.value.until > now }.map(\.key)
  }

  /// Whether the group's lease is running.
  func isRunning(_ group: Tag, at now: Instant) -> Bool { leases[group].map { $0.until > now } ?? false }

  /// Forgets leases that were not renewed in time.
  mutating func dropEnded(at now: Instant) {
    leases = leases.filter { $0.value.until > now }
  }

  /// Renewal was not possible: try again soon.
  /// - Returns: whether this is the first time in a row.
  mutating func postpone(at now: Instant) -> Bool {
    dropEnded(at: now)
    let shortest = leases.values.map(\.seconds).min() ?? 1
    for group in leases.keys { leases[group]?.due = now + .seconds(Int64(shortest)) / 16 }
    defer { isPostponed = true }
    return !isPostponed
  }
}

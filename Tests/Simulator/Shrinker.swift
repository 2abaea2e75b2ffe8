import TakeoverCore

/// Makes a failing schedule as short as it can be while it breaks the same rule, or as short as it gets in the time that there is.
package struct Shrinker {
  package private(set) var schedule: Schedule
  package private(set) var tries = 0
  private let rule: Rule
  private let limit: Int
  private let end: ContinuousClock.Instant

  package init(_ schedule: Schedule, rule: Rule, limit: Int = 3000, within time: Duration = .seconds(120)) {
    self.schedule = schedule
    self.rule = rule
    self.limit = limit
    end = .now + time
  }

  private var hasTries: Bool { tries < limit && .now < end }

  package mutating func shrink() {
    var before: Schedule
    repeat {
      before = schedule
      dropFaults()
      simplify()
      shortenFaults()
    } while before != schedule && hasTries
  }

  private mutating func attempt(_ candidate: Schedule) -> Bool {
    guard hasTries, candidate != schedule else { return false }
    tries += 1
    guard candidate.play().violation?.rule == rule else { return false }
    schedule = candidate
    return true
  }

  private mutating func attempt(_ change: (inout Schedule) -> Void) -> Bool {
    var candidate = schedule
    change(&candidate)
    return attempt(candidate)
  }

  /// Delta debugging (Zeller, Hildebrandt 2002): halves, quarters … single faults are left out.
  private mutating func dropFaults() {
    var size = max(1, schedule.faults.count / 2)
    while true {
      var start = 0
      while start < schedule.faults.count {
        let end = min(start + size, schedule.faults.count)
        if !attempt({ $0.faults.removeSubrange(start..<end) }) { start = end }
      }
      if size == 1 { break }
      size = max(1, size / 2)
    }
  }

  private mutating func simplify() {
    while schedule.nodes > 2, attempt({ $0.removeLastNode() }) {}
    while schedule.groups.count > 1, attempt({ $0.groups.removeLast() }) {}
    _ = attempt { $0.isLoopback = false }
    _ = attempt { $0.delay = .init(.microseconds(100), .microseconds(100)) }
    _ = attempt { $0.adding = .init(.microseconds(100), .microseconds(100)) }
    _ = attempt { $0.removing = .init(.microseconds(100), .microseconds(100)) }
    _ = attempt { $0.drifts = Array(repeating: 0, count: $0.nodes) }
    for node in schedule.starts.indices {
      _ = attempt { $0.starts[node] = .zero }
      _ = attempt { $0.starts[node] = $0.starts[node].rounded(to: .milliseconds(100)) }
      _ = attempt { $0.starts[node] = $0.starts[node].rounded(to: .milliseconds(1)) }
    }
    for group in schedule.groups.indices {
      _ = attempt { $0.groups[group].failbackDelay = .zero }
      _ = attempt { $0.groups[group].asksFirst = true }
      _ = attempt { $0.groups[group].lease = .seconds(3) }
      _ = attempt { $0.groups[group].autoFailback = false }
      _ = attempt { $0.groups[group].preferred.sort() }
    }
  }

  private mutating func shortenFaults() {
    for place in schedule.faults.indices {
      for share in [Int64(8), 2] {
        while attempt({ $0.faults[place].duration = $0.faults[place].duration / share }) {}
      }
      for unit in [Interval.seconds(1), .milliseconds(100), .milliseconds(10), .milliseconds(1)] {
        _ = attempt { $0.faults[place].duration = $0.faults[place].duration.rounded(to: unit) }
        _ = attempt { $0.faults[place].at = $0.faults[place].at.rounded(to: unit) }
      }
      // Of recordings it is the time between two words: half as long is no simpler, and twice as slow to play.
      guard schedule.faults[place].kind != .recordings else { continue }
      while attempt({ $0.faults[place].amount = $0.faults[place].amount / 2 }) {}
    }
    // Everything sooner.
    if let first = schedule.faults.map(\.at).min(), first > .seconds(1) {
      for share in [Int64(2), 4] {
        let less = first / share
        _ = attempt { changed in
          for place in changed.faults.indices { changed.faults[place].at = changed.faults[place].at - less }
        }
      }
    }
  }
}

extension Interval {
  fileprivate func rounded(to unit: Interval) -> Interval {
    Interval(nanoseconds: nanoseconds / unit.nanoseconds * unit.nanoseconds)
  }
}

extension Schedule {
  /// One node less, if no fault needs it.
  fileprivate mutating func removeLastNode() {
    let gone = nodes - 1
    let bit = UInt16(1) << UInt16(gone)
    faults.removeAll { $0.kind.hasHost && $0.host == gone }
    for place in faults.indices {
      faults[place].from &= ~bit
      faults[place].to &= ~bit
    }
    faults.removeAll { $0.kind.isOfNetwork && ($0.from == 0 || $0.to == 0) }
    nodes = gone
    drifts.removeLast()
    starts.removeLast()
    for group in groups.indices { groups[group].preferred.removeAll { $0 == gone } }
  }
}

import TakeoverCore

/// What came of a schedule.
package struct Outcome: Sendable {
  package let violation: Violation?
  package let statistics: World.Statistics
  package let digest: UInt64
  /// How long the cluster lived.
  package let time: Interval
  package let journal: Journal?
  package var transcript: String? { journal?.transcript }
}

extension Schedule {
  /// Plays the schedule to its end: starts and faults, everything healed, and then long enough to settle.
  package func play(keepsJournal: Bool = false) -> Outcome {
    let world = World(self, keepsJournal: keepsJournal)
    let healed = Instant.origin + healAt
    world.run(until: healed)
    if world.ledger.isSound {
      world.heal()
      let end = world.ledger.quietAt
      if end != .never { world.run(until: end) }
      // Quiet, and stays so.
      world.run(for: world.ledger.bounds.lease)
    }
    return Outcome(
      violation: world.violations.first, statistics: world.statistics, digest: world.digest,
      time: world.now - .origin, journal: world.journal)
  }
}

extension World {
  /// Whatever is still broken is repaired, every agent runs, and all have the last configuration.
  package func heal() {
    disturb()
    for host in hosts.indices {
      if !hosts[host].isUp { boot(host) }
      if hosts[host].core == nil || hosts[host].isLeaving { start(host) }
      guard let schedule else { continue }
      let last = schedule.cluster(of: host, edition: schedule.lastEdition)
      if hosts[host].file.fingerprint != last.fingerprint { reload(host, with: last) }
    }
    survey()
  }
}

extension World.Statistics {
  package static func += (sum: inout World.Statistics, other: World.Statistics) {
    sum.steps += other.steps
    sum.sent += other.sent
    sum.heard += other.heard
    sum.faults += other.faults
    sum.claims += other.claims
  }
}

import Engine
import Linux
import Status
import TakeoverCore

/// What has happened since the agent started, as far as the status tells of it: made of the reports, group by group.
struct History: Sendable {
  /// So many takeovers are remembered.
  static let takeoverLimit = 16

  /// How a group came to be what it is here.
  struct Entry: Sendable {
    var since: Moment
    var cause: String
    var takeovers: [TakeoverKind: UInt64] = [:]
    /// Why the claim under way was made.
    var claimCause = ""
    var claimKind = TakeoverKind.start
  }

  /// When the agent started.
  let started: Moment
  private(set) var entries: [Tag: Entry] = [:]
  /// The newest first.
  private(set) var takeovers: [TakeoverStatus] = []

  init(started: Moment) { self.started = started }

  /// The group's entry; one that has never changed its role has been listening since the start.
  func entry(of group: Tag) -> Entry { entries[group] ?? Entry(since: started, cause: "the agent has started") }

  /// A group has changed its role.
  /// - Parameter takeover: what a claim for this reason makes of a takeover.
  mutating func note(
    _ group: Tag, to role: GroupReport.Role, because cause: String, takeover: TakeoverKind, at now: Instant
  ) {
    var entry = entry(of: group)
    switch role {
    case .claiming:
      (entry.claimCause, entry.claimKind) = (cause, takeover)
      entry.cause = cause
    // An owner is one because of what made it claim, not because it has announced itself.
    case .owner: if !entry.claimCause.isEmpty { entry.cause = entry.claimCause }
    case .listening, .standby, .releasing, .faulted:
      entry.claimCause = ""
      entry.cause = cause
    }
    entry.since = Moment(now)
    entries[group] = entry
  }

  /// A claim has made this node the owner.
  mutating func note(_ timeline: Timeline, _ group: GroupAddresses, from: String?) {
    var entry = entry(of: group.tag)
    entry.takeovers[entry.claimKind, default: 0] += 1
    entries[group.tag] = entry
    let isPlanned = entry.claimKind != .unplanned
    let origin = isPlanned ? timeline.claimed : timeline.lastHeard ?? timeline.claimed
    func offset(_ instant: Instant) -> Int64 { (instant - origin).nanoseconds / 1_000 }
    takeovers.insert(
      TakeoverStatus(
        group: group.name, at: Moment(timeline.announced).text, from: from, cause: entry.claimCause,
        kind: entry.claimKind, term: timeline.term, deadlineUs: isPlanned ? nil : timeline.deadline.map(offset),
        claimedUs: offset(timeline.claimed),
        confirmedUs: offset(timeline.confirmed), announcedUs: offset(timeline.announced)),
      at: 0)
    if takeovers.count > Self.takeoverLimit { takeovers.removeLast() }
  }
}

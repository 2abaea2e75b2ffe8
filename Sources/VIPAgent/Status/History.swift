import Linux
import TakeoverCore

/// What has happened since the agent started, as far as the status tells of it: made of the reports, group by group.
struct History: Sendable {
  /// So many takeovers are remembered.
  static let takeoverLimit = 16

  /// How a group came to be what it is here.
  struct Entry: Sendable {
    var since: Moment
    var cause: String
    var planned: UInt64 = 0
    var unplanned: UInt64 = 0
    /// Why the claim under way was made.
    var claimCause = ""
    var claimIsPlanned = true
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
  mutating func note(_ group: Tag, to role: GroupReport.Role, because cause: String, isPlanned: Bool, at now: Instant) {
    var entry = entry(of: group)
    switch role {
    case .claiming:
      (entry.claimCause, entry.claimIsPlanned) = (cause, isPlanned)
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
    if entry.claimIsPlanned { entry.planned += 1 } else { entry.unplanned += 1 }
    entries[group.tag] = entry
    let origin = entry.claimIsPlanned ? timeline.claimed : timeline.lastHeard ?? timeline.claimed
    func offset(_ instant: Instant) -> Int64 { (instant - origin).nanoseconds / 1_000 }
    takeovers.insert(
      TakeoverStatus(
        group: group.name, at: Moment(timeline.announced).text, from: from, cause: entry.claimCause,
        planned: entry.claimIsPlanned, term: timeline.term,
        deadlineUs: entry.claimIsPlanned ? nil : timeline.deadline.map(offset), claimedUs: offset(timeline.claimed),
        confirmedUs: offset(timeline.confirmed), announcedUs: offset(timeline.announced)),
      at: 0)
    if takeovers.count > Self.takeoverLimit { takeovers.removeLast() }
  }
}

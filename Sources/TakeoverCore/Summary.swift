/// What follows from the groups and is asked for with every beat: worked out when a group has changed, not when it is asked for.
struct Summary: Sendable {
  /// By group: when it wants to be looked at by itself.
  private var deadlines: [Instant]
  /// By group: what this node says about it, and until when if nothing happens.
  private(set) var reports: [GroupReport]
  private var reportEnds: [Instant]
  /// For which of them something is under way (``TakeoverCore/mayHearLater``).
  private(set) var restless: GroupSet
  /// When the first group wants to be looked at.
  private(set) var deadline = Instant.never
  /// Until when all reports are true if nothing happens.
  private(set) var holdsUntil = Instant.origin

  /// Room for so many groups.
  init(groups count: Int) {
    deadlines = Array(repeating: .never, count: count)
    reports = Array(repeating: GroupReport(group: .none), count: count)
    reportEnds = Array(repeating: .never, count: count)
    restless = GroupSet(first: count)
  }

  /// Takes what has become of a group.
  fileprivate mutating func note(
    _ position: Int, deadline: Instant, isAtRest: Bool, _ report: GroupReport, until end: Instant
  ) {
    deadlines[position] = deadline
    reports[position] = report
    reportEnds[position] = end
    if isAtRest { restless.remove(position) } else { restless.insert(position) }
  }

  fileprivate mutating func finish() {
    deadline = deadlines.reduce(.never) { min($0, $1) }
    holdsUntil = reportEnds.reduce(.never) { min($0, $1) }
  }
}

extension TakeoverCore {
  /// Whether the summary says what the groups are now.
  func isSummarized(at now: Instant) -> Bool { groups.touched.isEmpty && now < summary.holdsUntil }

  /// Works the summary out again, of what has changed.
  mutating func summarize(at now: Instant) {
    if now >= summary.holdsUntil { groups.touchAll() }
    guard !groups.touched.isEmpty else { return }
    // A namesake that comes makes all groups dirty; one that goes does so by time.
    let end = namesakeEnd(at: now)
    for position in groups.touched {
      let yieldedUntil = groups[position].yieldedUntil
      summary.note(
        position, deadline: groups[position].deadline, isAtRest: isAtRest(position), report(on: position, at: now),
        until: yieldedUntil > now ? min(yieldedUntil, end) : end)
    }
    summary.finish()
    groups.settle()
  }
}

/// Sessions that have not proven that they hear this node: a live node whose ears are blocked, or recordings.
///
/// They can hold a claim back, never cause anything. Each does so once, for as long as it lasts, because its sequence must
/// grow, and what was heard of a session is remembered for as long as the agent runs. So there is no more room than
/// ``capacity``: what does not fit counts for nothing until it is proven. If it took the place of another session,
/// whoever has more recordings than places could play them by turns without an end.
struct UnprovenSessions: BitwiseCopyable, Sendable {
  static let capacity = 16

  private(set) var list = FixedList<16, UnprovenSession>(filler: UnprovenSession())

  /// So many that are still to be filled in.
  init(count: Int = 0) { for _ in 0..<count { list.append(UnprovenSession()) } }

  var count: Int { list.count }

  subscript(place: Int) -> UnprovenSession {
    get { list[place] }
    set { list[place] = newValue }
  }

  /// Where a session stands; nil where nothing is remembered of it.
  func place(of session: UInt64) -> Int? {
    for place in 0..<list.count where list[place].session == session { return place }
    return nil
  }

  /// Whether any of them was heard lately.
  func hasCurrent(at now: Instant) -> Bool { latest(at: now) != nil }

  /// The one that was heard last, among those heard lately.
  func latest(at now: Instant) -> UnprovenSession? {
    var latest: UnprovenSession?
    for place in 0..<list.count where list[place].isCurrent(at: now) {
      if let found = latest, found.until >= list[place].until { continue }
      latest = list[place]
    }
    return latest
  }

  /// Until when those count that have been heard lately; nil where there are none.
  func end(at now: Instant) -> Instant? { latest(at: now)?.until }

  /// Takes a heartbeat, unless it is no newer than what was heard of its session, or there is no room.
  /// - Parameters:
  ///   - time: for so long it counts.
  ///   - own: the last heartbeat that this node has said.
  /// - Returns: its place; nil where it was not taken.
  mutating func take(
    _ heartbeat: borrowing Heartbeat, for time: Interval, after own: UInt64, at now: Instant
  ) -> Int? {
    let known = place(of: heartbeat.session)
    var session = UnprovenSession(session: heartbeat.session)
    session.firstHeardAfter = own
    if let known { session = list[known] }
    guard heartbeat.sequence > session.sequence else { return nil }
    if !session.isCurrent(at: now) {
      session.since = now
      session.isReported = false
    }
    session.sequence = heartbeat.sequence
    session.heardAfter = own
    session.key = heartbeat.key
    session.until = now + time
    session.isProven = false
    guard let known else { return list.append(session) ? list.count - 1 : nil }
    list[known] = session
    return known
  }

  /// Remembers how far a proven session came that another one takes the place of.
  /// - Parameter own: the last heartbeat that this node has said.
  mutating func remember(_ session: UInt64, sequence: UInt64, key: UInt8, after own: UInt64) {
    guard session != 0 else { return }
    if let place = place(of: session) {
      list[place].sequence = max(list[place].sequence, sequence)
    } else {
      list.append(
        UnprovenSession(session: session, sequence: sequence, firstHeardAfter: own, key: key, isProven: true))
    }
  }

  /// Forgets a session: it is proven now.
  mutating func remove(at place: Int) { list.remove(at: place) }

  /// Forgets what only keys have signed that are not accepted any more.
  mutating func forget(exceptOf keys: KeySet) {
    for place in stride(from: list.count - 1, through: 0, by: -1) where !keys.contains(list[place].key) {
      list.remove(at: place)
    }
  }
}

/// What was heard of a session that has not proven that it hears this node.
struct UnprovenSession: BitwiseCopyable, Sendable {
  var session: UInt64 = 0
  /// The highest that was heard.
  var sequence: UInt64 = 0
  /// What this node had said last when the session was first heard.
  var firstHeardAfter: UInt64 = 0
  /// What it had said last when the highest sequence was heard: who echoes something later speaks later.
  var heardAfter: UInt64 = 0
  /// The key that signed it.
  var key: UInt8 = 0
  /// When it was first heard, without a pause since.
  var since = Instant.origin
  /// When it stops to count.
  var until = Instant.origin
  /// A bit a group: the sender says that it holds it.
  var holding: UInt32 = 0
  /// It was proven once, and another session has taken its place: nobody waits for an echo of it.
  var isProven = false
  var isReported = false

  func isCurrent(at now: Instant) -> Bool { until > now }
}

import TakeoverCore

/// What the checker remembers. It is told of changes, and does a fixed amount of work for each.
struct Ledger {
  var bounds = Bounds()
  var violations: [Violation] = []
  /// Whether the run goes on after a violation: tests look at them themselves.
  var isTolerant = false
  var isSound: Bool { violations.isEmpty || isTolerant }

  let hosts: Int
  let groups: Int

  // Contacts; from host × hosts + to host. `.never` while it is not so.
  /// Since when ARP passes between two hosts as it should, both ways.
  var wireSince: [Instant]
  /// The same for heartbeats.
  var heartbeatsSince: [Instant]
  /// Since when nothing holds up a host or its agent.
  var calmSince: [Instant]
  /// When each host's agent is known to the others at the latest, after a start.
  var acquaintedAt: [Instant]
  /// When each host has gone over to another configuration, and adds again what it holds.
  var reloadedAt: [Instant]
  /// Whose kernels hold since when; host × groups + group.
  var holdsSince: [Instant]

  /// When the holders must be looked at again.
  var nextLook = Instant.never

  // Heartbeats; hearer × hosts + sender.
  var heard: [Hearing]
  /// The highest sequence that a host has heard of a session which another one took the place of; by ``Ledger/key(_:_:)``.
  var overtaken: [UInt64: UInt64] = [:]
  /// How many words a hearer must hear of a sender until the first that surely goes beyond what was forged; hearer × hosts + sender.
  var doubts: [UInt8]
  /// Since when each host can ask the wire, and since when it cannot; `.never` where the other is so.
  var askableSince: [Instant]
  var unaskableSince: [Instant]
  /// A bit a group: what has come of it only a common name settles.
  var awaitsName: UInt32 = 0
  /// Until then the consequences of what somebody with the key has said may break what holds at once.
  var forgedUntil = Instant.origin
  /// The session of each sender that was accepted last.
  var accepted: [UInt64]
  /// Until when each host must listen for each group, on its clock, if it has not heard everybody, and whom it has heard
  /// since that began; host × groups + group.
  var listensUntil: [Instant]
  var heardSince: [UInt32]
  /// How long each host's heartbeat thread was last held up, at least, beyond its next heartbeat.
  var lateness: [Interval]
  /// What each host held when it woke up from a stall and has not let go of.
  var muted: [UInt32]
  /// When each host was heard again after such a stall; `.never` while it keeps silent because of one.
  var spokeAgainAt: [Instant]
  /// Heartbeats in the current second.
  var window: [Instant]
  var inWindow: [Int]
  var urgent: [Int]
  var last: [Saying]

  // Announcements.
  /// When each host last took a recording, or what was forged, for what was late.
  var playedAt: [Instant]
  /// The claim that each host announced last; host × groups + group.
  var announcedTerm: [UInt64]
  /// The highest of them, over all lives of its agent: a word of a former life may be heard late.
  var highestAnnounced: [UInt64]
  /// What the clients beside each host were told last; host × groups + group.
  var told: [Told]
  /// What each host is for each group, and since when; host × groups + group.
  var standings: [Standing]
  /// When each host's session began, and when sessions ended.
  var began: [Instant]
  var ended: [UInt64: Instant] = [:]
  /// The session in which each sender said goodbye to each hearer; hearer × hosts + sender.
  var goodbyes: [UInt64]

  // Causes.
  var faults = 0
  /// The last fault that may have consequences, begun or ended.
  var disturbedAt = Instant.origin
  /// Until then a fault that moves nothing is still at work.
  var harmlessUntil = Instant.origin
  /// Whether nothing but new names for groups is at work.
  var isRenaming = false
  /// Whether everything was found quiet since.
  var isSettled = false
  var quietAt = Instant.never
  /// Who owns each group since it was quiet.
  var settled: [Int?]
  var hasStorm = false
  /// By when each group must be held again by a running agent; `.never` while nothing is promised.
  var servedBy: [Instant]

  struct Hearing: BitwiseCopyable {
    var at = Instant(nanoseconds: .min / 2)
    var deadtime = Interval.zero
    var holding: UInt32 = 0
    var keeping: UInt32 = 0
    var session: UInt64 = 0
    var sequence: UInt64 = 0
    var isRestarting = false
  }

  static func key(_ host: Int, _ session: UInt64) -> UInt64 { session &+ UInt64(host) &* Chance.golden }

  struct Standing: BitwiseCopyable {
    var term: UInt64 = 0
    var since = Instant.never
  }

  struct Told: BitwiseCopyable {
    static let byNobody: Int8 = -1, byChance: Int8 = -2
    var by = byNobody
    var at = Instant.origin
    /// A later word did not get there.
    var hasMissed = false
  }

  struct Saying: BitwiseCopyable {
    var terms: InlineArray<8, UInt64> = .init(repeating: 0)
    var owns: UInt32 = 0
  }

  init(hosts: Int, groups: Int) {
    self.hosts = hosts
    self.groups = groups
    wireSince = Array(repeating: .never, count: hosts * hosts)
    heartbeatsSince = wireSince
    calmSince = Array(repeating: .never, count: hosts)
    acquaintedAt = Array(repeating: .origin, count: hosts)
    reloadedAt = acquaintedAt
    holdsSince = Array(repeating: .never, count: hosts * groups)
    accepted = Array(repeating: 0, count: hosts * hosts)
    heard = Array(repeating: Hearing(), count: hosts * hosts)
    listensUntil = Array(repeating: .never, count: hosts * groups)
    heardSince = Array(repeating: 0, count: hosts * groups)
    lateness = Array(repeating: .zero, count: hosts)
    muted = Array(repeating: 0, count: hosts)
    spokeAgainAt = Array(repeating: .origin, count: hosts)
    window = Array(repeating: .origin, count: hosts)
    inWindow = Array(repeating: 0, count: hosts)
    urgent = inWindow
    last = Array(repeating: Saying(), count: hosts)
    settled = Array(repeating: nil, count: groups)
    servedBy = Array(repeating: .never, count: groups)
    playedAt = Array(repeating: .origin, count: hosts)
    announcedTerm = Array(repeating: 0, count: hosts * groups)
    highestAnnounced = announcedTerm
    told = Array(repeating: Told(), count: hosts * groups)
    goodbyes = accepted
    standings = Array(repeating: Standing(), count: hosts * groups)
    began = Array(repeating: .origin, count: hosts)
    doubts = Array(repeating: 0, count: hosts * hosts)
    askableSince = began
    unaskableSince = Array(repeating: .never, count: hosts)
  }
}

extension World {
  package var violations: [Violation] { ledger.violations }

  /// Goes on after a violation: for tests that look at them themselves.
  package func tolerateViolations() { ledger.isTolerant = true }

  func violate(_ rule: Rule, _ host: Int? = nil, _ sentence: @autoclosure () -> String) {
    if now < ledger.forgedUntil, rule.isOpenToForgery { return }
    let words = (host.map { hosts[$0].name + " " } ?? "") + sentence()
    ledger.violations.append(Violation(rule: rule, at: now, sentence: words))
    note("VIOLATION \(rule.rawValue): \(words)")
  }

  /// Whether every group asks the wire before it is claimed, as this host sees it.
  func asksFirst(_ group: Int, on host: Int) -> Bool {
    hosts[host].index(ofGroup: group).map { hosts[host].cluster.groups[Int($0.position)].onConflict == .wait } ?? false
  }
}

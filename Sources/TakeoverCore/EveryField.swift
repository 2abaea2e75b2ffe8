/// Every field of a core on a ``StateTape``, for the search of `Tests/Exhaustive`. A field that is forgotten here is
/// noticed by its tests, which know the fields by name.
extension TakeoverCore {
  /// Writes the state to a tape, or takes it from one; the configuration and the session are the caller's to give, and the
  /// summary follows from the groups.
  package mutating func pass(through tape: inout StateTape) {
    watchAt = tape.instant(watchAt)
    tape.floor = min(0, watchAt == .never ? 0 : tape.units(until: watchAt)) - 1
    nextBeat = tape.instant(nextBeat)
    life.pass(through: &tape)
    sequence = tape.sequence(sequence, of: session)
    said.pass(through: &tape, of: session, memory: cluster.deadtime)
    isUrgent = tape.plain(isUrgent)
    isSendingSuspended = tape.plain(isSendingSuspended)
    hasNoHeartbeatLink = tape.plain(hasNoHeartbeatLink)
    isOnStandby = tape.plain(isOnStandby)
    clock = tape.now
    myHardware.pass(through: &tape)
    unproven[Int(cluster.me.position)].pass(through: &tape, own: session)
    for position in groups.indices {
      var group = groups[position]
      group.pass(through: &tape, failbackDelay: cluster.groups[position].failbackDelay, lease: longestLease(position))
      if tape.isReading { groups[position] = group }
    }
    for position in peers.indices where position != Int(cluster.me.position) { passPeer(position, through: &tape) }
  }

  /// What this node is to a group.
  package func role(of group: GroupIndex) -> GroupReport.Role { groups[Int(group.position)].role }

  /// Until when an ARP answer can matter to the second opinion on a group, from the first.
  private func longestLease(_ group: Int) -> Interval { cluster.groups[group].lease ?? Self.presumedLease }

  private mutating func passPeer(_ position: Int, through tape: inout StateTape) {
    var peer = peers[position]
    let listening = groups.filter { $0.role == .listening && $0.listeningSince != .never }.map(\.listeningSince)
    let lease = groups.indices.map { longestLease($0) }.max() ?? .zero
    peer.pass(through: &tape, own: session, listening: listening, lease: lease)
    if tape.isReading { peers[position] = peer }
    unproven[position].pass(through: &tape, own: session)
    for group in groups.indices {
      let place = position * groups.count + group
      var report = heard[place]
      report.pass(through: &tape)
      if tape.isReading { heard[place] = report }
    }
  }
}

extension TakeoverCore.Life {
  private var code: UInt8 {
    switch self {
    case .notStarted: 0
    case .running: 1
    case .leaving: 2
    case .parting: 3
    case .restarting: 4
    case .finished: 5
    }
  }

  fileprivate mutating func pass(through tape: inout StateTape) {
    switch tape.plain(code) {
    case 0: self = .notStarted
    case 1: self = .running
    case 2:
      var (handOverUntil, endAt) = (Instant.never, Instant.never)
      if case .leaving(let until, let end) = self { (handOverUntil, endAt) = (until, end) }
      self = .leaving(handOverUntil: tape.instant(handOverUntil), endAt: tape.instant(endAt))
    case 3:
      var left = 0
      if case .parting(let goodbyes) = self { left = goodbyes }
      self = .parting(goodbyes: tape.plain(left))
    case 4:
      var left = 0
      if case .restarting(let notices) = self { left = notices }
      self = .restarting(notices: tape.plain(left))
    default:
      var last = Heartbeat.Flags()
      if case .finished(let flags) = self { last = flags }
      self = .finished(Heartbeat.Flags(rawValue: tape.plain(last.rawValue)))
    }
  }
}

extension Group.State {
  private var code: UInt8 {
    switch self {
    case .listening: 0
    case .standby: 1
    case .claiming: 2
    case .owner: 3
    case .releasing(.handingOver): 4
    case .releasing(.removing): 5
    case .faulted: 6
    }
  }

  fileprivate mutating func pass(through tape: inout StateTape) {
    switch tape.plain(code) {
    case 0: self = .listening
    case 1: self = .standby
    case 2: self = .claiming
    case 3: self = .owner
    case 4:
      var (node, end) = (NodeIndex(0), Instant.never)
      if case .releasing(.handingOver(let target, let until)) = self { (node, end) = (target, until) }
      node.position = tape.plain(node.position)
      self = .releasing(.handingOver(to: node, until: tape.instant(end)))
    case 5:
      var listening: Interval?
      if case .releasing(.removing(let time)) = self { listening = time }
      let listens = tape.plain(listening != nil)
      let time = tape.plain(listening ?? .zero)
      self = .releasing(.removing(thenListenFor: listens ? time : nil))
    default:
      var retry = Instant.never
      if case .faulted(let retryAt) = self { retry = retryAt }
      self = .faulted(retryAt: tape.instant(retry))
    }
  }

  fileprivate var isLeased: Bool {
    switch self {
    case .claiming, .owner, .releasing(.handingOver): true
    case .listening, .standby, .releasing(.removing), .faulted: false
    }
  }

  fileprivate var isStandby: Bool { if case .standby = self { true } else { false } }
  fileprivate var isListening: Bool { if case .listening = self { true } else { false } }
}

extension Group {
  fileprivate mutating func pass(through tape: inout StateTape, failbackDelay: Interval, lease: Interval) {
    state.pass(through: &tape)
    // What a claim sets anew, or only one state looks at, does not matter in another.
    term = tape.term(term, matters: role.holds)
    highestTerm = tape.term(highestTerm)
    linkIsUp = tape.plain(linkIsUp)
    hasLostLink = tape.plain(hasLostLink)
    linkTrustedAt = tape.milestone(linkTrustedAt)
    listeningSince = tape.instant(listeningSince, matters: state.isListening)
    listensUntil = tape.instant(listensUntil, matters: state.isListening)
    deadline = tape.instant(deadline)
    deferUntil = tape.milestone(deferUntil, matters: state.isStandby)
    readySince = tape.milestone(readySince, memory: failbackDelay, matters: state.isStandby)
    wants = tape.plain(wants)
    yieldedUntil = tape.milestone(yieldedUntil)
    handOverNotBefore = tape.milestone(handOverNotBefore)
    refusals = tape.plain(refusals)
    let owner = tape.plain(lastOwner.map { Int($0.position) + 1 } ?? 0)
    lastOwner = owner == 0 ? nil : NodeIndex(owner - 1)
    contested = UInt16(tape.plain(role.holds ? Int(contested) : 0))
    // When to report it is a deadline.
    let isHeldBack = tape.plain(heldBackSince != .never)
    heldBackSince = isHeldBack ? tape.milestone(heldBackSince, memory: .seconds(1)) : .never
    heldBackBy = UInt16(tape.plain(Int(heldBackBy)))
    yieldedHeard = UInt16(tape.plain(Int(yieldedHeard)))
    leaseUntil = tape.instant(leaseUntil, matters: state.isLeased)
    isPresent = tape.plain(isPresent)
    probing.pass(through: &tape, lease: lease)
    losses = tape.plain(losses)
    lossesSince = tape.milestone(lossesSince, memory: .seconds(11))
    isStormy = tape.plain(isStormy)
    restoreAt = tape.instant(restoreAt)
    defendNotBefore = tape.milestone(defendNotBefore)
    isHealed = tape.plain(role.holds && isHealed)
    isOnStandby = tape.plain(isOnStandby)
    isWithdrawn = tape.plain(isWithdrawn)
    isPlaced = tape.plain(isPlaced)
    placedTerm = tape.saidTerm(tape.isReading || placedTerm == highestTerm ? placedTerm : 0)
    passOrder(through: &tape)
    passHistory()
    isDirty = tape.plain(isDirty)
  }
}

extension Group {
  private mutating func passOrder(through tape: inout StateTape) {
    guard tape.plain(order != nil) else {
      order = nil
      return
    }
    let request = Request(rawValue: tape.plain(order?.request.rawValue ?? 0)) ?? .standby
    let isAsking = tape.plain(order?.isAsking ?? false)
    order = Order(request: request, isAsking: isAsking, until: tape.instant(order?.until ?? .never))
  }

  /// What is only reported: it decides nothing.
  private mutating func passHistory() {
    since = nil
    lastOwnerSince = .origin
    timeline = Timeline()
  }
}

extension ProbeState {
  /// Only how far the probes and the answers are apart counts, as far as it can make a difference, and whether the next
  /// probe goes to everybody.
  fileprivate mutating func forgetBeginnings() {
    let limit = 4 * Self.enough
    func clipped(_ count: Int) -> Int { count < limit ? count : limit + (count - limit) % 2 }
    unansweredEchoes = min(unansweredEchoes, Self.enough)
    let former = probes
    if answeredAt > 0 {
      let ago = clipped(probes - answeredAt)
      answeredAt = limit + (probes - ago) % 2
      probes = answeredAt + ago
    } else {
      probes = clipped(probes)
    }
    foreignAt = foreignAt < 0 || former - foreignAt >= Self.enough ? -Self.enough : probes - (former - foreignAt)
  }

  fileprivate mutating func pass(through tape: inout StateTape, lease: Interval) {
    isAsking = tape.plain(isAsking)
    guard isAsking else {
      self = ProbeState()
      return
    }
    if !tape.isReading { forgetBeginnings() }
    nextProbe = tape.instant(nextProbe)
    probes = tape.plain(probes)
    answeredAt = tape.plain(answeredAt)
    foreignAt = tape.plain(foreignAt)
    unansweredEchoes = tape.plain(unansweredEchoes)
    answerer = EthernetAddress(rawValue: tape.plain(answerer.rawValue))
    reported.pass(through: &tape)
    // A lease, the second of grace, and some for the echoes before it is over.
    let memory = lease + .seconds(2)
    heldSince = tape.milestone(heldSince, memory: memory)
    unaskedSince = tape.milestone(unaskedSince, memory: memory)
    wasUnasked = tape.plain(wasUnasked)
    // It is only reported.
    isUnaskedReported = false
  }
}

extension Peer {
  private var code: UInt8 {
    switch condition {
    case .unknown: 0
    case .alive: 1
    case .late: 2
    case .dead: 3
    case .left: 4
    }
  }

  private mutating func passCondition(through tape: inout StateTape) {
    switch tape.plain(code) {
    case 0: condition = .unknown
    case 1: condition = .alive
    case 2: condition = .late
    case 3: condition = .dead
    default: condition = .left
    }
  }

  fileprivate mutating func pass(
    through tape: inout StateTape, own: UInt64, listening: [Instant], lease: Interval
  ) {
    passCondition(through: &tape)
    session = tape.plain(session)
    sequence = tape.sequence(sequence, of: session)
    highestEcho = tape.sequence(highestEcho, of: own)
    firstEcho = tape.sequence(firstEcho, of: own)
    freshUntil = tape.milestone(freshUntil)
    firmUntil = tape.milestone(firmUntil)
    key = tape.plain(key)
    passLastHeard(through: &tape, listening: listening)
    lateAt = tape.instant(lateAt)
    deadAt = tape.instant(deadAt)
    keepalive = tape.plain(keepalive)
    deadtime = tape.plain(deadtime)
    timingDiffers = tape.plain(timingDiffers)
    // What it is worth is said by the next field.
    fingerprint = 0
    configurationDiffers = tape.plain(configurationDiffers)
    flags = Heartbeat.Flags(rawValue: tape.plain(flags.rawValue))
    // For how long is only reported.
    let isUnheard = tape.plain(unheardSince != .never)
    unheardSince = isUnheard ? tape.now : .never
    unheardReported = false
    hardware.pass(through: &tape)
    let restarts = tape.plain(restartsSince != .never)
    restartsSince = restarts ? tape.milestone(restartsSince, memory: lease) : .never
    mentioned = UInt32(truncatingIfNeeded: tape.plain(Int(mentioned)))
  }

  /// Who listens asks whether this was before or after the listening began; others will ask so from now on.
  private mutating func passLastHeard(through tape: inout StateTape, listening: [Instant]) {
    let isAfter = listening.contains { lastHeard >= $0 }
    let counts = tape.plain(isAfter || lastHeard >= tape.now)
    lastHeard = counts ? tape.milestone(lastHeard) : .origin
  }
}

extension SentHeartbeats {
  /// What is older than a deadtime makes nothing fresh any more.
  fileprivate mutating func pass(through tape: inout StateTape, of session: UInt64, memory: Interval) {
    for place in times.indices {
      let counts = tape.plain(sequences[place] != 0 && tape.now - times[place] <= memory)
      sequences[place] = counts ? tape.sequence(sequences[place], of: session) : 0
      times[place] = counts ? tape.instant(times[place]) : .origin
    }
  }
}

extension UnprovenSessions {
  fileprivate mutating func pass(through tape: inout StateTape, own: UInt64) {
    let length = tape.plain(count)
    if tape.isReading { self = UnprovenSessions(count: length) }
    for place in 0..<length { self[place].pass(through: &tape, own: own) }
  }
}

extension UnprovenSession {
  fileprivate mutating func pass(through tape: inout StateTape, own: UInt64) {
    session = tape.plain(session)
    sequence = tape.sequence(sequence, of: session)
    firstHeardAfter = tape.sequence(firstHeardAfter, of: own)
    heardAfter = tape.sequence(heardAfter, of: own)
    key = tape.plain(key)
    until = tape.milestone(until)
    holding = UInt32(truncatingIfNeeded: tape.plain(Int64(holding)))
    isProven = tape.plain(isProven)
    // Since when is only reported.
    since = tape.now
    isReported = false
  }
}

extension GroupReport {
  package mutating func pass(through tape: inout StateTape) {
    group = Tag(rawValue: UInt32(truncatingIfNeeded: tape.plain(Int64(group.rawValue))))
    role = Role(rawValue: tape.plain(role.rawValue)) ?? .listening
    flags = Flags(rawValue: tape.plain(flags.rawValue))
    rank = tape.plain(rank)
    degraded = tape.plain(degraded)
    term = tape.saidTerm(term)
    target = Tag(rawValue: UInt32(truncatingIfNeeded: tape.plain(Int64(target.rawValue))))
  }
}

extension FixedList where Element == EthernetAddress {
  package mutating func pass(through tape: inout StateTape) {
    let length = tape.plain(count)
    if tape.isReading {
      self = FixedList(filler: .zero)
      for _ in 0..<length { append(EthernetAddress(rawValue: tape.plain(UInt64(0)))) }
    } else {
      for place in 0..<length { _ = tape.plain(self[place].rawValue) }
    }
  }
}

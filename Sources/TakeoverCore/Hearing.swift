/// Which heartbeats count, and what they change.
///
/// Nothing here believes a clock of another node. A heartbeat counts when it echoes our session, which was drawn
/// when we started, and is newer than what was heard of its own session. A new session of a node must echo a newer
/// heartbeat of ours than the old one did, so that recordings of former sessions fail too.
extension TakeoverCore {
  mutating func receive(
    _ heartbeat: borrowing Heartbeat, arrived: Instant, at now: Instant, into actions: inout ActionList
  ) {
    let node = heartbeat.node
    guard heartbeat.cluster == cluster.tag else { return actions.add(.dropped(.cluster)) }
    guard node != myTag else { return receiveOwnName(heartbeat, at: now, into: &actions) }
    guard let position = cluster.nodes.firstIndex(of: node) else {
      actions.add(.report(.unknownNode(node)))
      return actions.add(.dropped(.unknownNode))
    }
    guard let echo = echoOfUs(in: heartbeat) else {
      return receiveUnproven(heartbeat, from: position, at: now, into: &actions)
    }
    if heartbeat.session == peers[position].session {
      // In a session both grow. Whoever had the key and said a sequence that was never reached has not made all later words old:
      // they echo what has been said here since.
      guard heartbeat.sequence > peers[position].sequence || echo.sequence > peers[position].highestEcho else {
        return actions.add(.dropped(.notNewer))
      }
    } else if peers[position].isAlive, peers[position].firmUntil > now || freshness(of: echo) < now {
      // Two sessions at a time: a second agent with this name, which must not take the place of the first, or one
      // that has restarted, whose former session will be dead soon. But where only the other's word is fresh, the first
      // may be a recording of what was lost on the way.
      guard echo.sequence > peers[position].firstEcho else { return actions.add(.dropped(.formerSession)) }
      return receiveUnproven(heartbeat, from: position, at: now, into: &actions)
    } else {
      guard echo.sequence > peers[position].highestEcho else { return actions.add(.dropped(.formerSession)) }
    }
    // While it was not proven yet, or did not hear us, something newer may have come of it.
    if let place = unproven[position].place(of: heartbeat.session) {
      let former = unproven[position][place]
      guard heartbeat.sequence >= former.sequence || echo.sequence > former.heardAfter else {
        return actions.add(.dropped(.notNewer))
      }
      unproven[position].remove(at: place)
    }
    accept(heartbeat, echo: echo, from: position, arrived: credible(arrived, at: now), at: now, into: &actions)
  }

  /// Until when a word with this echo is fresh: a deadtime from when this node has said what is echoed.
  private func freshness(of echo: Heartbeat.Echo) -> Instant {
    said.earliest(of: echo.sequence).map { $0 + cluster.deadtime } ?? .origin
  }

  /// The newest that the sender says to have heard of this session of ours; nil where it has heard nothing of it.
  private func echoOfUs(in heartbeat: borrowing Heartbeat) -> Heartbeat.Echo? {
    var newest: Heartbeat.Echo?
    let echoes = heartbeat.echoes.storage.span
    for index in 0..<heartbeat.echoes.count {
      let echo = echoes[index]
      // Nobody can have heard what has not been said.
      guard echo.node == myTag, echo.session == session, echo.sequence <= sequence else { continue }
      if let newest, newest.sequence >= echo.sequence { continue }
      newest = echo
    }
    return newest
  }

  private mutating func receiveOwnName(
    _ heartbeat: borrowing Heartbeat, at now: Instant, into actions: inout ActionList
  ) {
    guard heartbeat.session != session else { return actions.add(.dropped(.ownEcho)) }
    actions.add(.dropped(.namesake))
    let me = Int(cluster.me.position)
    guard let place = takeUnproven(heartbeat, from: me, at: now) else { return }
    if !unproven[me][place].isReported {
      unproven[me][place].isReported = true
      actions.add(.report(.namesake(session: heartbeat.session)))
    }
    markAllDirty()
  }

  /// - Returns: where it stands now among the unproven sessions of its node; nil where it says nothing new.
  private mutating func takeUnproven(
    _ heartbeat: borrowing Heartbeat, from position: Int, at now: Instant
  ) -> Int? {
    // It proves nothing of its times either.
    let time = min(heartbeat.deadtime, cluster.deadtime)
    return unproven[position].take(heartbeat, for: time, after: sequence, at: now)
  }

  /// Authentic, but perhaps a recording: it holds a claim back as long as it goes on, and nothing else.
  private mutating func receiveUnproven(
    _ heartbeat: borrowing Heartbeat, from position: Int, at now: Instant, into actions: inout ActionList
  ) {
    actions.add(.dropped(.unproven))
    guard let place = takeUnproven(heartbeat, from: position, at: now) else { return }
    var holding: UInt32 = 0
    var mentioned: UInt32 = 0
    for index in 0..<heartbeat.groups.count {
      let report = heartbeat.groups[index]
      guard let group = groupPosition(of: report.group, near: index) else { continue }
      mentioned |= 1 << UInt32(group)
      if report.holds { holding |= 1 << UInt32(group) }
    }
    // What it does not mention any more it may have under another name.
    holding |= unproven[position][place].holding & ~mentioned
    if unproven[position][place].holding != holding { markAllDirty() }
    unproven[position][place].holding = holding
    let candidate = unproven[position][place]
    if !candidate.isReported, now - candidate.since > cluster.deadtime {
      unproven[position][place].isReported = true
      actions.add(.report(.unproven(NodeIndex(position))))
    }
  }

  private mutating func accept(
    _ heartbeat: borrowing Heartbeat, echo: Heartbeat.Echo, from position: Int, arrived: Instant, at now: Instant,
    into actions: inout ActionList
  ) {
    let isNewSession = heartbeat.session != peers[position].session
    if isNewSession {
      let former = peers[position]
      unproven[position].remember(former.session, sequence: former.sequence, key: former.key, after: sequence)
    }
    peers[position].session = heartbeat.session
    peers[position].sequence = heartbeat.sequence
    if isNewSession { peers[position].firstEcho = echo.sequence }
    peers[position].highestEcho = max(peers[position].highestEcho, echo.sequence)
    peers[position].freshUntil = freshness(of: echo)
    peers[position].firmUntil = peers[position].isFresh(at: now) ? arrived + cluster.deadtime : .origin
    peers[position].key = heartbeat.key
    takeTiming(heartbeat, from: position, into: &actions)
    let wasRestarting = peers[position].flags.contains(.restarting) && !isNewSession
    peers[position].flags = heartbeat.flags
    if heartbeat.flags.contains(.goodbye) {
      // For the terms: the next claim must be newer than any of this node's.
      takeReports(heartbeat, from: position, after: peers[position].condition)
      return partWith(position, at: arrived, into: &actions)
    }
    let former = peers[position].condition
    revive(position, isNewSession: isNewSession, at: arrived, into: &actions)
    peers[position].hardware = heartbeat.hardware
    noteRestart(of: position, wasKnown: wasRestarting, at: now, into: &actions)
    compareConfiguration(heartbeat.fingerprint, with: position, into: &actions)
    noteHearing(echo, by: position, at: now, into: &actions)
    takeReports(heartbeat, from: position, after: former)
  }

  /// How many deadtimes of its own this node bears with the silence of another one, whatever that says: its operator may have given
  /// it other times, and will give them to this one too, but a word must not keep a dead owner alive for minutes.
  private static let longestPatience: Int64 = 10

  private mutating func takeTiming(
    _ heartbeat: borrowing Heartbeat, from position: Int, into actions: inout ActionList
  ) {
    peers[position].keepalive = heartbeat.keepalive
    peers[position].deadtime = min(heartbeat.deadtime, cluster.deadtime * Self.longestPatience)
    // The datagram counts in microseconds.
    let said = (heartbeat.keepalive.microseconds, heartbeat.deadtime.microseconds)
    let differs = said != (cluster.keepalive.microseconds, cluster.deadtime.microseconds)
    guard differs != peers[position].timingDiffers else { return }
    peers[position].timingDiffers = differs
    guard differs else { return }
    actions.add(
      .report(
        .timingDiffers(NodeIndex(position), keepalive: heartbeat.keepalive, deadtime: heartbeat.deadtime)))
  }

  /// An agent that restarts on purpose is silent for a moment while its kernel goes on serving.
  private mutating func noteRestart(
    of position: Int, wasKnown: Bool, at now: Instant, into actions: inout ActionList
  ) {
    guard peers[position].flags.contains(.restarting) else { return peers[position].restartsSince = .never }
    if !wasKnown { actions.add(.report(.restarting(NodeIndex(position)))) }
    peers[position].restartsSince = now
  }

  private mutating func compareConfiguration(
    _ fingerprint: UInt32, with position: Int, into actions: inout ActionList
  ) {
    peers[position].fingerprint = fingerprint
    let differs = fingerprint != cluster.fingerprint
    guard differs != peers[position].configurationDiffers else { return }
    peers[position].configurationDiffers = differs
    let node = NodeIndex(position)
    actions.add(.report(differs ? .configurationDiffers(node, theirs: fingerprint) : .configurationAgrees(node)))
  }

  /// A node that is heard but does not hear us: loss in one direction.
  private mutating func noteHearing(
    _ echo: Heartbeat.Echo, by position: Int, at now: Instant, into actions: inout ActionList
  ) {
    if echo.alive {
      if peers[position].unheardSince != .never {
        // Clients beside it have not heard what was announced meanwhile.
        announceAnew()
        markAllDirty()
      }
      peers[position].unheardSince = .never
      if peers[position].unheardReported { actions.add(.report(.heardAgain(NodeIndex(position)))) }
      peers[position].unheardReported = false
    } else if peers[position].unheardSince == .never {
      peers[position].unheardSince = now
    } else if !peers[position].unheardReported, now - peers[position].unheardSince > peers[position].deadtime {
      peers[position].unheardReported = true
      actions.add(.report(.unheard(NodeIndex(position))))
    }
  }

  private mutating func takeReports(
    _ heartbeat: borrowing Heartbeat, from node: Int, after condition: NodeCondition
  ) {
    guard !isRepeated(heartbeat, from: node) else {
      return noteMentions(UInt32.max >> UInt32(UInt32.bitWidth - groups.count), by: node)
    }
    var mentioned: UInt32 = 0
    for index in 0..<heartbeat.groups.count {
      let report = heartbeat.groups[index]
      guard let group = groupPosition(of: report.group, near: index) else { continue }
      mentioned |= 1 << UInt32(group)
      takeReport(report, from: node, about: group)
    }
    noteMentions(mentioned, by: node)
    // Who does not mention what he held has not said that he let go of it: his configuration may have another name for it. What
    // he said before he was dead or had left was over then.
    let isBack = condition != .alive && condition != .late
    for group in groups.indices
    where mentioned & 1 << UInt32(group) == 0
      && (isBack || !report(by: node, on: group).role.holds || isOutdone(node, on: group))
    {
      takeReport(GroupReport(group: cluster.groups[group].tag), from: node, about: group)
    }
  }

  /// Whether a live node holds the group under a newer claim than this node's, which does not mention it any more: then this one has let go
  /// of it, or will when it hears of the other.
  private func isOutdone(_ node: Int, on group: Int) -> Bool {
    peers.indices.contains { other in
      other != node && peers[other].isAlive && mentions(group, other) && report(by: other, on: group).role.holds
        && claimOrder(of: node, for: group) < claimOrder(of: other, for: group)
    }
  }

  private mutating func noteMentions(_ mentioned: UInt32, by node: Int) {
    let former = peers[node].mentioned
    guard former != mentioned else { return }
    peers[node].mentioned = mentioned
    // It may have held the group under another name, and have told clients so.
    for group in groups.indices where mentioned & ~former & 1 << UInt32(group) != 0 { groups[group].isHealed = true }
    markAllDirty()
  }

  /// Whether the node says of every group what it has said of it last.
  private func isRepeated(_ heartbeat: borrowing Heartbeat, from node: Int) -> Bool {
    guard heartbeat.groups.count == groups.count else { return false }
    let reports = heartbeat.groups.storage.span
    for group in groups.indices {
      let isKnown = reports[group] == heard[node * groups.count + group]
      guard isKnown, reports[group].term <= groups[group].highestTerm else { return false }
    }
    return true
  }

  /// By so much a report raises the highest term at most. Terms grow by one with each claim, and who has just started begins
  /// at 0; so one word cannot use up the terms, after which no claim would be newer than another.
  static let longestLeap: UInt64 = 1 << 20

  mutating func takeReport(_ report: GroupReport, from node: Int, about group: Int) {
    let place = node * groups.count + group
    let former = heard[place]
    let reach = groups[group].highestTerm + Self.longestLeap
    if report.term > groups[group].highestTerm {
      groups[group].highestTerm = min(report.term, reach)
      // Somebody has claimed after this owner, and it was not heard: clients may have been. Whoever repeats the term says nothing new.
      if case .owner = groups[group].state { groups[group].isHealed = true }
    }
    guard former != report else { return }
    heard[place] = report
    groups[group].isDirty = true
    // It says so of another claim than before, which was not heard of: clients may have heard that one, too.
    if report.term != former.term { groups[group].yieldedHeard &= ~(1 << UInt16(node)) }
    if report.role.holds, report.term >= groups[group].placedTerm {
      groups[group].placedTerm = report.flags.contains(.placed) ? report.term : 0
    }
    if report.role == .owner {
      if groups[group].lastOwner != NodeIndex(node) || former.role != .owner { groups[group].lastOwnerSince = clock }
      groups[group].lastOwner = NodeIndex(node)
    }
    // The others still know what this node's operator told its former agent.
    if groups[group].isPresent, !report.role.holds, report.flags.contains(.placed) { groups[group].isPlaced = true }
  }

  /// Where a group stands here; nodes with equal configurations list the groups in the same order.
  private func groupPosition(of tag: Tag, near index: Int) -> Int? {
    if index < cluster.groups.count, cluster.groups[index].tag == tag { return index }
    return cluster.groups.firstIndex { $0.tag == tag }
  }

  mutating func markAllDirty() {
    for position in groups.indices { groups[position].isDirty = true }
  }

  // MARK: - What this node says

  /// The heartbeat to be said now. Every call takes a new sequence number.
  public mutating func composeHeartbeat(at now: Instant) -> Heartbeat {
    sequence &+= 1
    said.note(sequence, at: now, deadtime: cluster.deadtime)
    var heartbeat = Heartbeat(
      cluster: cluster.tag, node: myTag, fingerprint: cluster.fingerprint, session: session, sequence: sequence,
      keepalive: cluster.keepalive, deadtime: cluster.deadtime, flags: lifeFlags)
    for position in peers.indices where position != Int(cluster.me.position) {
      let peer = peers[position]
      let tag = cluster.nodes[position]
      if peer.session != 0 {
        heartbeat.echoes.append(
          Heartbeat.Echo(node: tag, alive: peer.isAlive, session: peer.session, sequence: peer.sequence))
      }
    }
    composeUnprovenEchoes(into: &heartbeat, at: now)
    composeReports(into: &heartbeat, at: now)
    composeHardware(into: &heartbeat)
    return heartbeat
  }

  /// The Ethernet addresses for which the largest datagram has room: the first ones, those of the groups' devices.
  private func composeHardware(into heartbeat: inout Heartbeat) {
    let hardware = myHardware.storage.span
    for place in 0..<myHardware.count {
      let length = HeartbeatCodec.length(
        echoes: heartbeat.echoes.count, groups: heartbeat.groups.count, hardware: place + 1)
      guard length <= HeartbeatCodec.maximumLength else { return }
      heartbeat.hardware.append(hardware[place])
    }
  }

  /// Gives unproven sessions back to whom they belong, so that they can be proven: as many as there is room for, each node's in turn.
  private func composeUnprovenEchoes(into heartbeat: inout Heartbeat, at now: Instant) {
    let room = heartbeat.echoes.room / max(peers.count - 1, 1)
    for position in peers.indices where position != Int(cluster.me.position) {
      let count = unproven[position].count
      let start = count > room ? Int(truncatingIfNeeded: sequence % UInt64(count)) : 0
      var left = room
      for step in 0..<count where left > 0 {
        let session = unproven[position][(start + step) % count]
        guard isWorthAnEcho(session, of: position, at: now) else { continue }
        heartbeat.echoes.append(
          Heartbeat.Echo(
            node: cluster.nodes[position], alive: false, session: session.session, sequence: session.sequence))
        left -= 1
      }
    }
  }

  /// As long as nobody else with its name is alive, what was heard once is echoed on: it has perhaps proven this session there, and a
  /// word without it would be taken for a recording.
  private func isWorthAnEcho(_ session: UnprovenSession, of position: Int, at now: Instant) -> Bool {
    session.isCurrent(at: now) || !session.isProven && !peers[position].isAlive
  }

  private func composeReports(into heartbeat: inout Heartbeat, at now: Instant) {
    if isSummarized(at: now) {
      for report in summary.reports { heartbeat.groups.append(report) }
    } else {
      for position in groups.indices { heartbeat.groups.append(report(on: position, at: now)) }
    }
  }

  var lifeFlags: Heartbeat.Flags {
    switch life {
    case .notStarted, .running: []
    case .leaving: .leaving
    case .parting: [.leaving, .goodbye]
    case .restarting: .restarting
    case .finished(let flags): flags
    }
  }

  /// What this node says about a group.
  func report(on position: Int, at now: Instant) -> GroupReport {
    let group = groups[position]
    var flags: GroupReport.Flags = []
    if isEligible(position, at: now) { flags.insert(.eligible) }
    if group.wants { flags.insert(.wants) }
    if group.wants, group.order?.isAsking == true { flags.insert(.insists) }
    if group.isOnStandby { flags.insert(.onStandby) }
    if group.role.holds ? group.isPlaced : wasPlaced(position) { flags.insert(.placed) }
    if group.yieldedUntil > now { flags.insert(.yielded) }
    if group.isPresent { flags.insert(.present) }
    var target = Tag.none
    if case .releasing(.handingOver(let node, _)) = group.state { target = cluster.nodes[Int(node.position)] }
    return GroupReport(
      group: cluster.groups[position].tag, role: group.role, flags: flags, rank: myRank(position), degraded: 0,
      term: group.role.holds ? group.term : group.highestTerm, target: target)
  }
}

/// The questions that the assessment asks about the nodes. Nothing here changes anything.
extension TakeoverCore {
  func report(by node: Int, on group: Int) -> GroupReport { heard[node * groups.count + group] }

  func myRank(_ group: Int) -> UInt8 { cluster.groups[group].ranks[Int(cluster.me.position)] }

  /// Whether this node could carry the group.
  func isEligible(_ position: Int, at now: Instant) -> Bool { obstacle(position, at: now) == nil }

  /// Whether the devices of a group's addresses are up.
  public func hasLink(_ group: GroupIndex) -> Bool {
    groups.indices.contains(Int(group.position)) && groups[Int(group.position)].linkIsUp
  }

  /// The first reason why this node could not carry the group.
  func obstacle(_ position: Int, at now: Instant) -> Readiness? { obstacle(of: groups[position], at: now) }

  /// The same for a group that stood so.
  func obstacle(of group: Group, at now: Instant) -> Readiness? {
    switch life {
    case .running: break
    case .restarting where group.role.holds: break  // Its successor will.
    case .restarting: return .restarting
    case .finished(let flags) where flags.contains(.restarting): return group.role.holds ? nil : .restarting
    case .notStarted, .leaving, .parting, .finished: return .leaving
    }
    if group.isWithdrawn { return .onStandby }
    if !group.linkIsUp { return .linkDown }
    if hasNoHeartbeatLink { return .deaf }
    if case .faulted = group.state { return .faulted }
    if group.isStormy { return .storm }
    // What looks like a namesake may be a recording of this node's former session: it must not move what is held.
    return !group.role.holds && hasNamesake(at: now) ? .namesake : nil
  }

  /// Whether another agent uses this node's name, or a recording of a former session of its own is played.
  func hasNamesake(at now: Instant) -> Bool { unproven[Int(cluster.me.position)].hasCurrent(at: now) }

  /// Until when it is heard of; `.never` where there is none.
  func namesakeEnd(at now: Instant) -> Instant { unproven[Int(cluster.me.position)].end(at: now) ?? .never }

  /// Whether this node could take the group now.
  func myReadiness(_ position: Int, at now: Instant) -> Readiness {
    if groups[position].role.holds { return .holding }
    if let obstacle = obstacle(position, at: now) { return obstacle }
    if groups[position].isOnStandby { return .lastResort }
    return groups[position].role == .listening ? .listening : .ready
  }

  /// Whether another node could take the group from this one now: alive, eligible, on standby, and hearing us.
  func readiness(of node: Int, for group: Int) -> Readiness {
    let peer = peers[node]
    switch peer.condition {
    case .unknown: return .notHeard
    case .dead: return .dead
    case .left: return .left
    case .alive, .late: break
    }
    let report = report(by: node, on: group)
    switch report.role {
    case .claiming, .owner, .releasing: return .holding
    case .faulted: return .faulted
    case .listening, .standby: break
    }
    guard report.flags.contains(.eligible) else {
      return ineligibility(of: peer, report, isMentioned: mentions(group, node))
    }
    if report.flags.contains(.onStandby) { return .lastResort }
    if report.role == .listening { return .listening }
    return peer.hearsUs ? .ready : .doesNotHearUs
  }

  /// Why a node says that it could not carry a group, as far as it says so.
  private func ineligibility(of peer: Peer, _ report: GroupReport, isMentioned: Bool) -> Readiness {
    if peer.flags.contains(.leaving) { return .leaving }
    if peer.flags.contains(.restarting) { return .restarting }
    if !isMentioned { return .unmentioned }
    // Nobody listens for long whose link is up.
    if report.role == .listening { return .linkDown }
    return report.flags.contains(.onStandby) ? .onStandby : .ineligible
  }

  func myCandidateOrder(_ group: Int, at now: Instant) -> CandidateOrder {
    myCandidateOrder(group, isIneligible: !isEligible(group, at: now), isOnStandby: groups[group].isOnStandby)
  }

  func myCandidateOrder(_ group: Int, isIneligible: Bool, isOnStandby: Bool) -> CandidateOrder {
    CandidateOrder(isIneligible: isIneligible, isOnStandby: isOnStandby, degraded: 0, rank: myRank(group), node: myTag)
  }

  func candidateOrder(of node: Int, for group: Int) -> CandidateOrder {
    let report = report(by: node, on: group)
    return CandidateOrder(
      isIneligible: !report.flags.contains(.eligible), isOnStandby: report.flags.contains(.onStandby),
      degraded: report.degraded, rank: report.rank, node: cluster.nodes[node])
  }

  func myClaimOrder(_ group: Int) -> ClaimOrder {
    ClaimOrder(term: groups[group].term, rank: myRank(group), node: myTag)
  }

  func claimOrder(of node: Int, for group: Int) -> ClaimOrder {
    let report = report(by: node, on: group)
    return ClaimOrder(term: report.term, rank: report.rank, node: cluster.nodes[node])
  }

  /// A live node whose kernel may have addresses of the group; an owner before any other.
  func liveHolder(of group: Int) -> Int? {
    var holder: Int?
    for node in peers.indices where peers[node].isAlive {
      let report = report(by: node, on: group)
      if report.role == .owner { return node }
      if report.holds { holder = node }
    }
    return holder
  }

  /// A live node that owns the group under a claim that goes before ours. Who hands over still owns: it may have passed on
  /// at once what it was given.
  func outrankingOwner(of group: Int) -> Int? {
    let mine = myClaimOrder(group)
    for node in peers.indices where peers[node].isAlive && report(by: node, on: group).isServing {
      if mine < claimOrder(of: node, for: group) { return node }
    }
    return nil
  }

  /// The live node that offers the group to this one, now and not in a recording. On standby this node takes only what its owner
  /// cannot keep.
  func offer(of group: Int) -> NodeIndex? {
    for node in peers.indices where peers[node].isAlive && peers[node].isFresh(at: clock) {
      if groups[group].isOnStandby, !peers[node].flags.contains(.leaving) { continue }
      let report = report(by: node, on: group)
      if report.role == .releasing, report.target == myTag, mentions(group, node) { return NodeIndex(node) }
    }
    return nil
  }

  /// Whether a live and eligible node in this role goes before this one.
  func hasBetterCandidate(_ group: Int, role: GroupReport.Role) -> Bool {
    betterCandidate(group, role: role) != nil
  }

  /// A live and eligible node in this role that goes before this one.
  /// - Parameter isOnStandby: whether this node were one on standby; as it is, if nil.
  func betterCandidate(_ group: Int, role: GroupReport.Role = .standby, isOnStandby: Bool? = nil) -> Int? {
    let mine = myCandidateOrder(group, isIneligible: false, isOnStandby: isOnStandby ?? groups[group].isOnStandby)
    return peers.indices.first { node in
      peers[node].isAlive && report(by: node, on: group).role == role && candidateOrder(of: node, for: group) < mine
    }
  }

  /// The best node that could take the group now: alive, eligible, in role standby, not put there by its operator, and hearing us.
  func bestTarget(of group: Int, where condition: (GroupReport) -> Bool = { _ in true }) -> Int? {
    best(of: group) { readiness(of: $0, for: group) == .ready && condition(report(by: $0, on: group)) }
  }

  /// The best node that its operator has put on standby, and that takes the group all the same before nobody has it.
  func lastResort(of group: Int) -> Int? {
    best(of: group) { node in
      let report = report(by: node, on: group)
      return peers[node].isAlive && peers[node].hearsUs && report.role == .standby && report.flags.contains(.eligible)
    }
  }

  private func best(of group: Int, where condition: (Int) -> Bool) -> Int? {
    var best: Int?
    for node in peers.indices where condition(node) {
      if let other = best, candidateOrder(of: other, for: group) < candidateOrder(of: node, for: group) { continue }
      best = node
    }
    return best
  }

  /// Whether the node of the newest claim had the group because an operator put it there: a successor of its agent, after a
  /// restart or a crash, shall know.
  func wasPlaced(_ group: Int) -> Bool {
    groups[group].placedTerm != 0 && groups[group].placedTerm == groups[group].highestTerm
  }

  /// Who holds a claim back, and for how long at least; nil where nobody does.
  func heldBack(_ group: Int, at now: Instant) -> ClaimHold? {
    var hold: ClaimHold?
    for node in peers.indices where node != Int(cluster.me.position) {
      let found = hold.map(\.until) ?? now
      if let until = restartEnd(of: node, for: group), until > found {
        hold = ClaimHold(node: NodeIndex(node), why: .restarting, until: until)
      }
      if let until = unprovenEnd(of: node, for: group, at: now), until > hold.map(\.until) ?? now {
        hold = ClaimHold(node: NodeIndex(node), why: .unproven, until: until)
      }
    }
    return hold
  }

  /// Who keeps this node from claiming a group that nobody owns, by what they say; nil where nobody does.
  func claimHold(_ group: Int, at now: Instant) -> ClaimHold? {
    guard groups[group].role == .standby, liveHolder(of: group) == nil else { return nil }
    switch obstacle(group, at: now) {
    case nil: return heldBack(group, at: now)
    case .namesake: return ClaimHold(node: cluster.me, why: .namesake, until: namesakeEnd(at: now))
    default: return nil
    }
  }

  /// Until when the kernel of a node that restarts on purpose is expected to have what the node held. Where the wire is asked, that
  /// tells better: the kernel answers as long as it has it.
  private func restartEnd(of node: Int, for group: Int) -> Instant? {
    let rules = cluster.groups[group]
    guard rules.onConflict == .claim, peers[node].restartsSince != .never, report(by: node, on: group).holds else {
      return nil
    }
    return peers[node].restartsSince + (rules.lease ?? Self.presumedLease)
  }

  /// Until when a session of a node that proves nothing says that it holds the group. If a proven one has answered to what was said
  /// after the other was first heard, both lived at that time: so the other is no successor, but a recording, or said by somebody else.
  private func unprovenEnd(of node: Int, for group: Int, at now: Instant) -> Instant? {
    let answered = peers[node].isAlive ? peers[node].highestEcho : 0
    var end: Instant?
    for place in 0..<unproven[node].count {
      let session = unproven[node][place]
      guard session.holding & 1 << UInt32(group) != 0, answered <= session.firstHeardAfter else { continue }
      if session.until > end ?? now { end = session.until }
    }
    return end
  }

  /// The node whose device has this Ethernet address.
  func node(with hardware: EthernetAddress) -> NodeIndex? {
    for node in peers.indices {
      for place in 0..<peers[node].hardware.count where peers[node].hardware[place] == hardware {
        return NodeIndex(node)
      }
    }
    return nil
  }

  /// Whether one of this node's devices has this Ethernet address.
  func isMine(_ hardware: EthernetAddress) -> Bool {
    for place in 0..<myHardware.count where myHardware[place] == hardware { return true }
    return false
  }

  /// Why there is no owner, as far as this node knows.
  func causeOfVacancy(_ group: Int, at now: Instant) -> Cause {
    guard let owner = groups[group].lastOwner else { return .noOwner }
    let peer = peers[Int(owner.position)]
    switch peer.condition {
    case .unknown: return .noOwner
    case .alive, .late: return .ownerLetGo(owner)
    case .left: return .ownerLeft(owner)
    case .dead:
      let silence = now - peer.lastHeard
      return .ownerDead(owner, silence: silence, missed: peer.missed(in: silence))
    }
  }
}

/// What holds a claim back that would be made otherwise.
public struct ClaimHold: Equatable, BitwiseCopyable, Sendable {
  /// Whose words they are, or seem to be; this node itself where another one uses its name.
  public let node: NodeIndex
  /// What of that node's it is.
  public let why: HoldBack
  /// When it ends, unless more of it comes.
  public let until: Instant
}

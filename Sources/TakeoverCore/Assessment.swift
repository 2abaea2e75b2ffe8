/// What the nodes' reports, the silence and the time mean for a group: the election, the hand-over and the conflict.
extension TakeoverCore {
  /// Assesses a group until nothing changes any more. No chain of changes is longer than the states in it: each
  /// ends in a wait for the kernel, for another node or for time.
  mutating func assessUntilClean(_ position: Int, at now: Instant, into actions: inout ActionList) {
    for _ in 0..<6 {
      groups[position].isDirty = false
      groups[position].deadline = .never
      assess(position, at: now, into: &actions)
      if !groups[position].isDirty { return }
    }
  }

  /// One look at a group. Whatever its state waits for by time becomes its new deadline, always later than now.
  private mutating func assess(_ position: Int, at now: Instant, into actions: inout ActionList) {
    switch groups[position].state {
    case .listening: assessListening(position, at: now, into: &actions)
    case .standby:
      giveUpOrder(position, at: now, into: &actions)
      assessStandby(position, at: now, into: &actions)
      awaitOrder(position)
    case .claiming, .owner, .releasing(.handingOver):
      guard now < groups[position].leaseUntil else {
        return release(position, .removing(thenListenFor: cluster.initdead), because: .leaseExpired, into: &actions)
      }
      giveUpOrder(position, at: now, into: &actions)
      assessHolding(position, at: now, into: &actions)
      groups[position].deadline = min(groups[position].deadline, groups[position].leaseUntil)
      awaitOrder(position)
    case .releasing(.removing): return
    case .faulted(let retryAt): assessFault(position, retryAt: retryAt, at: now, into: &actions)
    }
  }

  private mutating func assessHolding(_ position: Int, at now: Instant, into actions: inout ActionList) {
    switch groups[position].state {
    case .claiming: assessClaiming(position, into: &actions)
    case .owner: assessOwner(position, at: now, into: &actions)
    case .releasing(.handingOver(let target, let until)):
      assessHandOver(position, to: target, until: until, at: now, into: &actions)
    case .listening, .standby, .releasing(.removing), .faulted: return
    }
  }

  // MARK: - Not holding

  /// Listening ends when its time is over, and earlier when every configured node was heard: then there is nobody left
  /// to be surprised by.
  private mutating func assessListening(_ position: Int, at now: Instant, into actions: inout ActionList) {
    if reconsiderLeftover(position, at: now, into: &actions) { return }
    let since = groups[position].listeningSince
    let end = groups[position].listensUntil
    guard since != .never else { return }
    if isEverybodyHeard(since: since) {
      becomeStandby(position, because: .heardAll, at: now, into: &actions)
    } else if now >= end {
      becomeStandby(position, because: .listened(for: end - since), at: now, into: &actions)
    } else {
      groups[position].deadline = end
    }
  }

  private func isEverybodyHeard(since: Instant) -> Bool {
    for position in peers.indices where position != Int(cluster.me.position) {
      if peers[position].condition == .unknown || peers[position].lastHeard < since { return false }
    }
    return true
  }

  mutating func becomeStandby(_ position: Int, because cause: Cause, at now: Instant, into actions: inout ActionList) {
    change(position, to: .standby, because: cause, into: &actions)
    groups[position].readySince = now
    groups[position].deferUntil = now + cluster.deadtime
  }

  /// The election: with no live holder the best live candidate claims at once.
  private mutating func assessStandby(_ position: Int, at now: Instant, into actions: inout ActionList) {
    // Also of a node that may claim nothing: what it has of another owner makes two holders.
    if reconsiderLeftover(position, at: now, into: &actions) { return }
    guard isEligible(position, at: now) else {
      groups[position].deadline = namesakeEnd(at: now)
      groups[position].probing = ProbeState()
      if obstacle(position, at: now) == .namesake, liveHolder(of: position) == nil {
        noteHold(position, by: cluster.me, .namesake, at: now, into: &actions)
      }
      return want(false, position)
    }
    let holder = liveHolder(of: position)
    let isOwned = holder.map { report(by: $0, on: position).role == .owner } ?? false
    // What one node offers while another owns is theirs to settle first.
    if !isOwned, let giver = offer(of: position) {
      return claim(position, because: .handOver(from: giver), into: &actions)
    }
    if groups[position].isPresent {
      if let hold = heldBack(position, at: now) { return wait(position, for: hold, at: now, into: &actions) }
      return claim(position, because: .adoption, into: &actions)
    }
    if let holder {
      if forgetUnmentioned(position, by: holder, at: now) { return }
      considerFailBack(position, from: holder, at: now)
      return suspect(position, owner: holder, at: now, into: &actions)
    }
    want(false, position)
    if let hold = heldBack(position, at: now) {
      groups[position].probing = ProbeState()
      wait(position, for: hold, at: now, into: &actions)
    } else if hasBetterCandidate(position, role: .standby) {
      groups[position].probing = ProbeState()
    } else if now < groups[position].deferUntil, hasBetterCandidate(position, role: .listening) {
      // Both nodes have just started: a moment's patience saves a fail-back.
      groups[position].deadline = groups[position].deferUntil
    } else if let cause = permission(position, toFill: causeOfVacancy(position, at: now), at: now, into: &actions) {
      claim(position, because: cause, into: &actions)
    }
  }

  private mutating func wait(
    _ position: Int, for hold: ClaimHold, at now: Instant, into actions: inout ActionList
  ) {
    groups[position].deadline = hold.until
    noteHold(position, by: hold.node, hold.why, at: now, into: &actions)
  }

  /// Says who holds a claim back, once for each who does until the group changes its state. Whoever has just started proves itself
  /// with its second heartbeat or its third.
  private mutating func noteHold(
    _ position: Int, by node: NodeIndex, _ why: HoldBack, at now: Instant, into actions: inout ActionList
  ) {
    let bit = UInt16(1) << UInt16(node.position)
    guard groups[position].heldBackBy & bit == 0 else { return }
    if groups[position].heldBackSince == .never { groups[position].heldBackSince = now }
    let due = groups[position].heldBackSince + cluster.keepalive * 2
    guard now >= due else { return groups[position].deadline = min(groups[position].deadline, due) }
    groups[position].heldBackBy |= bit
    actions.add(.report(.claimHeldBack(GroupIndex(position), by: node, why)))
  }

  /// Addresses from an earlier life, and somebody else owns the group, or has a better right to his own leftovers.
  private mutating func reconsiderLeftover(
    _ position: Int, at now: Instant, into actions: inout ActionList
  ) -> Bool {
    guard groups[position].isPresent else { return false }
    let mine = myCandidateOrder(position, at: now)
    for node in peers.indices where peers[node].isAlive {
      let report = report(by: node, on: position)
      let isBetterLeftover = report.flags.contains(.present) && candidateOrder(of: node, for: position) < mine
      // Whoever lets go, perhaps of his own leftovers because of ours, is no reason to let go too.
      guard report.role.holds && !report.isLettingGo || isBetterLeftover else { continue }
      actions.add(.report(.leftoverRemoved(GroupIndex(position), owner: NodeIndex(node))))
      release(
        position, .removing(thenListenFor: groups[position].role == .listening ? cluster.initdead : nil),
        because: .outranked(by: NodeIndex(node)), into: &actions)
      return true
    }
    return false
  }

  mutating func claim(_ position: Int, because cause: Cause, into actions: inout ActionList) {
    let term = min(groups[position].highestTerm + 1, HeartbeatCodec.maximumTerm)
    groups[position].term = term
    groups[position].highestTerm = term
    groups[position].contested = 0
    groups[position].isHealed = false
    groups[position].yieldedUntil = .origin
    groups[position].leaseUntil = .never
    groups[position].isPresent = false
    groups[position].isPlaced =
      switch cause {
      case .adoption: groups[position].isPlaced
      default: groups[position].order?.request == .takeover
      }
    switch cause {
    case .handOver, .adoption: break
    // Whoever has just let go of it because of a link that flaps does not get it back with each flap.
    default: if groups[position].isOnStandby { groups[position].handOverNotBefore = clock + Self.linkProbation }
    }
    groups[position].timeline = timeline(of: cause, term: term)
    actions.add(.addAddresses(GroupIndex(position), term: term))
    change(position, to: .claiming, because: cause, into: &actions)
  }

  /// Asks a worse owner for the group, when this node has been ready for failback_delay and its link can be trusted.
  private mutating func considerFailBack(_ position: Int, from owner: Int, at now: Instant) {
    if groups[position].order?.isAsking == true { return want(true, position) }
    let rules = cluster.groups[position]
    let report = report(by: owner, on: position)
    guard rules.autoFailback, !groups[position].isOnStandby, report.role == .owner, !report.flags.contains(.placed),
      myCandidateOrder(position, at: now) < candidateOrder(of: owner, for: position),
      !hasBetterCandidate(position, role: .standby)
    else { return want(false, position) }
    let readyAt = max(groups[position].readySince + rules.failbackDelay, groups[position].linkTrustedAt)
    if now < readyAt { groups[position].deadline = readyAt }
    want(now >= readyAt, position)
  }

  mutating func want(_ wants: Bool, _ position: Int) {
    guard groups[position].wants != wants else { return }
    groups[position].wants = wants
    isUrgent = true
  }

  private mutating func assessFault(_ position: Int, retryAt: Instant, at now: Instant, into actions: inout ActionList)
  {
    guard now >= retryAt else {
      groups[position].deadline = retryAt
      return
    }
    change(position, to: .listening, because: .retry, into: &actions)
    listen(position, for: cluster.initdead, at: now)
  }

  // MARK: - Holding

  /// Before its first announcement a claim yields to everything alive: nobody has noticed it yet.
  private mutating func assessClaiming(_ position: Int, into actions: inout ActionList) {
    let mine = myClaimOrder(position)
    for node in peers.indices where peers[node].isAlive {
      let report = report(by: node, on: position)
      let isOutranked = mine < claimOrder(of: node, for: position)
      switch report.role {
      case .owner where isOutranked, .claiming where isOutranked:
        return yield(position, to: node, into: &actions)
      case .owner:
        // The announcement may have left already: the owner shall tell the clients again.
        groups[position].yieldedUntil = .never
        return release(
          position, .removing(thenListenFor: nil), because: .ownerAlive(NodeIndex(node)), into: &actions)
      case .claiming, .listening, .standby, .releasing, .faulted: continue
      }
    }
  }

  private mutating func assessOwner(_ position: Int, at now: Instant, into actions: inout ActionList) {
    if let winner = outrankingOwner(of: position) { return yield(position, to: winner, into: &actions) }
    let isDue = noteRivals(position, into: &actions)
    restore(position, at: now, into: &actions)
    if beginHandOver(position, at: now, into: &actions) { return }
    if isDue { actions.add(.announce(GroupIndex(position), term: groups[position].term)) }
  }

  /// Offers the group to whom it shall go to. From then on it is the target that announces: an announcement of this node's that
  /// leaves after the target's would lead clients to where the addresses are about to go from.
  private mutating func beginHandOver(_ position: Int, at now: Instant, into actions: inout ActionList) -> Bool {
    guard case .running = life, let (target, cause) = successor(of: position, at: now) else { return false }
    // Whoever the operator wants is tried at once, even if a hand-over has just failed.
    if case .requested = cause {
    } else if now < groups[position].handOverNotBefore {
      groups[position].deadline = min(groups[position].deadline, groups[position].handOverNotBefore)
      return false
    }
    release(position, .handingOver(to: target, until: now + cluster.deadtime), because: cause, into: &actions)
    return true
  }

  /// Whether the clients must be told again where the addresses are: a rival appeared, a rival let go, or the
  /// network has healed. The winner of a conflict often does not see the conflict itself.
  private mutating func noteRivals(_ position: Int, into actions: inout ActionList) -> Bool {
    var contested: UInt16 = 0
    var yielded: UInt16 = 0
    for node in peers.indices where peers[node].isAlive {
      let report = report(by: node, on: position)
      let bit = UInt16(1) << UInt16(node)
      if report.flags.contains(.yielded) { yielded |= bit }
      guard report.role.holds else { continue }
      contested |= bit
      if groups[position].contested & bit == 0, report.role == .owner {
        actions.add(
          .report(.conflict(GroupIndex(position), with: NodeIndex(node), theirTerm: report.term, won: true)))
      }
    }
    let group = groups[position]
    groups[position].contested = contested
    groups[position].yieldedHeard = yielded
    groups[position].isHealed = false
    return group.isHealed || contested != group.contested || yielded & ~group.yieldedHeard != 0
  }

  mutating func yield(_ position: Int, to winner: Int, into actions: inout ActionList) {
    let report = report(by: winner, on: position)
    actions.add(.report(.conflict(GroupIndex(position), with: NodeIndex(winner), theirTerm: report.term, won: false)))
    groups[position].yieldedUntil = .never
    release(position, .removing(thenListenFor: nil), because: .outranked(by: NodeIndex(winner)), into: &actions)
  }
}

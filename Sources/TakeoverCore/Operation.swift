/// What an operator asks of this node for a group: refused with a reason, or taken up and followed to its end.
///
/// Everything moves by the same hand-over as ever. A refusal is about now: it is given at once or not at all.
extension TakeoverCore {
  /// So long a request waits for the group to begin to move.
  private var requestPatience: Interval { max(cluster.deadtime * 2, .seconds(1)) }

  mutating func obey(
    _ request: Request, _ group: GroupIndex?, force: Bool, at now: Instant, into actions: inout ActionList
  ) {
    var isRefused = false
    for position in groups.indices where group == nil || group == GroupIndex(position) {
      if let refusal = refusal(of: request, position, force: force, at: now) {
        isRefused = true
        actions.add(.report(.refused(GroupIndex(position), request, refusal)))
      } else {
        actions.add(.report(.accepted(GroupIndex(position), request)))
        supersede(position, into: &actions)
        begin(request, position, force: force, at: now, into: &actions)
      }
    }
    guard group == nil, !isRefused else { return }
    if request == .standby { isOnStandby = true }
    if request == .available { isOnStandby = false }
  }

  private mutating func supersede(_ position: Int, into actions: inout ActionList) {
    guard let order = groups[position].order else { return }
    groups[position].order = nil
    actions.add(.report(.unfulfilled(GroupIndex(position), order.request, .superseded)))
  }

  // MARK: - Refusals

  private func refusal(of request: Request, _ position: Int, force: Bool, at now: Instant) -> Refusal? {
    guard case .running = life else { return .stopping }
    switch request {
    case .available: return nil
    case .standby: return force ? nil : refusalOfStandby(position)
    case .takeover: return refusalOfTakeover(position, force: force, at: now)
    case .failBack: return refusalOfFailBack(position, at: now)
    }
  }

  /// Who holds nothing can always stand by. What is moving already is not in the way.
  private func refusalOfStandby(_ position: Int) -> Refusal? {
    switch groups[position].state {
    case .claiming, .owner: break
    case .listening, .standby: if !groups[position].isPresent { return nil }
    case .releasing, .faulted: return nil
    }
    return bestTarget(of: position) == nil ? .nobodyCanTakeIt : nil
  }

  private func refusalOfTakeover(_ position: Int, force: Bool, at now: Instant) -> Refusal? {
    switch groups[position].state {
    case .claiming, .owner: return groups[position].isOnStandby ? nil : .alreadyOwner
    case .releasing: return .moving
    case .listening, .standby, .faulted: break
    }
    var willing = self.groups[position]
    willing.isWithdrawn = false
    if let obstacle = obstacle(of: willing, at: now) { return .notReady(cluster.me, obstacle) }
    if case .listening = willing.state { return .notReady(cluster.me, .listening) }
    guard let holder = liveHolder(of: position) else { return refusalOfVacancy(position, force: force, at: now) }
    return peers[holder].hearsUs ? nil : .ownerDoesNotHearUs(NodeIndex(holder))
  }

  /// Nobody who is heard holds it: then the election decides, unless something holds it back. By force this node
  /// does not wait for the wire, nor for a node that said that it restarts, but for everything else it does.
  private func refusalOfVacancy(_ position: Int, force: Bool, at now: Instant) -> Refusal? {
    if let hold = heldBack(position, at: now), !(force && hold.why == .restarting) {
      return .heldBack(until: hold.until)
    }
    if let better = betterCandidate(position, isOnStandby: false) { return .betterNode(NodeIndex(better)) }
    let probing = groups[position].probing
    return force || probing.heldSince == .never ? nil : .answered(by: probing.answerer)
  }

  private func refusalOfFailBack(_ position: Int, at now: Instant) -> Refusal? {
    switch groups[position].state {
    case .owner: return refusalOfGivingBack(position, at: now)
    case .claiming, .releasing: return .moving
    case .listening, .standby, .faulted: break
    }
    guard let owner = liveHolder(of: position), report(by: owner, on: position).role == .owner else { return .noOwner }
    let mine = myCandidateOrder(position, isIneligible: false, isOnStandby: false)
    guard mine < candidateOrder(of: owner, for: position) else { return .alreadyBest(NodeIndex(owner)) }
    let readiness = myReadiness(position, at: now)
    guard readiness == .ready else { return .notReady(cluster.me, readiness) }
    if let better = betterCandidate(position) { return .betterNode(NodeIndex(better)) }
    return peers[owner].hearsUs ? nil : .ownerDoesNotHearUs(NodeIndex(owner))
  }

  private func refusalOfGivingBack(_ position: Int, at now: Instant) -> Refusal? {
    let mine = myCandidateOrder(position, at: now)
    if let target = bestTarget(of: position), candidateOrder(of: target, for: position) < mine { return nil }
    let ranks = cluster.groups[position].ranks
    guard let best = peers.indices.min(by: { (ranks[$0], cluster.nodes[$0]) < (ranks[$1], cluster.nodes[$1]) }),
      best != Int(cluster.me.position)
    else { return .alreadyBest(cluster.me) }
    return .notReady(NodeIndex(best), readiness(of: best, for: position))
  }

  // MARK: - Beginnings

  private mutating func begin(
    _ request: Request, _ position: Int, force: Bool, at now: Instant, into actions: inout ActionList
  ) {
    groups[position].isDirty = true
    switch request {
    case .available:
      setStandby(false, position, into: &actions)
      actions.add(.report(.fulfilled(GroupIndex(position), .available)))
    case .standby: beginStandby(position, force: force, at: now, into: &actions)
    case .takeover: beginTakeover(position, force: force, at: now, into: &actions)
    case .failBack:
      groups[position].isPlaced = false
      groups[position].handOverNotBefore = .origin
      let isAsking = groups[position].role == .standby
      groups[position].order = Order(request: .failBack, isAsking: isAsking, until: now + requestPatience)
    }
  }

  private mutating func beginStandby(_ position: Int, force: Bool, at now: Instant, into actions: inout ActionList) {
    groups[position].handOverNotBefore = .origin
    groups[position].order = Order(request: .standby, isAsking: false, until: now + requestPatience)
    setStandby(true, position, into: &actions)
    if force { withdraw(position, into: &actions) }
    switch groups[position].state {
    case .claiming, .owner, .releasing: return
    case .listening, .standby, .faulted:
      // What its kernel has from an earlier life it adopts first, and then hands over; where it can hear nobody, nobody could tell.
      if !groups[position].isPresent {
        settleOrder(position, nil, into: &actions)
      } else if groups[position].listeningSince == .never, groups[position].role == .listening {
        release(position, .removing(thenListenFor: cluster.initdead), because: .standby(to: nil), into: &actions)
      }
    }
  }

  private mutating func beginTakeover(_ position: Int, force: Bool, at now: Instant, into actions: inout ActionList) {
    setStandby(false, position, into: &actions)
    groups[position].order = Order(request: .takeover, isAsking: true, until: now + requestPatience)
    switch groups[position].state {
    case .owner:
      groups[position].isPlaced = true
      settleOrder(position, nil, into: &actions)
    case .claiming: groups[position].isPlaced = true
    case .standby:
      if force, liveHolder(of: position) == nil { claim(position, because: .forced, into: &actions) }
    case .listening, .releasing, .faulted: return
    }
  }

  private mutating func setStandby(_ isOn: Bool, _ position: Int, into actions: inout ActionList) {
    guard groups[position].isOnStandby != isOn else { return }
    actions.add(.report(.groupOnStandby(GroupIndex(position), isOn)))
    if isOn { beginStandby(position) } else { endStandby(position) }
  }

  // MARK: - Ends

  /// A group has changed its state: what does that mean for what the operator asked for?
  mutating func follow(_ position: Int, because cause: Cause, into actions: inout ActionList) {
    guard let order = groups[position].order else { return }
    switch (groups[position].state, cause) {
    case (.claiming, _), (.releasing(.handingOver), _): return
    case (.owner, .handOverFailed): settleOrder(position, cause, into: &actions)
    case (.owner, _): if order.isAsking { settleOrder(position, nil, into: &actions) }
    case (.releasing(.removing), .taken): settleOrder(position, nil, into: &actions)
    case (.releasing(.removing), _), (.listening, _), (.standby, _), (.faulted, _):
      if order.request == .standby {
        // Not before the addresses are gone, those of an earlier life too.
        if !groups[position].role.holds, !groups[position].isPresent { settleOrder(position, nil, into: &actions) }
      } else {
        settleOrder(position, cause, into: &actions)
      }
    }
  }

  /// What was on its way from an earlier life is gone.
  mutating func settleStandby(_ position: Int, into actions: inout ActionList) {
    if groups[position].order?.request == .standby { settleOrder(position, nil, into: &actions) }
  }

  private mutating func settleOrder(_ position: Int, _ failure: Cause?, into actions: inout ActionList) {
    guard let order = groups[position].order else { return }
    groups[position].order = nil
    let group = GroupIndex(position)
    actions.add(
      .report(failure.map { .unfulfilled(group, order.request, $0) } ?? .fulfilled(group, order.request)))
  }

  /// Nothing has moved for too long. What moves is left to its own end.
  mutating func giveUpOrder(_ position: Int, at now: Instant, into actions: inout ActionList) {
    guard isWaitingForOrder(position), let order = groups[position].order, now >= order.until else { return }
    if order.isAsking { want(false, position) }
    settleOrder(position, .unanswered, into: &actions)
  }

  mutating func awaitOrder(_ position: Int) {
    guard isWaitingForOrder(position), let order = groups[position].order else { return }
    groups[position].deadline = min(groups[position].deadline, order.until)
  }

  private func isWaitingForOrder(_ position: Int) -> Bool {
    groups[position].role == .standby || groups[position].role == .owner
  }
}

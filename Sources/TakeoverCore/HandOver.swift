/// How an owner gives a group away: to whom, why, and what comes of it.
extension TakeoverCore {
  /// Whom this owner shall give the group to, and why.
  func successor(of position: Int, at now: Instant) -> (NodeIndex, Cause)? {
    if let node = bestTarget(of: position, where: { $0.flags.isSuperset(of: [.wants, .insists]) }) {
      return (NodeIndex(node), .requested(by: NodeIndex(node)))
    }
    if groups[position].isOnStandby {
      return bestTarget(of: position).map { (NodeIndex($0), .standby(to: NodeIndex($0))) }
    }
    let isOrdered = groups[position].order?.request == .failBack
    guard isOrdered || cluster.groups[position].autoFailback && !groups[position].isPlaced,
      let node = bestTarget(of: position, where: { isOrdered || $0.flags.contains(.wants) }),
      candidateOrder(of: node, for: position) < myCandidateOrder(position, at: now)
    else { return nil }
    return (NodeIndex(node), .failBack(to: NodeIndex(node)))
  }

  /// Make before break: the addresses stay until the target owns them, and stay for good if it does not.
  mutating func assessHandOver(
    _ position: Int, to target: NodeIndex, until: Instant, at now: Instant, into actions: inout ActionList
  ) {
    if let winner = outrankingOwner(of: position) {
      if winner == Int(target.position) {
        return release(position, .removing(thenListenFor: nil), because: .taken(by: target), into: &actions)
      }
      return yield(position, to: winner, into: &actions)
    }
    if hasPassedOn(target, position) {
      return release(position, .removing(thenListenFor: nil), because: .taken(by: target), into: &actions)
    }
    guard canStillTake(target, position) else { return endHandOver(position, to: target, at: now, into: &actions) }
    guard now >= until else {
      groups[position].deadline = until
      return
    }
    let isAtIt = report(by: Int(target.position), on: position).role == .claiming
    guard isAtIt, let extended = extendedHandOver(at: now) else {
      return endHandOver(position, to: target, at: now, into: &actions)
    }
    groups[position].state = .releasing(.handingOver(to: target, until: extended))
    groups[position].deadline = extended
  }

  /// The target has taken the group and is handing it to somebody else already; its word that it owned was lost or
  /// comes late.
  private func hasPassedOn(_ target: NodeIndex, _ position: Int) -> Bool {
    guard peers[Int(target.position)].isAlive else { return false }
    let report = report(by: Int(target.position), on: position)
    return report.role == .releasing && report.target != .none && report.term > groups[position].term
  }

  private var isLeaving: Bool { if case .leaving = life { true } else { false } }

  private func canStillTake(_ target: NodeIndex, _ position: Int) -> Bool {
    let node = Int(target.position)
    let report = report(by: node, on: position)
    guard peers[node].isAlive else { return false }
    switch report.role {
    case .claiming, .owner: return true
    case .standby: return report.flags.contains(.eligible) && (isLeaving || !report.flags.contains(.onStandby))
    case .listening, .releasing, .faulted: return false
    }
  }

  private mutating func endHandOver(
    _ position: Int, to target: NodeIndex, at now: Instant, into actions: inout ActionList
  ) {
    guard case .running = life else {
      return release(position, .removing(thenListenFor: nil), because: .stopping(to: nil), into: &actions)
    }
    groups[position].handOverNotBefore = now + max(cluster.deadtime * 10, .seconds(1))
    groups[position].isStormy = false
    change(position, to: .owner, because: .handOverFailed(to: target), into: &actions)
    actions.add(.announce(GroupIndex(position), term: groups[position].term))
  }
}

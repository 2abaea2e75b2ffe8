/// Who is alive: fresh heartbeats within the deadtime that their sender announced.
extension TakeoverCore {
  /// A fresh heartbeat came, at this time.
  mutating func revive(_ position: Int, isNewSession: Bool, at arrived: Instant, into actions: inout ActionList) {
    let node = NodeIndex(position)
    // By another link it may have come sooner than the one before.
    let arrived = max(arrived, peers[position].lastHeard)
    let silence = arrived - peers[position].lastHeard
    let former = peers[position].condition
    peers[position].condition = .alive
    peers[position].lastHeard = arrived
    schedule(position, from: arrived)
    switch former {
    case .alive where !isNewSession: return
    case .late where !isNewSession:
      discardOpinions(about: position)
      actions.add(.report(.onTime(node, silence: silence)))
    case .dead where !isNewSession:
      actions.add(.report(.returned(node, silence: silence)))
    case .unknown, .alive, .late, .dead, .left:
      peers[position].unheardSince = .never
      actions.add(.report(.joined(node, session: peers[position].session)))
    }
    // Where it was cut off, it may have owned a group and told clients so, in this session or before.
    if former != .late { announceAnew() }
    markAllDirty()
  }

  /// Whoever owns a group tells the clients again.
  mutating func announceAnew() {
    for group in groups.indices { groups[group].isHealed = true }
  }

  /// A node said goodbye: it holds nothing and claims nothing until it is heard in another session.
  mutating func partWith(_ position: Int, at arrived: Instant, into actions: inout ActionList) {
    peers[position].lastHeard = max(arrived, peers[position].lastHeard)
    guard peers[position].condition != .left else { return }
    actions.add(.report(.left(NodeIndex(position))))
    // The first word after a cut: it may have owned a group behind it.
    if !peers[position].isAlive { announceAnew() }
    silence(position, as: .left)
    for group in groups.indices {
      takeReport(GroupReport(group: cluster.groups[group].tag), from: position, about: group)
    }
  }

  /// Sets the instants at which silence will mean something.
  mutating func schedule(_ position: Int, from now: Instant) {
    let deadtime = peers[position].deadtime
    let patience = deadtime == cluster.deadtime ? cluster.warntime : deadtime * 2 / 3
    peers[position].lateAt = now + patience
    peers[position].deadAt = now + deadtime
  }

  /// Finds out who has been silent for too long.
  mutating func watchPeers(at now: Instant, into actions: inout ActionList) {
    for position in peers.indices {
      let peer = peers[position]
      let silence = now - peer.lastHeard
      if peer.deadAt <= now {
        actions.add(.report(.dead(NodeIndex(position), silence: silence, missed: peer.missed(in: silence))))
        self.silence(position, as: .dead)
      } else if peer.lateAt <= now {
        peers[position].lateAt = .never
        peers[position].condition = .late
        markAllDirty()
        actions.add(.report(.late(NodeIndex(position), silence: silence, missed: peer.missed(in: silence))))
      }
    }
  }

  private mutating func silence(_ position: Int, as condition: NodeCondition) {
    peers[position].condition = condition
    peers[position].lateAt = .never
    peers[position].deadAt = .never
    markAllDirty()
  }
}

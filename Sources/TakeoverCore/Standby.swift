/// An operator's standby: the agent goes on, its node owns nothing that another can, and nothing is lost on the way.
extension TakeoverCore {
  /// Whether an operator has put this node on standby for every group, by whatever way.
  public var isOnStandbyForAll: Bool { groups.allSatisfy(\.isOnStandby) }

  /// Hands over whatever another node can take. A group that nobody could take stays: serving beats obeying.
  mutating func standBy(into actions: inout ActionList) {
    guard case .running = life, !isOnStandby || groups.contains(where: { !$0.isOnStandby }) else { return }
    isOnStandby = true
    actions.add(.report(.onStandby(true)))
    for position in groups.indices where !groups[position].isOnStandby {
      if case .owner = groups[position].state, bestTarget(of: position) == nil {
        actions.add(.report(.standbyRefused(GroupIndex(position))))
      }
      beginStandby(position)
    }
  }

  /// Takes part again; with auto_failback a better node asks for its groups as after a start.
  mutating func becomeAvailable(into actions: inout ActionList) {
    guard isOnStandby || groups.contains(where: \.isOnStandby) else { return }
    isOnStandby = false
    actions.add(.report(.onStandby(false)))
    for position in groups.indices { endStandby(position) }
  }

  /// What a former agent of this node was told, and what holds until its operator ends it.
  mutating func remember(standbyFor group: GroupIndex?, into actions: inout ActionList) {
    guard case .notStarted = life else { return }
    if group == nil {
      isOnStandby = true
      actions.add(.report(.onStandby(true)))
    }
    for position in groups.indices where group == nil || group == GroupIndex(position) {
      beginStandby(position)
      if group != nil { actions.add(.report(.groupOnStandby(GroupIndex(position), true))) }
    }
  }

  /// The assessment hands an owned group over, now or when somebody comes who can take it.
  mutating func beginStandby(_ position: Int) {
    groups[position].isOnStandby = true
    groups[position].isDirty = true
    isUrgent = true
  }

  /// By force: lets go even of what nobody takes, and takes nothing even if nobody else can.
  mutating func withdraw(_ position: Int, into actions: inout ActionList) {
    groups[position].isWithdrawn = true
    groups[position].isDirty = true
    isUrgent = true
    switch groups[position].state {
    case .claiming, .owner:
      guard bestTarget(of: position) == nil else { return }
      release(position, .removing(thenListenFor: nil), because: .standby(to: nil), into: &actions)
    case .listening, .standby:
      guard groups[position].isPresent else { return }
      // Nobody else claims what this node's kernel has from an earlier life, and this node will not adopt it.
      release(position, .removing(thenListenFor: cluster.initdead), because: .standby(to: nil), into: &actions)
    case .releasing, .faulted: return
    }
  }

  mutating func endStandby(_ position: Int) {
    guard groups[position].isOnStandby else { return }
    groups[position].isOnStandby = false
    groups[position].isWithdrawn = false
    groups[position].isDirty = true
    isUrgent = true
  }
}

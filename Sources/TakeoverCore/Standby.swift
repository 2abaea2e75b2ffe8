/// An operator's standby: the agent goes on, its node owns nothing, and nothing is lost on the way.
extension TakeoverCore {
  /// Hands over whatever another node can take. A group that nobody could take stays: serving beats obeying.
  mutating func standBy(into actions: inout ActionList) {
    guard case .running = life, !isOnStandby else { return }
    isOnStandby = true
    isUrgent = true
    actions.add(.report(.onStandby(true)))
    for position in groups.indices {
      // The assessment hands an owned group over, now or when somebody comes who can take it.
      groups[position].isDirty = true
      if case .owner = groups[position].state, bestTarget(of: position) == nil {
        actions.add(.report(.standbyRefused(GroupIndex(position))))
      } else if groups[position].isPresent {
        // Nobody else claims what this node's kernel has from an earlier life, and this node will not adopt it.
        release(position, .removing(thenListen: true), because: .standby(to: nil), into: &actions)
      }
    }
  }

  /// Takes part again; with auto_failback a better node asks for its groups as after a start.
  mutating func becomeAvailable(into actions: inout ActionList) {
    guard isOnStandby else { return }
    isOnStandby = false
    isUrgent = true
    actions.add(.report(.onStandby(false)))
    markAllDirty()
  }
}

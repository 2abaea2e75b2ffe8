/// Addresses that come and go without this agent: found at the start, confirmed for a while, removed by somebody else.
extension TakeoverCore {
  /// So many losses within so long are a storm: somebody works against us, and putting back does not help.
  private static let stormLosses = 5
  private static let stormWindow = Interval.seconds(10)
  /// How long a node in a storm leaves the group to others, and how often it puts addresses back where there are none.
  static let stormPause = Interval.seconds(30)
  private static let slowRestore = Interval.seconds(1)

  /// The kernel had the addresses when the agent started.
  mutating func found(_ group: GroupIndex) {
    let position = Int(group.position)
    guard groups.indices.contains(position) else { return }
    switch groups[position].state {
    case .listening, .standby:
      groups[position].isPresent = true
      groups[position].isDirty = true
      // The others shall know before they conclude that nobody holds the group.
      isUrgent = true
    case .claiming, .owner, .releasing, .faulted: return
    }
  }

  /// The kernel has confirmed the lease.
  mutating func leased(_ group: GroupIndex, until: Instant) {
    let position = Int(group.position)
    guard groups.indices.contains(position) else { return }
    switch groups[position].state {
    case .claiming, .owner, .releasing(.handingOver):
      groups[position].leaseUntil = until
      groups[position].deadline = min(groups[position].deadline, until)
    case .listening, .standby, .releasing(.removing), .faulted: return
    }
  }

  /// Somebody else removed an address, or its lease ended: put it back at once, unless that has become a storm.
  mutating func lost(_ group: GroupIndex, at now: Instant, into actions: inout ActionList) {
    let position = Int(group.position)
    guard groups.indices.contains(position) else { return }
    switch groups[position].state {
    case .claiming, .owner:
      actions.add(.report(.interference(group)))
      countLoss(position, at: now)
      if groups[position].losses <= Self.stormLosses {
        actions.add(.addAddresses(group, term: groups[position].term))
      } else {
        weather(position, at: now, into: &actions)
      }
    case .releasing(.handingOver):
      actions.add(.report(.interference(group)))
      actions.add(.addAddresses(group, term: groups[position].term))
    case .listening, .standby:
      groups[position].isPresent = false
      groups[position].isDirty = true
      settleStandby(position, into: &actions)
    case .releasing(.removing), .faulted:
      return
    }
  }

  private mutating func countLoss(_ position: Int, at now: Instant) {
    if now - groups[position].lossesSince > Self.stormWindow {
      groups[position].lossesSince = now
      groups[position].losses = 0
    }
    groups[position].losses += 1
  }

  /// In a storm another node shall hold the group; where there is none, a rarely restored address is better than none.
  private mutating func weather(_ position: Int, at now: Instant, into actions: inout ActionList) {
    let group = GroupIndex(position)
    if groups[position].losses == Self.stormLosses + 1 {
      actions.add(.report(.storm(group, losses: groups[position].losses)))
    }
    if case .owner = groups[position].state, let target = bestTarget(of: position) {
      let node = NodeIndex(target)
      actions.add(.addAddresses(group, term: groups[position].term))
      release(
        position, .handingOver(to: node, until: now + cluster.deadtime), because: .storm(to: node), into: &actions)
      groups[position].isStormy = true
    } else if groups[position].restoreAt == .never {
      groups[position].restoreAt = now + Self.slowRestore
      groups[position].isDirty = true
    }
  }

  /// Puts back what was lost in a storm, when it is time.
  mutating func restore(_ position: Int, at now: Instant, into actions: inout ActionList) {
    guard groups[position].restoreAt != .never else { return }
    if now >= groups[position].restoreAt {
      groups[position].restoreAt = .never
      actions.add(.addAddresses(GroupIndex(position), term: groups[position].term))
    } else {
      groups[position].deadline = min(groups[position].deadline, groups[position].restoreAt)
    }
  }
}

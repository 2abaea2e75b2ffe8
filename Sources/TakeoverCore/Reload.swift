/// A group of a new configuration that has addresses which a group of another name had before.
public struct Inheritance: BitwiseCopyable, Sendable {
  /// In the new configuration.
  public let group: GroupIndex
  /// In the former one.
  public let former: GroupIndex

  /// Says of a group which one it goes on from.
  public init(_ group: GroupIndex, of former: GroupIndex) { (self.group, self.former) = (group, former) }
}

/// A new configuration for a running node: nothing moves unless the new configuration says so.
extension TakeoverCore {
  /// This node's session, which a successor with another configuration keeps.
  public var currentSession: UInt64 { session }

  /// Goes on where `former` stopped, under this core's own configuration. Nodes and groups are matched by name, and groups
  /// whose names are new by what they inherit.
  ///
  /// What both configurations know keeps its state; a new group is listened for; a group that is gone is forgotten,
  /// and whoever holds its addresses removes them. Held groups are added again: the kernel then has what the new
  /// configuration lists. Allocates nothing, so the heartbeat thread can do it between two heartbeats.
  /// - Parameter keys: those that were accepted before and still are. What only another key has signed is forgotten: with a key that
  ///   leaked anything can have been said.
  public mutating func succeed(
    _ former: borrowing TakeoverCore, inheriting heirs: [Inheritance] = [], trusting keys: KeySet = .all,
    at now: Instant, into actions: inout ActionList
  ) {
    clock = now
    life = former.life
    if case .finished = life { return }
    sequence = former.sequence
    said = former.said
    nextBeat = min(former.nextBeat, now + cluster.keepalive)
    hasNoHeartbeatLink = former.hasNoHeartbeatLink
    isOnStandby = former.isOnStandby
    myHardware = former.myHardware
    isUrgent = true
    if case .notStarted = life { nextBeat = .never }
    for node in cluster.nodes.indices {
      guard let old = former.cluster.nodes.firstIndex(of: cluster.nodes[node]) else { continue }
      peers[node] = former.peers[old]
      peers[node].configurationDiffers = false
      inheritUnproven(node, from: former, at: old, heirs, exceptOf: keys)
      peers[node].mentioned = renumber(groups: former.peers[old].mentioned, from: former, heirs)
    }
    for group in cluster.groups.indices {
      guard let old = origin(of: group, in: former, heirs) else {
        groups[group].isOnStandby = isOnStandby
        listen(group, for: cluster.initdead, at: now)
        continue
      }
      inherit(group, from: former, at: old, into: &actions)
    }
    // What was ordered under the former name is answered under it, and nobody knows that any more.
    for heir in heirs {
      if case .releasing(.removing) = groups[Int(heir.group.position)].state {
        actions.add(.removeAddresses(heir.group))
      }
    }
    // Nobody will say that a group which is gone has been removed: it must not keep this node silent for ever.
    isSendingSuspended = former.isSendingSuspended && isRemovingAnything
    // What was a stall to the others is one, however long the new deadtime is.
    noticeStall(at: now, patience: min(former.cluster.deadtime, cluster.deadtime), into: &actions)
    // Who restarts judges nothing any more: there is nothing to look at, and nobody would.
    if case .restarting = life { watchAt = .never } else { watchAt = now }
  }

  private mutating func inheritUnproven(
    _ node: Int, from former: borrowing TakeoverCore, at old: Int, _ heirs: [Inheritance], exceptOf keys: KeySet
  ) {
    unproven[node] = former.unproven[old]
    unproven[node].forget(exceptOf: keys)
    for place in 0..<unproven[node].count {
      unproven[node][place].holding = renumber(groups: unproven[node][place].holding, from: former, heirs)
    }
    // Its next word counts whatever its number, for nothing else has been heard of it that can be believed.
    if peers[node].session != 0, !keys.contains(peers[node].key) { peers[node].sequence = 0 }
  }

  private mutating func inherit(
    _ group: Int, from former: borrowing TakeoverCore, at old: Int, into actions: inout ActionList
  ) {
    groups[group] = former.groups[old]
    groups[group].isDirty = true
    groups[group].contested = 0
    groups[group].yieldedHeard = 0
    groups[group].timeline.from = former.groups[old].timeline.from.flatMap { renumber($0, from: former) }
    groups[group].lastOwner = former.groups[old].lastOwner.flatMap { renumber($0, from: former) }
    if case .releasing(.handingOver(let target, let until)) = groups[group].state {
      if let target = renumber(target, from: former) {
        groups[group].state = .releasing(.handingOver(to: target, until: until))
      } else {
        change(group, to: .owner, because: .handOverFailed(to: cluster.me), into: &actions)
      }
    }
    for node in cluster.nodes.indices {
      guard let from = former.cluster.nodes.firstIndex(of: cluster.nodes[node]) else { continue }
      heard[node * groups.count + group] = former.heard[from * former.groups.count + old]
      heard[node * groups.count + group].group = cluster.groups[group].tag
    }
    switch groups[group].state {
    case .claiming, .owner, .releasing(.handingOver):
      actions.add(.addAddresses(GroupIndex(group), term: groups[group].term))
    case .listening, .standby, .releasing(.removing), .faulted: return
    }
  }

  /// The group of the former configuration that a group goes on from.
  private func origin(
    of group: Int, in former: borrowing TakeoverCore, _ heirs: [Inheritance]
  ) -> Int? {
    let tag = cluster.groups[group].tag
    if let same = former.cluster.groups.firstIndex(where: { $0.tag == tag }) { return same }
    return heirs.first { Int($0.group.position) == group }.map { Int($0.former.position) }
  }

  private func renumber(_ node: NodeIndex, from former: borrowing TakeoverCore) -> NodeIndex? {
    let tag = former.cluster.nodes[Int(node.position)]
    return cluster.nodes.firstIndex(of: tag).map { NodeIndex($0) }
  }

  /// A bit a group, in the places that the groups have here.
  private func renumber(
    groups bits: UInt32, from former: borrowing TakeoverCore, _ heirs: [Inheritance]
  ) -> UInt32 {
    var renumbered: UInt32 = 0
    for group in cluster.groups.indices {
      guard let old = origin(of: group, in: former, heirs), bits & 1 << UInt32(old) != 0 else { continue }
      renumbered |= 1 << UInt32(group)
    }
    return renumbered
  }
}

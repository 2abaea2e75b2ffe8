/// What the kernel reports about addresses and devices. Every pair of event and state is spelled out: a completion
/// may come when the group has long gone on to something else.
extension TakeoverCore {
  /// The addresses are there: only now may they be announced.
  mutating func added(_ group: GroupIndex, term: UInt64, confirmedAt: Instant, into actions: inout ActionList) {
    let position = Int(group.position)
    guard groups.indices.contains(position), groups[position].term == term else { return }
    switch groups[position].state {
    case .claiming, .owner, .releasing(.handingOver):
      if case .claiming = groups[position].state { groups[position].timeline.confirmed = confirmedAt }
      actions.add(.announce(group, term: term))
    case .listening, .standby, .releasing(.removing), .faulted:
      return
    }
  }

  mutating func announced(_ group: GroupIndex, term: UInt64, at time: Instant, into actions: inout ActionList) {
    let position = Int(group.position)
    guard groups.indices.contains(position), groups[position].term == term else { return }
    switch groups[position].state {
    case .claiming:
      groups[position].refusals = 0
      groups[position].timeline.announced = time
      change(position, to: .owner, because: .announced, into: &actions)
      var timeline = groups[position].timeline
      timeline.group = group
      actions.add(.report(.tookOver(timeline)))
    case .listening, .standby, .owner, .releasing, .faulted:
      return
    }
  }

  /// The kernel refused an address; the address thread has removed the others.
  mutating func failed(_ group: GroupIndex, term: UInt64, at now: Instant, into actions: inout ActionList) {
    let position = Int(group.position)
    guard groups.indices.contains(position), groups[position].term == term else { return }
    switch groups[position].state {
    case .claiming, .owner, .releasing(.handingOver):
      // 1 s, 2 s, 4 s, … 32 s: long enough not to disturb, short enough to heal by itself.
      let pause = Interval.seconds(1 << Int64(min(groups[position].refusals, 5)))
      groups[position].refusals &+= 1
      groups[position].isPlaced = false
      change(position, to: .faulted(retryAt: now + pause), because: .refused, into: &actions)
    case .listening, .standby, .releasing(.removing), .faulted:
      return
    }
  }

  mutating func removed(_ group: GroupIndex, at now: Instant, into actions: inout ActionList) {
    let position = Int(group.position)
    guard groups.indices.contains(position) else { return }
    switch groups[position].state {
    case .releasing(.removing(let listening)):
      if groups[position].yieldedUntil == .never {
        groups[position].yieldedUntil = now + cluster.deadtime * 2
      }
      if groups[position].isStormy {
        groups[position].isStormy = false
        change(position, to: .faulted(retryAt: now + Self.stormPause), because: .storm(to: nil), into: &actions)
      } else if listening != nil || !groups[position].linkIsUp || hasNoHeartbeatLink {
        change(position, to: .listening, because: .removed, into: &actions)
        listen(position, for: listening ?? cluster.initdead, at: now)
      } else {
        becomeStandby(position, because: .removed, at: now, into: &actions)
      }
      isSendingSuspended = isSendingSuspended && isRemovingAnything
    case .listening, .standby, .claiming, .owner, .releasing(.handingOver), .faulted:
      return
    }
  }

  var isRemovingAnything: Bool {
    groups.contains { if case .releasing(.removing) = $0.state { true } else { false } }
  }

  /// So long a link that was down must stay up before a better node asks for its group: one that flaps shall move the
  /// addresses once, not with each flap.
  static let linkProbation = Interval.seconds(2)

  mutating func linkUp(_ group: GroupIndex, at now: Instant, into actions: inout ActionList) {
    let position = Int(group.position)
    guard groups.indices.contains(position), !groups[position].linkIsUp else { return }
    groups[position].linkIsUp = true
    if groups[position].hasLostLink { groups[position].linkTrustedAt = now + Self.linkProbation }
    // Told at once only when it makes this node eligible. A heartbeat that still says "not eligible" between the two
    // events, link and hearing, would let a worse node that starts at the same time claim first.
    isUrgent = isUrgent || !hasNoHeartbeatLink
    switch groups[position].state {
    case .listening: listen(position, for: cluster.initdead, at: now)
    case .standby, .claiming, .owner, .releasing, .faulted: return
    }
  }

  /// Without the device the addresses serve nobody, and after its return somebody else may own them.
  mutating func linkDown(_ group: GroupIndex, at now: Instant, into actions: inout ActionList) {
    let position = Int(group.position)
    guard groups.indices.contains(position), groups[position].linkIsUp else { return }
    groups[position].linkIsUp = false
    groups[position].hasLostLink = true
    isUrgent = true
    switch groups[position].state {
    case .listening:
      listen(position, for: cluster.initdead, at: now)
    case .standby, .faulted:
      change(position, to: .listening, because: .linkDown, into: &actions)
      listen(position, for: cluster.initdead, at: now)
    case .claiming, .owner, .releasing(.handingOver):
      release(position, .removing(thenListenFor: cluster.initdead), because: .linkDown, into: &actions)
    case .releasing(.removing):
      groups[position].state = .releasing(.removing(thenListenFor: cluster.initdead))
    }
  }

  /// This host's Ethernet addresses. What a holder answers from the others shall know at once: they would take it for a stranger's.
  mutating func take(_ hardware: HardwareList) {
    if !hardware.equals(myHardware), groups.contains(where: { $0.role.holds }) { isUrgent = true }
    myHardware = hardware
  }

  /// A heartbeat device is up again: what was missed meanwhile must be heard first.
  mutating func hearing(at now: Instant) {
    guard hasNoHeartbeatLink else { return }
    hasNoHeartbeatLink = false
    isUrgent = isUrgent || groups.contains { $0.linkIsUp }
    for position in groups.indices {
      switch groups[position].state {
      case .listening: listen(position, for: cluster.initdead, at: now)
      case .standby, .claiming, .owner, .releasing, .faulted: continue
      }
    }
  }

  /// No heartbeat device is up. An owner stays: the others ask the wire before they claim. Nobody else may claim.
  mutating func deaf(at now: Instant, into actions: inout ActionList) {
    guard !hasNoHeartbeatLink else { return }
    hasNoHeartbeatLink = true
    for position in groups.indices {
      switch groups[position].state {
      case .listening:
        listen(position, for: cluster.initdead, at: now)
      case .standby, .faulted:
        change(position, to: .listening, because: .deaf, into: &actions)
        listen(position, for: cluster.initdead, at: now)
      case .claiming, .owner, .releasing:
        continue
      }
    }
  }
}

import TakeoverCore

/// Which faults must move nothing when they come alone to a settled cluster.
extension World {
  func isHarmless(_ fault: Fault) -> Bool {
    if isRenaming(fault) { return true }
    guard isUndisturbed else { return false }
    let asks = groups.indices.allSatisfy { asksFirst($0, on: fault.host) }
    let owns = groups.indices.contains { ledger.settled[$0] == fault.host }
    switch fault.kind {
    case .duplicates, .replay, .recordings: return true
    case .interfere: return true
    case .stallBeats: return !owns || fault.duration < shortStall
    case .stallAddresses, .rtnl: return !owns || fault.duration < shortAddressStall
    case .suspend: return !owns || fault.duration < min(shortStall, shortAddressStall)
    case .crash, .stop, .pause, .freeze, .unplug, .deafen, .standby: return !owns
    case .late: return Interval(nanoseconds: fault.amount) < shortStall
    case .jitter: return Interval(nanoseconds: fault.amount * 2) < shortStall
    case .kill: return !owns || asks && fault.duration < successorTime
    case .restart: return !owns || fault.duration < successorTime
    case .firewall, .heartbeatLoss: return asks
    case .reload: return changesNothing(fault)
    case .refuse, .proxy, .stranger, .cut, .loss, .takeover, .failBack, .forge, .unaskable: return false
    }
  }

  /// Whether the cluster is settled, whole and of one configuration, and no fault is at work.
  var isUndisturbed: Bool {
    now >= ledger.harmlessUntil && isWhole && Set(hosts.map(\.cluster.fingerprint)).count == 1
  }

  private var isWhole: Bool {
    ledger.isSettled && inForce.isEmpty && hosts.allSatisfy { $0.core != nil && !$0.isLeaving && $0.standsBy == 0 }
      && groups.indices.allSatisfy { ledger.settled[$0] != nil }
  }

  /// Whether it is a reload by which a node only calls groups otherwise, as all others do or will: it may come as long after the
  /// others' as it likes, and as soon.
  func isRenaming(_ fault: Fault) -> Bool {
    guard fault.kind == .reload, now >= ledger.harmlessUntil || ledger.isRenaming, isWhole else { return false }
    return hosts.allSatisfy {
      Schedule.withoutNames(Int64($0.cluster.fingerprint) - 1) == Schedule.withoutNames(fault.amount)
    }
  }

  private var times: Cluster { hosts[0].cluster }

  /// The others do not take a node for dead, even if its last heartbeat was due just then.
  private var shortStall: Interval {
    times.deadtime - times.keepalive * 2 - ledger.bounds.delay * 2 - .milliseconds(2)
  }

  /// The next renewal, due or just missed, is still in time.
  private var shortAddressStall: Interval { ledger.bounds.shortestLease * 5 / 8 - .milliseconds(200) }

  /// The successor listens and adopts before the lease ends.
  private var successorTime: Interval {
    ledger.bounds.shortestLease * 3 / 4 - times.deadtime * 2 - times.keepalive * 6 - .milliseconds(300)
  }

  private func changesNothing(_ fault: Fault) -> Bool {
    guard let schedule else { return false }
    let next = schedule.cluster(of: fault.host, edition: fault.amount)
    let now = hosts[fault.host].cluster
    return zip(next.groups, now.groups).allSatisfy {
      $0.tag == $1.tag && $0.ranks == $1.ranks && $0.autoFailback == $1.autoFailback
    }
  }
}

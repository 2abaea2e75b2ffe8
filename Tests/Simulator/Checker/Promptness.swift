import TakeoverCore

/// Liveness with a date: after a single fault in a quiet cluster, and after the start, each group is held again by then.
extension World {
  /// The fault is about to strike a cluster that was undisturbed.
  func promiseService(after fault: Fault) {
    for group in groups.indices where ledger.settled[group] == fault.host {
      switch fault.kind {
      case .crash: promise(group, within: ledger.bounds.outage)
      case .kill where hosts[fault.host].lease(ofGroup: group) != nil:
        promise(group, within: ledger.bounds.abandonment)
      default: return
      }
    }
  }

  /// The last of the agents has started, and nothing has gone wrong yet.
  func promiseServiceAfterStart() {
    guard ledger.faults == 0, inForce.isEmpty, hosts.allSatisfy({ $0.core != nil }) else { return }
    for group in groups.indices { promise(group, within: ledger.bounds.start) }
  }

  private func promise(_ group: Int, within time: Interval) {
    // Who waits for an answer from a host that has the address by right waits for ever, and refusals take their time.
    guard schedule != nil, !ledger.bounds.mayRefuse else { return }
    ledger.servedBy[group] = now + time
    look()
  }

  /// Whether what was promised is kept.
  func lookAtService() {
    for group in groups.indices where ledger.servedBy[group] != .never {
      let until = ledger.servedBy[group]
      guard now > until else {
        ledger.nextLook = min(ledger.nextLook, until + .microseconds(1))
        continue
      }
      ledger.servedBy[group] = .never
      let isServed = hosts.contains { $0.core != nil && $0.kernel.holds >> UInt32(group) & 1 == 1 }
      if !isServed { violate(.tooSlow, nil, "nobody holds \(name(ofGroup: group)) yet") }
    }
  }
}

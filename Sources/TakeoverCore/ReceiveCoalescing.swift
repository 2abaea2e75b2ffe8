/// When heartbeats need not be read as they come.
///
/// To be woken up costs a node more than all that it does with a heartbeat, and in a quiet cluster no heartbeat asks for
/// anything: it is enough to read all that have come once a keepalive, before this node's own, as network adapters
/// moderate their interrupts. Silence is measured from when they arrived, so that a death is found out no later.
extension TakeoverCore {
  /// With a longer keepalive a heartbeat that does ask for something (a hand-over, a rival after a cut) would wait for too long, and
  /// there is nothing to gain.
  static let longestWait = Interval.milliseconds(20)

  /// Whether heartbeats may wait in their sockets until the next deadline: every node is alive and hears us, every group has one
  /// owner, and nobody is about to change that as far as this node knows. Asked for after every event.
  public var mayHearLater: Bool {
    guard cluster.keepalive <= Self.longestWait, case .running = life, !isSendingSuspended else { return false }
    for node in peers.indices where node != Int(cluster.me.position) {
      guard peers[node].condition == .alive, peers[node].isFresh(at: clock), peers[node].hearsUs else { return false }
    }
    return groups.touched.isEmpty && summary.restless.isEmpty
  }

  /// When a heartbeat arrived that is read now. The sockets are read once a keepalive at least: what has waited for longer
  /// waited for a thread that was held up, which is not the sender's lateness.
  public func credible(_ arrived: Instant, at now: Instant) -> Instant {
    min(max(arrived, now - cluster.keepalive), now)
  }

  func isAtRest(_ position: Int) -> Bool {
    guard groups[position].order == nil, !groups[position].wants else { return false }
    switch groups[position].state {
    case .owner: return groups[position].contested == 0
    case .standby: return liveHolder(of: position).map { report(by: $0, on: position).role == .owner } ?? false
    case .listening, .claiming, .releasing, .faulted: return false
    }
  }
}

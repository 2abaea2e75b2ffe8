/// How an agent ends: hand over what can be, remove the rest, say goodbye three times.
extension TakeoverCore {
  /// How long a stop may take in all, and how long of it may be spent on waiting for the takers.
  private static let longestStop = Interval.milliseconds(900)
  private static let longestHandOver = Interval.milliseconds(500)
  /// Goodbyes follow each other closer than heartbeats, so that one lost frame does not cost a deadtime.
  private static let goodbyes = 3
  private static let goodbyeInterval = Interval.milliseconds(10)

  mutating func stop(at now: Instant, into actions: inout ActionList) {
    switch life {
    case .leaving, .parting, .restarting, .finished: return
    case .notStarted: return finish(saying: [], into: &actions)
    case .running: break
    }
    let handOverUntil = now + min(cluster.deadtime, Self.longestHandOver)
    life = .leaving(handOverUntil: handOverUntil, endAt: now + Self.longestStop)
    isUrgent = true
    for position in groups.indices {
      groups[position].wants = false
      groups[position].isDirty = true
      switch groups[position].state {
      case .listening where groups[position].isPresent, .standby where groups[position].isPresent, .claiming:
        release(position, .removing(thenListenFor: nil), because: .stopping(to: nil), into: &actions)
      case .listening, .standby, .faulted, .releasing(.removing):
        continue
      case .owner:
        leave(position, handOverUntil: handOverUntil, into: &actions)
      case .releasing(.handingOver(let target, let until)):
        groups[position].state = .releasing(.handingOver(to: target, until: min(until, handOverUntil)))
      }
    }
  }

  /// Ends without letting go of anything: the successor adopts what the kernel holds, and the others bear with it.
  mutating func restart(at now: Instant, into actions: inout ActionList) {
    switch life {
    case .leaving, .parting, .restarting, .finished: return
    case .notStarted: finish(saying: [], into: &actions)
    case .running:
      letGoOfTheEnded(at: now, into: &actions)
      life = .restarting(notices: Self.goodbyes)
      nextBeat = now
      watchAt = .never
    }
  }

  /// Who restarts leaves everything as it is, and the successor goes on from there: all but what another node owns by a
  /// better claim. Nobody may be there to let go of that before its lease ends.
  mutating func letGoWhileRestarting(at now: Instant, into actions: inout ActionList) {
    letGoOfTheEnded(at: now, into: &actions)
    for position in groups.indices where groups[position].isDirty {
      groups[position].isDirty = false
      switch groups[position].state {
      case .claiming, .owner, .releasing(.handingOver):
        if let winner = outrankingOwner(of: position) { yield(position, to: winner, into: &actions) }
      case .listening, .standby, .releasing(.removing), .faulted: continue
      }
    }
  }

  /// What has no lease any more is left to nobody.
  private mutating func letGoOfTheEnded(at now: Instant, into actions: inout ActionList) {
    for position in groups.indices where groups[position].leaseUntil <= now {
      release(position, .removing(thenListenFor: cluster.initdead), because: .leaseExpired, into: &actions)
    }
  }

  private mutating func leave(_ position: Int, handOverUntil: Instant, into actions: inout ActionList) {
    if let target = bestTarget(of: position) ?? lastResort(of: position) {
      let node = NodeIndex(target)
      release(
        position, .handingOver(to: node, until: handOverUntil), because: .stopping(to: node), into: &actions)
    } else {
      release(position, .removing(thenListenFor: nil), because: .stopping(to: nil), into: &actions)
    }
  }

  /// A target that is still adding gets more time; when this agent stops, not more than the stop has.
  func extendedHandOver(at now: Instant) -> Instant? {
    switch life {
    case .running, .notStarted: return now + cluster.deadtime
    case .leaving(let handOverUntil, _): return now < handOverUntil ? handOverUntil : nil
    case .parting, .restarting, .finished: return nil
    }
  }

  /// After a stall: the time slept through is not time that the kernel had.
  mutating func restartStop(at now: Instant) {
    guard case .leaving = life else { return }
    life = .leaving(handOverUntil: now, endAt: now + Self.longestStop)
  }

  /// Looks whether everything is gone.
  mutating func depart(at now: Instant, into actions: inout ActionList) {
    guard case .leaving(_, let endAt) = life else { return }
    if !groups.contains(where: { $0.role.holds }) {
      life = .parting(goodbyes: Self.goodbyes)
      isSendingSuspended = false
      nextBeat = now
    } else if now >= endAt {
      // No goodbye: the kernel may still have the addresses, and the others shall not think otherwise.
      actions.add(.report(.endedEarly))
      finish(saying: [], into: &actions)
    }
  }

  /// Time between two heartbeats now.
  var beatInterval: Interval {
    switch life {
    case .parting, .restarting: min(cluster.keepalive, Self.goodbyeInterval)
    case .notStarted, .running, .leaving, .finished: cluster.keepalive
    }
  }

  /// A heartbeat was said; after the last one the agent may exit.
  mutating func countGoodbye(into actions: inout ActionList) {
    switch life {
    case .parting(let left):
      life = .parting(goodbyes: left - 1)
      if left <= 1 { finish(saying: [.leaving, .goodbye], into: &actions) }
    case .restarting(let left):
      life = .restarting(notices: left - 1)
      if left <= 1 { finish(saying: .restarting, into: &actions) }
    case .notStarted, .running, .leaving, .finished: return
    }
  }

  private mutating func finish(saying flags: Heartbeat.Flags, into actions: inout ActionList) {
    life = .finished(flags)
    nextBeat = .never
    watchAt = .never
    actions.add(.finished)
  }
}

import TakeoverCore

/// Between whom what passes, and whom nothing holds up. Everything else is judged by it.
extension World {
  /// What a node calls otherwise from now on the others hear with its next heartbeat.
  func noteRenamed(_ host: Int) {
    ledger.acquaintedAt[host] = max(ledger.acquaintedAt[host], now + ledger.bounds.introduction)
  }

  /// After anything that may change it.
  func surveyContacts() {
    for host in hosts.indices { surveyCalm(of: host) }
    for one in hosts.indices {
      for other in hosts.indices where other != one {
        let place = one * hosts.count + other
        let isWire = passesWire(one, other) && passesWire(other, one)
        if !isWire {
          ledger.wireSince[place] = .never
        } else if ledger.wireSince[place] == .never {
          ledger.wireSince[place] = now
        }
        let isHeard = passesHeartbeats(one, other) && passesHeartbeats(other, one)
        if !isHeard {
          ledger.heartbeatsSince[place] = .never
        } else if ledger.heartbeatsSince[place] == .never {
          ledger.heartbeatsSince[place] = now + acquaintance(one, other)
        }
      }
    }
    look()
  }

  private func isReachable(_ host: Int) -> Bool {
    hosts[host].isUp && hosts[host].hasCarrier && hosts[host].pausedUntil <= now
  }

  /// An answer comes before the next few probes, and nearly all come.
  private func passesWire(_ from: Int, _ to: Int) -> Bool {
    let path = network[from, to]
    return isReachable(from) && isReachable(to) && !path.cutsFrames && path.loss <= 10
      && path.mostDelay * 4 <= ledger.bounds.probe * 7
  }

  private func passesHeartbeats(_ from: Int, _ to: Int) -> Bool {
    let path = network[from, to]
    return isReachable(from) && isReachable(to) && hosts[from].hasHearing && hosts[to].hasHearing
      && !path.cutsHeartbeats && path.loss == 0 && path.heartbeatLoss == 0 && path.mostDelay <= ledger.bounds.delay
  }

  func knows(_ host: Int, _ other: Int) -> Bool {
    let session = ledger.accepted[host * hosts.count + other]
    return session != 0 && session == hosts[other].session
  }

  /// How long it takes until each word counts: one heartbeat where they have not heard each other in these lives. Where somebody with
  /// the key has said a sequence that was never reached, one hears the other, the other answers, and that is answered.
  private func acquaintance(_ one: Int, _ other: Int) -> Interval {
    let isDoubted = [ledger.doubts[one * hosts.count + other], ledger.doubts[other * hosts.count + one]].contains {
      $0 > 0
    }
    if isDoubted { return ledger.bounds.introduction * 3 }
    return knows(one, other) && knows(other, one) ? .zero : ledger.bounds.introduction
  }

  private func surveyCalm(of host: Int) {
    let lastHold = max(
      hosts[host].pausedUntil, hosts[host].beatsBlockedUntil, hosts[host].thread.blockedUntil,
      hosts[host].kernel.rtnlUntil)
    let isDisturbed = inForce.contains { fault in
      fault.host == host && (fault.kind == .late || fault.kind == .refuse)
    }
    if hosts[host].core == nil || isDisturbed {
      ledger.calmSince[host] = .never
    } else if lastHold > now {
      ledger.calmSince[host] = max(lastHold, ledger.calmSince[host] == .never ? lastHold : ledger.calmSince[host])
    } else if ledger.calmSince[host] == .never {
      ledger.calmSince[host] = now
    }
  }

  // MARK: - The agent's life

  func noteStarted(_ host: Int) {
    noteSessionBegan(host)
    if !ledger.isSettled || now >= ledger.harmlessUntil { disturb() }
    promiseServiceAfterStart()
    ledger.muted[host] = 0
    ledger.spokeAgainAt[host] = now
    for group in groups.indices { ledger.listensUntil[host * groups.count + group] = .origin }
    noteListening(host, for: initdead(of: host), evenHolding: true)
    ledger.acquaintedAt[host] = now + ledger.bounds.acquaintance
    for other in hosts.indices {
      ledger.heard[host * hosts.count + other] = Ledger.Hearing()
      ledger.accepted[host * hosts.count + other] = 0
    }
    ledger.last[host] = Ledger.Saying()
  }

  /// For whom time stood still, the others' former sessions still live.
  func noteThawed(since: Instant) {
    for host in hosts.indices where ledger.acquaintedAt[host] > since {
      ledger.acquaintedAt[host] = now + ledger.bounds.acquaintance
    }
  }

  /// Who was held up takes what waits in its socket for new, and gives everybody's former session another deadtime.
  func noteAwake(_ host: Int) {
    for other in hosts.indices where other != host && hosts[other].core != nil && !knows(host, other) {
      ledger.acquaintedAt[other] = now + ledger.bounds.acquaintance
    }
  }

  func noteKilled(_ host: Int) {
    noteSessionEnded(host)
    ledger.calmSince[host] = .never
    surveyContacts()
  }

  func noteFinished(_ host: Int) {
    noteSessionEnded(host)
    ledger.calmSince[host] = .never
    surveyContacts()
  }

  /// Before the core is called: whether the thread was held up for so long that the others take it for dead.
  @inline(__always) func noteRun(_ host: Int, at local: Instant) {
    let pause = local - hosts[host].ranAt
    guard pause > hosts[host].cluster.keepalive else { return }
    if pause.nanoseconds > hosts[host].cluster.keepalive.nanoseconds + hosts[host].cluster.deadtime.nanoseconds {
      ledger.muted[host] = hosts[host].kernel.holds & ~hosts[host].untold
      if ledger.muted[host] != 0 { ledger.spokeAgainAt[host] = .never }
    }
    ledger.lateness[host] = pause - hosts[host].cluster.keepalive
    noteAwake(host)
  }

  /// A host whose heartbeats were late for longer than its deadtime listens for twice that, or for initdead.
  func noteStalled(_ host: Int) {
    noteListening(host, for: min(initdead(of: host), ledger.lateness[host] * 2), evenHolding: true)
  }

  /// A reload does not change how long is listened already.
  func initdead(of host: Int) -> Interval { min(hosts[host].cluster.initdead, ledger.bounds.shortestInitdead) }

  /// From now on what is heard counts as listening. What began earlier, lasts longer and has not heard everybody stays.
  /// - Parameter evenHolding: an owner whose devices come back need not listen; one that was stopped must.
  func noteListening(_ host: Int, for time: Interval, evenHolding: Bool) {
    let local = hosts[host].clock.local(now)
    for group in groups.indices where evenHolding || !hosts[host].roles[group].holds {
      let place = host * groups.count + group
      let former = hasHeardAll(host, group) ? local : ledger.listensUntil[place]
      ledger.listensUntil[place] = max(former, local + time)
      ledger.heardSince[place] = 0
    }
  }

  /// While its own former session is played to it a node takes nothing, preferred or not: somebody else may have its name.
  private func noteNamesake(_ envelope: DatagramPool.Envelope, heardBy host: Int) {
    if envelope.session != hosts[host].session, isNews(envelope, to: host), !ledger.isSettled { prolongUnrest() }
  }

  /// Whether the host has not heard this of that session before; from now on it has.
  private func isNews(_ envelope: DatagramPool.Envelope, to host: Int) -> Bool {
    let key = Ledger.key(host, envelope.session)
    guard envelope.sequence > ledger.overtaken[key, default: 0] else { return false }
    ledger.overtaken[key] = envelope.sequence
    return true
  }

  /// Whoever has the key can deceive this host for as long as the longest silence that is borne with.
  private func noteForged(_ envelope: DatagramPool.Envelope, for host: Int) {
    let place = host * hosts.count + Int(envelope.sender)
    ledger.doubts[place] = 2
    // As long as nothing is proven, no echo tells later words from what was forged.
    if ledger.accepted[place] == 0 { ledger.accepted[place] = 1 }
    ledger.forgedUntil = now + ledger.bounds.deception
    // It bridges a cut as a recording does: nobody notices that it heals.
    ledger.playedAt[host] = now
    prolongUnrest()
  }

  /// A true word after a forged one. Who does not hear this host echoes nothing newer, and is not believed until it does
  /// (docs/protocol.md, chapter 3).
  private func noteDoubted(_ place: Int, hears: Bool) {
    if hears {
      ledger.doubts[place] -= 1
    } else {
      ledger.forgedUntil = now + ledger.bounds.deception
    }
  }

  @inline(__always) func noteHeard(_ envelope: DatagramPool.Envelope, by host: Int, arrived: Instant) {
    let sender = Int(envelope.sender)
    if sender == host { return noteNamesake(envelope, heardBy: host) }
    // What was lost before cannot be told from what was only delayed.
    for group in 0..<ledger.groups { ledger.heardSince[host * ledger.groups + group] |= 1 << UInt32(sender) }
    if envelope.isForged { return noteForged(envelope, for: host) }
    let place = host * hosts.count + sender
    // A former session that is played again occupies the place of the new one until it is dead.
    if envelope.isReplayed, !knows(host, sender) { ledger.acquaintedAt[sender] = now + ledger.bounds.acquaintance }
    if !envelope.isReplayed, ledger.doubts[place] > 0 { noteDoubted(place, hears: passesHeartbeats(host, sender)) }
    let former = ledger.heard[place]
    // A recording of what was not heard before is as good as a late heartbeat, within the same session.
    if envelope.isReplayed, former.session != envelope.session {
      // It holds a claim back, once.
      if envelope.isRepeated, isNews(envelope, to: host), !ledger.isSettled { prolongUnrest() }
      return
    }
    if former.session == envelope.session {
      if former.sequence >= envelope.sequence { return }
    } else {
      if former.session != 0 { ledger.overtaken[Ledger.key(host, former.session)] = former.sequence }
      // Another session has been heard since, but of this one something newer before.
      if ledger.overtaken[Ledger.key(host, envelope.session), default: 0] >= envelope.sequence { return }
    }
    if envelope.isReplayed { ledger.playedAt[host] = now }
    // Said before the sender's end, and under way for so long that its new session was proven first.
    if envelope.session != hosts[sender].session, knows(host, sender) { return }
    // A word under another name says nothing of the group: what the same agent has said before holds, unless it was dead meanwhile or
    // says goodbye.
    let named = ~(envelope.renamed ^ hosts[host].renamed)
    let isOngoing = former.session == envelope.session && arrived - former.at < former.deadtime
    let kept = isOngoing && !envelope.isGoodbye ? ~named : 0
    ledger.heard[place] = Ledger.Hearing(
      at: arrived, deadtime: envelope.deadtime, holding: envelope.holding & named | former.holding & kept,
      keeping: envelope.keeping & named | former.keeping & kept, session: envelope.session,
      sequence: envelope.sequence, isRestarting: envelope.isRestarting)
  }
}

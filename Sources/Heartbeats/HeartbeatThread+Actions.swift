import Engine
import Linux
import Support
import TakeoverCore
import Wire

/// What the heartbeat thread does.
extension HeartbeatThread {
  func handle(_ event: Event, at now: Instant) {
    actions.clear()
    generation.core.handle(event, at: now, into: &actions)
    execute(at: now)
  }

  func execute(at now: Instant) {
    for action in actions.all {
      switch action {
      case .sendHeartbeat: beat(at: now)
      case .addAddresses(let group, let term):
        let tag = tag(group)
        busyWait.stay(until: now + BusyWait.patience)
        if !orders.post(.hold(tag, term: term)) { failures.append(.addressesFailed(group, term: term)) }
      case .removeAddresses(let group): _ = orders.post(.letGo(tag(group)))
      case .announce(let group, let term): _ = orders.post(.announce(tag(group), term: term))
      case .defend(let group): _ = orders.post(.defend(tag(group)))
      case .probe(let group, let hardware):
        if !prober.probe(group, at: hardware ?? .broadcast) { failures.append(.unasked(group)) }
      case .echo(let group, let hardware):
        if !prober.echo(group, at: hardware, at: now) { failures.append(.unechoed(group, hardware)) }
      case .dropped(let reason):
        lastDrop = reason
        drop(reason, from: 0)
      case .report(.tookOver(let timeline)): post(.takeover(timeline))
      case .report(.unknownNode(let tag)): post(.strangerHeard(tag, source: source))
      case .report(.namesake(let session)): post(.namesakeHeard(session: session, source: source))
      case .report(.usurped(let group, let hardware, defended: false)):
        // Each frame of a stranger makes one: a flood of them must not crowd out what this node does.
        guard now >= usurpedQuietUntil else { continue }
        usurpedQuietUntil = now + Self.usurpedPause
        post(.report(.usurped(group, by: hardware, defended: false), at: now))
      case .report(let report):
        if case .transitioned(let group, from: .owner, to: .releasing, _, term: _) = report {
          _ = orders.post(.silence(tag(group)))
        }
        post(asker.map { .ordered(report, at: now, by: $0) } ?? .report(report, at: now))
        if let ticket { tell(report, under: ticket) }
      case .finished: post(.finished)
      }
    }
    tellFailures(at: now)
  }

  /// Only when all actions are done: what follows from a failure comes after what followed from its cause, and the list
  /// of actions is one.
  func tellFailures(at now: Instant) {
    guard failures.count > 0 else { return }
    let told = failures
    failures = Self.noFailures
    for place in 0..<told.count { handle(told[place].event, at: now) }
  }

  func tell(_ report: Report, under ticket: UInt32) {
    switch report {
    case .accepted(let group, let request): post(.decided(ticket: ticket, request, group, nil))
    case .refused(let group, let request, let refusal): post(.decided(ticket: ticket, request, group, refusal))
    default: return
    }
  }

  func tag(_ group: GroupIndex) -> Tag { generation.groups[Int(group.position)].tag }

  func beat(at now: Instant) {
    let heartbeat = generation.core.composeHeartbeat(at: now)
    outgoingLength = generation.authenticator.seal(heartbeat, into: outgoing)
    hasSpoken = true
    for place in generation.links.indices {
      guard let link = generation.links[place] else { continue }
      let datagram = UnsafeRawBufferPointer(rebasing: outgoing[..<outgoingLength])
      note(link.socket.send(datagram, from: link.source ?? .any), of: link, at: place)
    }
    counters.sent.add(1, ordering: .relaxed)
  }

  /// Reports a link's failure when it begins, when it changes and when it ends, not with every beat.
  func note(_ failure: Errno?, of link: HeartbeatLink, at place: Int) {
    guard failure != link.failure else { return }
    link.failure = failure
    if let failure {
      post(.sendFailed(link: place, errno: failure.rawValue))
    } else {
      post(.sendRecovered(link: place))
    }
  }
}

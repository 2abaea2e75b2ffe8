import Configuration
import Engine
import Linux
import Support
import TakeoverCore
import Wire

/// What the heartbeat thread is told by the other threads.
extension HeartbeatThread {
  func obey(_ command: HeartbeatCommand) {
    switch command {
    case .adopt(let reference): adopt(reference.generation)
    case .toggleStandby(let asker):
      self.asker = asker
      handle(generation.core.isOnStandbyForAll ? .available : .standby, at: .now)
      self.asker = nil
    case .request(let request, let tag, let force, let ticket, let asker):
      self.asker = asker
      ask(request, tag, force: force, ticket: ticket)
      self.asker = nil
    case .snapshot(let reference):
      generation.core.snapshot(into: &reference.room.snapshot, at: .now)
      snapshotTaken = .snapshotTaken(reference, number: generation.number)
    case .stop: handle(.stop, at: .now)
    case .restart: handle(.restart, at: .now)
    case .exit: isDone = true
    }
  }

  /// Hands in what the operator asks for; what the core decides is said under the ticket.
  func ask(_ request: Request, _ tag: Tag, force: Bool, ticket: UInt32) {
    let group = group(tag)
    if group != nil || tag == .none {
      self.ticket = ticket
      handle(.request(request, group, force: force), at: .now)
      self.ticket = nil
    }
    post(.decided(ticket: ticket, request, nil, nil))
  }

  func take(_ notice: AddressNotice) {
    let now = Instant.now
    switch notice {
    case .added(let tag, let term, let at):
      if let group = group(tag) { handle(.addressesAdded(group, term: term, at: at), at: now) }
    case .failed(let tag, let term): if let group = group(tag) { handle(.addressesFailed(group, term: term), at: now) }
    case .removed(let tag): if let group = group(tag) { handle(.addressesRemoved(group), at: now) }
    case .lost(let tag): if let group = group(tag) { handle(.addressesLost(group), at: now) }
    case .announced(let tag, let term, let at):
      if let group = group(tag) { handle(.announced(group, term: term, at: at), at: now) }
    case .leased(let tag, let until): if let group = group(tag) { handle(.leased(group, until: until), at: now) }
    case .found(let tag): if let group = group(tag) { handle(.addressesFound(group), at: now) }
    case .probeSource(let place, let index, let hardware, let address):
      learn(ProbeSocket.ProbeSource(index: index, hardware: hardware, address: address), of: place, at: now)
    case .source(let place, let address): send(from: address, onLink: place)
    case .linkUp(let tag): if let group = group(tag) { handle(.linkUp(group), at: now) }
    case .linkDown(let tag): if let group = group(tag) { handle(.linkDown(group), at: now) }
    case .hearing: handle(.hearing, at: now)
    case .deaf: handle(.deaf, at: now)
    case .surveyed: handle(.started, at: now)
    }
  }

  /// A device can be asked from, or no longer.
  private func learn(_ probeSource: ProbeSocket.ProbeSource, of place: Int, at now: Instant) {
    do throws(SystemError) {
      handle(.hardware(try prober.take(probeSource, of: place)), at: now)
    } catch {
      post(.listenFailed(link: nil, errno: error.errno.rawValue))
    }
  }

  private func send(from address: IPv4Number, onLink place: Int) {
    guard generation.links.indices.contains(place), let link = generation.links[place], link.source != address else {
      return
    }
    link.source = address
    post(.sourceChanged(link: place, address: address))
  }

  func group(_ tag: Tag) -> GroupIndex? {
    generation.groups.firstIndex { $0.tag == tag }.map { GroupIndex($0) }
  }

  /// Goes over to another configuration between two heartbeats. The address thread hears of it before it hears of
  /// anything that follows from it.
  func adopt(_ next: Generation) {
    rewatch(generation.links, next.links)
    do throws(SystemError) {
      try prober.adopt(next)
      for link in next.links.compactMap(\.self) {
        try link.martians.hear(from: next.probes.all, port: link.port, of: next.clusterTag)
        // What it was closed for may be what the next generation wants.
        if next.clusterTag != generation.clusterTag { link.reopen() }
      }
    } catch {
      post(.listenFailed(link: nil, errno: error.errno.rawValue))
    }
    actions.clear()
    let now = Instant.now
    next.core.succeed(
      generation.core, inheriting: next.heirs, trusting: next.trustedKeys, at: now, into: &actions)
    let former = generation
    generation = next
    reading = Reading(keepalive: Interval(next.configuration.heartbeat.keepalive))
    rewatch()
    _ = orders.post(.adopt(GenerationReference(next)))
    post(.adopted(number: next.number))
    execute(at: now)
    // A new group says at once that it has its link: a first heartbeat without it would have a worse node take the
    // group.
    for newcomer in next.newcomers where former.core.hasLink(newcomer.sharesLinkOf) {
      handle(.linkUp(newcomer.group), at: now)
    }
    handle(.timer, at: now)
  }

  /// Links are watched under their place in the generation; those that both generations have at the same place stay.
  func rewatch(_ former: [HeartbeatLink?], _ next: [HeartbeatLink?]) {
    for (place, link) in former.enumerated() where place >= next.count || next[place] !== link {
      if let link { poller.forget(link.socket.descriptor.raw) }
    }
    for (place, link) in next.enumerated() where place >= former.count || former[place] !== link {
      guard let link else { continue }
      do throws(SystemError) {
        try poller.watch(link.socket.descriptor.raw, as: UInt32(place))
      } catch {
        post(.listenFailed(link: place, errno: error.errno.rawValue))
      }
    }
  }
}

import Engine
import Glibc
import Linux
import Support
import TakeoverCore
import Wire

/// What the heartbeat thread hears.
extension HeartbeatThread {
  /// Has the sockets wake this thread up as ``Reading`` says.
  func rewatch() {
    for place in generation.links.indices {
      guard let link = generation.links[place] else { continue }
      // They are watched already, so there is nothing that the kernel could refuse.
      try? poller.rewatch(
        link.socket.descriptor.raw, for: reading.mode == .watched ? .input : [], as: UInt32(place))
    }
    let answers: Poller.Interest = reading.mode == .flooded ? [] : .input
    try? poller.rewatch(prober.socket.arp.raw, for: answers, as: Self.arpToken)
    try? poller.rewatch(prober.socket.icmp.raw, for: answers, as: Self.icmpToken)
  }

  /// Takes packets off a socket until nothing is left or the turn is over. One call that leaves room in the batch has
  /// taken everything, unless the socket had an error to tell in between.
  /// - Parameters:
  ///   - end: nothing that has arrived later need be heard, and everything that has arrived earlier shall be.
  ///   - hear: hears the packet of this place in the batch.
  private func read(
    _ source: Reading.Source, on descriptor: borrowing Descriptor, until end: Instant? = nil, _ hear: (Int) -> Void
  ) {
    let start = Instant.now
    var turn = Turn(
      of: Self.burst / PacketBatch.capacity,
      until: start + (end == nil ? reading.budget(of: source, at: start) : reading.period))
    var count = 0
    var isComplete = false
    while !isComplete, turn.goesOn() {
      // The device went down, say: the address thread says so with more words, and what came before can still be read.
      let failure = packets.fill(from: descriptor)
      for place in 0..<packets.count { hear(place) }
      count += packets.count
      if let end {
        isComplete = failure == nil && packets.count == 0 || packets.count > 0 && packets.hasArrived(after: end)
      } else {
        isComplete = failure == nil && !packets.isFull
      }
    }
    reading.note(source, from: start, to: .now, packets: count, isComplete: isComplete)
  }

  /// Hears what has arrived on a link.
  /// - Parameter end: all that had arrived by then is heard for certain, as far as a turn goes.
  func drain(link place: Int, at now: Instant, until end: Instant? = nil) {
    guard generation.links.indices.contains(place), let link = generation.links[place] else { return }
    read(.heartbeats, on: link.socket.descriptor, until: end) { index in
      let source = packets.source(of: index)
      if let datagram = packets[index] {
        receive(datagram, on: link, from: source, arrived: packets.arrival(of: index), at: now)
      } else {
        dropJunk(.length, on: link, from: source)
      }
    }
  }

  /// The kernel has given this host its own broadcast by the time it has sent it. Taken at once, it wakes nobody.
  func hearCopies() {
    hasSpoken = false
    let now = Instant.now
    for place in generation.links.indices { drain(link: place, at: now) }
  }

  /// Whether this is what was said last, byte by byte, and so needs no proof.
  private func isCopy(_ datagram: UnsafeRawBufferPointer) -> Bool {
    guard let heard = datagram.baseAddress, let said = outgoing.baseAddress else { return false }
    return datagram.count == outgoingLength && memcmp(heard, said, outgoingLength) == 0
  }

  private func receive(
    _ datagram: UnsafeRawBufferPointer, on link: HeartbeatLink, from source: UInt32, arrived: Instant, at now: Instant
  ) {
    if isCopy(datagram) {
      counters.received.add(1, ordering: .relaxed)
      return counters.count(.ownEcho)
    }
    do throws(DropReason) {
      let heartbeat = try generation.authenticator.open(datagram, of: generation.clusterTag)
      counters.received.add(1, ordering: .relaxed)
      prober.note(source: source, of: heartbeat.node)
      self.source = source
      lastDrop = nil
      actions.clear()
      generation.core.hear(heartbeat, arrived: arrived, at: now, into: &actions)
      execute(at: now)
      // A copy counts for its own link; what may be a recording counts for none.
      if lastDrop == nil || lastDrop == .notNewer {
        link.arrivals.note(heartbeat, at: generation.core.credible(arrived, at: now), warntime: generation.warntime)
      }
    } catch {
      switch error {
      case .length, .notOurs, .version, .cluster: dropJunk(error, on: link, from: source)
      default: drop(error, from: source, as: HeartbeatCodec.node(in: datagram))
      }
    }
  }

  func hearARP(at now: Instant) {
    read(.answers, on: prober.socket.arp) { index in
      guard let frame = packets[index],
        let (group, hardware) = prober.answer(in: frame, from: packets.device(of: index))
      else { return }
      handle(.answered(group, by: hardware), at: now)
    }
  }

  func hearEchoes(at now: Instant) {
    read(.answers, on: prober.socket.icmp) { index in
      guard let frame = packets[index],
        let (group, hardware) = prober.echoAnswer(in: frame, from: packets.device(of: index))
      else { return }
      handle(.echoed(group, by: hardware), at: now)
    }
  }

  func drop(_ reason: DropReason, from source: UInt32, as node: Tag = .none) {
    counters.count(reason)
    if let count = drops.count(reason, at: .now) { post(.dropped(reason, count: count, source: source, node: node)) }
  }

  /// Drops what can be told without a key; while that comes in a flood the kernel does it.
  private func dropJunk(_ reason: DropReason, on link: HeartbeatLink, from source: UInt32) {
    drop(reason, from: source)
    if link.gate.note(at: .now) { try? generation.heartbeatFilter.attach(to: link.socket.descriptor) }
  }

  // MARK: - Once a second

  /// Looks at what is seldom worth a look, and must not be able to wake anybody up.
  func lookAround(at now: Instant) {
    nextRound = now + Self.nap
    if now >= prober.echoDeadline { try? prober.closeEchoes() }
    for place in generation.links.indices {
      guard let link = generation.links[place] else { continue }
      if link.gate.opens(at: now) { SocketFilter.detach(from: link.socket.descriptor) }
      noteUnread(of: link)
      hearMartians(on: link, at: place)
    }
  }

  /// Counts what the kernel has dropped: the socket was full, or its filter did it.
  private func noteUnread(of link: HeartbeatLink) {
    let dropped = link.socket.dropped
    counters.count(.unread, times: UInt64(dropped &- link.unread))
    link.unread = dropped
  }

  /// One of those that the kernel drops because they seem to come from this host is enough to tell.
  private func hearMartians(on link: HeartbeatLink, at place: Int) {
    guard let heard = link.martians.next(into: incoming),
      let heartbeat = try? generation.authenticator.open(heard.payload, of: generation.clusterTag),
      generation.nodeTags.contains(heartbeat.node), heartbeat.node != generation.nodeTags[Int(generation.me.position)]
    else { return }
    post(.martian(link: place, node: heartbeat.node, hardware: heard.hardware, source: heard.source))
  }
}

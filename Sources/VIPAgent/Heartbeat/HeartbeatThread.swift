import Glibc
import Linux
import TakeoverCore

/// The thread that beats.
///
/// **Runs here:** the heartbeat sockets, the probe sockets, the timer, ``TakeoverCore``. **Never here:** netlink, a file,
/// the log, a lock, an allocation after the start: whatever takes long somewhere else would be a missed heartbeat, and
/// so a failover for nothing. **In:** `commands` from the main thread, `notices` from the address thread. **Out:**
/// `orders` to the address thread, `reports` to the main thread; both are dropped and counted rather than waited for
/// when full.
///
/// `orders` cannot fill up unless the address thread hangs for good: the core has at most two orders a group under way, and
/// one more in ten seconds.
/// An order that is refused all the same is answered with a failure, as if the kernel had refused. A report that is
/// refused is a line missing in the log, and counted.
final class HeartbeatThread: @unchecked Sendable {
  private static let timerToken: UInt32 = 100, commandToken: UInt32 = 101, noticeToken: UInt32 = 102
  private static let arpToken: UInt32 = 103, icmpToken: UInt32 = 104
  /// Datagrams taken from one socket before the others and the timer get their turn: more than all nodes together send
  /// in a deadtime, and few enough that a flood does not hold up a beat.
  private static let burst = 512
  /// How often the thread looks at the clock at least that goes on while the machine is suspended.
  private static let nap = Interval.seconds(1)
  /// More datagrams in a keepalive than the nodes can send: a flood, which would fill a socket that is read now and then.
  private static let crowd = 128
  /// Between two reports of a stranger's claims.
  private static let usurpedPause = Interval.seconds(1)

  let commands: Mailbox<HeartbeatCommand>
  let reports: Mailbox<HeartbeatNotice>
  private let notices: Mailbox<AddressNotice>
  private let orders: Mailbox<AddressOrder>

  private let pulse: Pulse
  private var plan: Plan
  private var prober: Prober
  private let poller: Poller
  /// Ends the wait after a suspend: the wait's own limit does not count that time.
  private let timer: TimerDescriptor
  private var awakeUntil = Instant.origin
  private var attention = Attention()
  private var actions = ActionList()
  private var drops = DropLog()
  /// Why the core did not take the last heartbeat into account; nil where it did.
  private var lastDrop: DropReason?
  /// A stranger's claim that is not answered is not reported again before.
  private var usurpedQuietUntil = Instant.origin
  private var isDone = false
  /// Reports lie in the mailbox of which the main thread was not told yet.
  private var hasReported = false
  /// Of the operator's request that the core is deciding on.
  private var ticket: UInt32?
  private let outgoing = UnsafeMutableRawBufferPointer.allocate(
    byteCount: HeartbeatCodec.maximumLength, alignment: 16)
  /// Of the heartbeat in `outgoing`.
  private var outgoingLength = 0
  /// A heartbeat was said, and its copies lie in the sockets already.
  private var hasSpoken = false
  /// The heartbeat sockets wake the thread up; otherwise it reads them whenever it is awake.
  private var isWatching = true
  private var watchedUntil = Instant.origin
  private var datagrams = DatagramBatch()
  private let incoming = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)
  let counters = Counters()

  init(
    plan: Plan, pulse: Pulse, notices: Mailbox<AddressNotice>, orders: Mailbox<AddressOrder>
  ) throws(SystemError) {
    self.plan = plan
    self.pulse = pulse
    prober = try Prober(plan: plan)
    self.notices = notices
    self.orders = orders
    commands = try Mailbox(capacity: 64)
    reports = try Mailbox(capacity: 1024)
    poller = try Poller()
    timer = try TimerDescriptor()
    try poller.watch(timer.descriptor.raw, as: Self.timerToken)
    try poller.watch(commands.wakeup.descriptor.raw, as: Self.commandToken)
    try poller.watch(notices.wakeup.descriptor.raw, as: Self.noticeToken)
    try poller.watch(prober.socket.arp.raw, as: Self.arpToken)
    try poller.watch(prober.socket.icmp.raw, as: Self.icmpToken)
    for (place, link) in plan.links.enumerated() {
      if let link { try poller.watch(link.socket.descriptor.raw, as: UInt32(place)) }
    }
  }

  deinit {
    outgoing.deallocate()
    incoming.deallocate()
  }

  /// The thread's life.
  func run() {
    Realtime.prefaultStack(bytes: 64 << 10)
    incoming.initializeMemory(as: UInt8.self, repeating: 0)
    outgoing.initializeMemory(as: UInt8.self, repeating: 0)
    if plan.configuration.heartbeat.realtime { enterRealtime(priority: plan.configuration.heartbeat.rtprio) }
    while !isDone {
      var woken: Instant?
      poller.wait(nanoseconds: timeToDeadline()) { token in
        let now = woken ?? wakeUp()
        woken = now
        switch token {
        case Self.timerToken: break
        case Self.commandToken: commands.wakeup.clear()
        case Self.noticeToken: notices.wakeup.clear()
        case Self.arpToken: hearARP(at: now)
        case Self.icmpToken: hearEchoes(at: now)
        default: drain(link: Int(token), at: now)
        }
      }
      if woken == nil { _ = wakeUp() }
      obey()
      letTimePass()
      if hasSpoken, isWatching { hearCopies() }
      if hasReported { wakeMainThread() }
      watch(!plan.core.mayHearLater || .now < watchedUntil)
    }
  }

  /// What has arrived is heard before anything else.
  private func wakeUp() -> Instant {
    let now = Instant.now
    guard !isWatching else { return now }
    var count = 0
    for place in plan.links.indices { count += drain(link: place, at: now) }
    if count > Self.crowd { watchedUntil = now + Self.nap }
    return now
  }

  /// Has the heartbeat sockets wake this thread up, or not.
  private func watch(_ isWatching: Bool) {
    guard isWatching != self.isWatching else { return }
    self.isWatching = isWatching
    for place in plan.links.indices {
      guard let link = plan.links[place] else { continue }
      // It is watched already, so there is nothing that the kernel could refuse.
      try? poller.rewatch(link.socket.descriptor.raw, for: isWatching ? .input : [], as: UInt32(place))
    }
  }

  /// Time passes only when everything that has arrived was heard. This thread may have been held up since it looked, so
  /// it looks again before time decides anything; before a mere beat it need not.
  private func letTimePass() {
    let now = Instant.now
    if now >= plan.core.nextJudgement {
      for place in plan.links.indices { drain(link: place, at: now, toTheEnd: true) }
      hearARP(at: now)
      hearEchoes(at: now)
    }
    if now >= plan.core.nextDeadline { handle(.timer, at: now) }
    pulse.beat(at: now.nanoseconds)
  }

  private func enterRealtime(priority: Int) {
    do throws(SystemError) {
      try Realtime.enter(priority: priority)
    } catch {
      post(.realtimeRefused(errno: error.errno.rawValue))
    }
  }

  /// How long the thread may wait, in nanoseconds.
  private func timeToDeadline() -> Int64 {
    let now = Instant.now
    if now >= awakeUntil {
      awakeUntil = now + Self.nap
      timer.arm(at: awakeUntil.nanoseconds)
    }
    if attention.isAwake(at: now) { return 0 }
    var deadline = plan.core.nextDeadline
    // While heartbeats come, the next beat is always earlier than anything that time could decide.
    if plan.core.nextJudgement - Attention.lead <= deadline {
      let decision = plan.core.nextDecision
      // At warntime, too: from then on the wire is asked at even intervals, the last of which ends at the deadline.
      deadline = min(deadline, attention.begin(of: plan.core.nextJudgement))
      if now >= attention.begin(of: decision), attention.turn(to: decision) {
        pulse.expectOrder(until: (decision + Attention.patience).nanoseconds)
        orders.wakeup.signal()
      }
    }
    return deadline == .never ? -1 : max((deadline - now).nanoseconds, 0)
  }

  // MARK: - In

  /// Hears what has arrived on a link. One call that leaves room in the batch has taken everything, unless the socket
  /// had an error to tell in between.
  /// - Parameter toTheEnd: goes on until nothing is left for certain.
  /// - Returns: how many datagrams there were.
  @discardableResult
  private func drain(link place: Int, at now: Instant, toTheEnd: Bool = false) -> Int {
    guard plan.links.indices.contains(place), let link = plan.links[place] else { return 0 }
    var count = 0
    for _ in 0..<Self.burst / DatagramBatch.capacity {
      // The device went down, say: the address thread says so with more words, and what came before can still be read.
      let failure = link.socket.receive(into: &datagrams)
      for index in 0..<datagrams.count {
        let source = datagrams.source(of: index)
        if let datagram = datagrams[index] {
          receive(datagram, on: link, from: source, arrived: datagrams.arrival(of: index), at: now)
        } else {
          drop(.length, from: 0)
        }
      }
      count += datagrams.count
      if failure == nil, toTheEnd ? datagrams.count == 0 : !datagrams.isFull { break }
    }
    return count
  }

  /// The kernel has given this host its own broadcast by the time it has sent it. Taken at once, it wakes nobody.
  private func hearCopies() {
    hasSpoken = false
    let now = Instant.now
    for place in plan.links.indices { drain(link: place, at: now) }
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
      let heartbeat = try plan.authenticator.open(datagram, of: plan.clusterTag)
      counters.received.add(1, ordering: .relaxed)
      prober.note(source: source, of: heartbeat.node)
      lastDrop = nil
      actions.clear()
      plan.core.hear(heartbeat, arrived: arrived, at: now, into: &actions)
      execute(at: now)
      // A copy counts for its own link; what may be a recording counts for none.
      if lastDrop == nil || lastDrop == .notNewer {
        link.arrivals.note(heartbeat, at: plan.core.credible(arrived, at: now), warntime: plan.warntime)
      }
    } catch {
      drop(error, from: source, as: HeartbeatCodec.node(in: datagram))
    }
  }

  private func hearARP(at now: Instant) {
    for _ in 0..<Self.burst {
      guard let packet = prober.socket.nextARP(into: incoming) else { return }
      guard case .success(let arp) = packet, let group = plan.probes.group(of: arp.senderProtocol) else { continue }
      handle(.answered(group, by: arp.senderHardware), at: now)
    }
  }

  private func hearEchoes(at now: Instant) {
    while let (hardware, sequence) = prober.socket.nextEcho(into: incoming) {
      guard Int(sequence) < plan.groups.count else { continue }
      handle(.echoed(GroupIndex(Int(sequence)), by: hardware), at: now)
    }
  }

  private func drop(_ reason: DropReason, from source: UInt32, as node: Tag = .none) {
    counters.count(reason)
    if let count = drops.count(reason, at: .now) { post(.dropped(reason, count: count, source: source, node: node)) }
  }

  private func obey() {
    while let notice = notices.take() { take(notice) }
    while let command = commands.take() {
      switch command {
      case .adopt(let reference): adopt(reference.plan)
      case .toggleStandby: handle(plan.core.isOnStandbyForAll ? .available : .standby, at: .now)
      case .request(let request, let tag, let force, let ticket): ask(request, tag, force: force, ticket: ticket)
      case .snapshot(let reference):
        plan.core.snapshot(into: &reference.room.snapshot, at: .now)
        post(.snapshotTaken(reference, generation: plan.generation))
      case .stop: handle(.stop, at: .now)
      case .restart: handle(.restart, at: .now)
      case .exit: isDone = true
      }
    }
  }

  /// Hands in what the operator asks for; what the core decides is said under the ticket.
  private func ask(_ request: Request, _ tag: Tag, force: Bool, ticket: UInt32) {
    let group = group(tag)
    if group != nil || tag == .none {
      self.ticket = ticket
      handle(.request(request, group, force: force), at: .now)
      self.ticket = nil
    }
    post(.decided(ticket: ticket, request, nil, nil))
  }

  private func take(_ notice: AddressNotice) {
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
    case .vantage(let place, let index, let hardware, let address):
      let vantage = ProbeSocket.Vantage(index: index, hardware: hardware, address: address)
      handle(.hardware(prober.take(vantage, of: place)), at: now)
    case .linkUp(let tag): if let group = group(tag) { handle(.linkUp(group), at: now) }
    case .linkDown(let tag): if let group = group(tag) { handle(.linkDown(group), at: now) }
    case .hearing: handle(.hearing, at: now)
    case .deaf: handle(.deaf, at: now)
    case .surveyed: handle(.started, at: now)
    }
  }

  private func group(_ tag: Tag) -> GroupIndex? {
    plan.groups.firstIndex { $0.tag == tag }.map { GroupIndex($0) }
  }

  /// Goes over to another configuration between two heartbeats. The address thread hears of it before it hears of
  /// anything that follows from it.
  private func adopt(_ next: Plan) {
    watch(true)
    rewatch(plan.links, next.links)
    do throws(SystemError) {
      try prober.adopt(next)
    } catch {
      post(.sendFailed(link: 0, errno: error.errno.rawValue))
    }
    actions.clear()
    let now = Instant.now
    next.core.succeed(plan.core, at: now, into: &actions)
    let former = plan
    plan = next
    _ = orders.post(.adopt(PlanReference(next)))
    post(.adopted(generation: next.generation))
    execute(at: now)
    // A new group says at once that it has its link: a first heartbeat without it would have a worse node take the group.
    for newcomer in next.newcomers where former.core.hasLink(newcomer.sharesLinkOf) {
      handle(.linkUp(newcomer.group), at: now)
    }
    handle(.timer, at: now)
  }

  /// Links are watched under their place in the plan; those that both plans have at the same place stay.
  private func rewatch(_ former: [HeartbeatLink?], _ next: [HeartbeatLink?]) {
    for (place, link) in former.enumerated() where place >= next.count || next[place] !== link {
      if let link { poller.forget(link.socket.descriptor.raw) }
    }
    for (place, link) in next.enumerated() where place >= former.count || former[place] !== link {
      guard let link else { continue }
      do throws(SystemError) {
        try poller.watch(link.socket.descriptor.raw, as: UInt32(place))
      } catch {
        post(.sendFailed(link: place, errno: error.errno.rawValue))
      }
    }
  }

  // MARK: - Out

  private func handle(_ event: Event, at now: Instant) {
    actions.clear()
    plan.core.handle(event, at: now, into: &actions)
    execute(at: now)
  }

  private func execute(at now: Instant) {
    for action in actions.all {
      switch action {
      case .sendHeartbeat: beat(at: now)
      case .addAddresses(let group, let term):
        let tag = tag(group)
        attention.stay(until: now + Attention.patience)
        if !orders.post(.hold(tag, term: term)) { take(.failed(tag, term: term)) }
      case .removeAddresses(let group): _ = orders.post(.letGo(tag(group)))
      case .announce(let group, let term): _ = orders.post(.announce(tag(group), term: term))
      case .defend(let group): _ = orders.post(.defend(tag(group)))
      case .probe(let group, let hardware): prober.probe(group, at: hardware ?? .broadcast)
      case .echo(let group, let hardware): prober.echo(group, at: hardware)
      case .dropped(let reason):
        lastDrop = reason
        drop(reason, from: 0)
      case .report(.tookOver(let timeline)): post(.takeover(timeline))
      case .report(.usurped(let group, let hardware, defended: false)):
        // Each frame of a stranger makes one: a flood of them must not crowd out what this node does.
        guard now >= usurpedQuietUntil else { continue }
        usurpedQuietUntil = now + Self.usurpedPause
        post(.report(.usurped(group, by: hardware, defended: false), at: now))
      case .report(let report):
        if case .transitioned(let group, from: .owner, to: .releasing, _, term: _) = report {
          _ = orders.post(.silence(tag(group)))
        }
        post(.report(report, at: now))
        if let ticket { tell(report, under: ticket) }
      case .finished: post(.finished)
      }
    }
  }

  private func tell(_ report: Report, under ticket: UInt32) {
    switch report {
    case .accepted(let group, let request): post(.decided(ticket: ticket, request, group, nil))
    case .refused(let group, let request, let refusal): post(.decided(ticket: ticket, request, group, refusal))
    default: return
    }
  }

  private func tag(_ group: GroupIndex) -> Tag { plan.groups[Int(group.position)].tag }

  private func beat(at now: Instant) {
    let heartbeat = plan.core.composeHeartbeat(at: now)
    outgoingLength = plan.authenticator.seal(heartbeat, into: outgoing)
    hasSpoken = true
    for place in plan.links.indices {
      guard let link = plan.links[place] else { continue }
      note(link.socket.send(UnsafeRawBufferPointer(rebasing: outgoing[..<outgoingLength])), of: link, at: place)
    }
    counters.sent.add(1, ordering: .relaxed)
  }

  /// Reports a link's failure when it begins, when it changes and when it ends, not with every beat.
  private func note(_ failure: Errno?, of link: HeartbeatLink, at place: Int) {
    guard failure != link.failure else { return }
    link.failure = failure
    if let failure {
      post(.sendFailed(link: place, errno: failure.rawValue))
    } else {
      post(.sendRecovered(link: place))
    }
  }

  /// The main thread is told when everything else is done: to wake it takes as long as to say a heartbeat.
  private func post(_ notice: HeartbeatNotice) {
    if reports.put(notice) { hasReported = true }
  }

  private func wakeMainThread() {
    hasReported = false
    reports.wakeup.signal()
  }
}

import TakeoverCore

/// The agent's heartbeat thread: everything that reaches the core, and what becomes of its actions.
extension World {
  /// So many datagrams fit into a socket.
  private static let socketRoom = 1024

  // MARK: - In

  func hear(_ what: Occurrence) {
    let host = Int(what.host)
    let place = Int(what.value)
    guard hosts[host].isUp, hosts[host].core != nil, what.life == 0 || what.life == hosts[host].life,
      what.life != 0 || hosts[host].hasCarrier && hosts[host].hasHearing
    else { return pool.release(place) }
    if hosts[host].heldUpUntil > now { return wait(what) }
    let hasWaited = what.life != 0
    if hasWaited { hosts[host].waiting -= 1 }
    let local = hosts[host].clock.local(now)
    // How long it has waited while the thread was held up is nobody's guess but the core's.
    let arrived = hasWaited ? local - hosts[host].cluster.keepalive : local
    if hosts[host].askCore({ $0.mayHearLater }) == true {
      guard hosts[host].unread.count < Self.socketRoom else { return pool.release(place) }
      return hosts[host].unread.append(Unread(place: place, arrived: arrived))
    }
    read(place, by: host, arrived: arrived)
  }

  /// Reads what has been left in the sockets, as the thread does first when it wakes up.
  private func readAll(_ host: Int) {
    guard !hosts[host].unread.isEmpty else { return }
    let unread = hosts[host].unread
    hosts[host].unread = []
    for one in unread {
      if hosts[host].core == nil { pool.release(one.place) } else { read(one.place, by: host, arrived: one.arrived) }
    }
  }

  private func read(_ place: Int, by host: Int, arrived: Instant) {
    statistics.heard += 1
    noteHeard(pool.envelopes[place], by: host, arrived: arrived)
    let local = prepare(host)
    hosts[host].core?.hear(pool.heartbeats[place], arrived: arrived, at: local, into: &actions)
    if pool.heartbeats[place].flags.contains(.goodbye) { noteGoodbye(pool.envelopes[place], heardBy: host) }
    conclude(host, at: local, isTimer: false)
    pool.release(place)
  }

  /// In the socket, until the thread is run; what does not fit is lost.
  private func wait(_ what: Occurrence) {
    let host = Int(what.host)
    var later = what
    if what.life == 0 {
      guard hosts[host].waiting < Self.socketRoom else {
        return what.kind == .heartbeat ? pool.release(Int(what.value)) : ()
      }
      hosts[host].waiting += 1
      later.life = hosts[host].life
    }
    agenda.add(later, at: hosts[host].heldUpUntil.nanoseconds)
  }

  func hearFrame(_ what: Occurrence) {
    let host = Int(what.host)
    guard hosts[host].isUp, hosts[host].core != nil, what.life == 0 || what.life == hosts[host].life,
      what.life != 0 || hosts[host].hasCarrier
    else { return }
    if hosts[host].heldUpUntil > now { return wait(what) }
    if what.life != 0 { hosts[host].waiting -= 1 }
    guard let group = hosts[host].index(ofGroup: Int(what.group)) else { return }
    let hardware = EthernetAddress(rawValue: what.value)
    if what.kind == .echoed {
      deliver(.echoed(group, by: hardware), to: host)
    } else {
      deliver(.answered(group, by: hardware), to: host)
    }
  }

  /// A notice of the address thread, or a command.
  func hearMail(_ what: Occurrence) {
    let host = Int(what.host)
    guard hosts[host].life == what.life, hosts[host].core != nil, !mustWait(what) else { return }
    readAll(host)
    if what.kind.isCommand { return obey(what) }
    if let event = event(of: what, on: host) { deliver(event, to: host) }
  }

  /// While the thread is held up, and behind what waits already.
  private func mustWait(_ what: Occurrence) -> Bool {
    let host = Int(what.host)
    guard hosts[host].heldUpUntil > now || !hosts[host].mailbox.isEmpty else { return false }
    if hosts[host].mailbox.isEmpty { openMailboxLater(host) }
    hosts[host].mailbox.append(what)
    return true
  }

  /// A thread that wakes up reads its sockets before its mailboxes.
  private func openMailboxLater(_ host: Int) {
    let time = hosts[host].heldUpUntil.nanoseconds + 1_000
    agenda.add(Occurrence(kind: .mailbox, host: UInt8(host), life: hosts[host].life), at: time, isLate: true)
  }

  func emptyMailbox(_ what: Occurrence) {
    let host = Int(what.host)
    guard hosts[host].life == what.life else { return }
    if hosts[host].heldUpUntil > now { return openMailboxLater(host) }
    let waiting = hosts[host].mailbox
    hosts[host].mailbox = []
    for one in waiting { hearMail(one) }
  }

  private func event(of what: Occurrence, on host: Int) -> Event? {
    switch what.kind {
    case .hearing, .deaf:
      takeLink(host, link: hosts[host].knowsLink, hearing: what.kind == .hearing)
      return what.kind == .hearing ? .hearing : .deaf
    case .surveyed: return .started
    case .hardware:
      var hardware = HardwareList(filler: .zero)
      hardware.append(hosts[host].hardware)
      return .hardware(hardware)
    default: break
    }
    let number = Int(what.group)
    // Nobody knows the name any more under which it was ordered.
    guard let group = hosts[host].index(ofGroup: number), what.other == hosts[host].renamed >> UInt32(number) & 1
    else { return nil }
    switch what.kind {
    case .leased: return .leased(group, until: Instant(nanoseconds: Int64(bitPattern: what.value)))
    case .added:
      hosts[host].confirmed[number] = what.value
      return .addressesAdded(group, term: what.value, at: hosts[host].clock.local(now))
    case .failed:
      hosts[host].refused &= ~(1 << UInt32(number))
      return .addressesFailed(group, term: what.value)
    case .removed: return .addressesRemoved(group)
    case .lost: return .addressesLost(group)
    case .announced: return .announced(group, term: what.value, at: hosts[host].clock.local(now))
    case .found:
      hosts[host].untold &= ~(1 << UInt32(number))
      return .addressesFound(group)
    case .linkUp, .linkDown:
      takeLink(host, link: what.kind == .linkUp, hearing: hosts[host].knowsHearing)
      return what.kind == .linkUp ? .linkUp(group) : .linkDown(group)
    default: return nil
    }
  }

  private func takeLink(_ host: Int, link: Bool, hearing: Bool) {
    let was = hosts[host].knowsLink && hosts[host].knowsHearing
    hosts[host].knowsLink = link
    hosts[host].knowsHearing = hearing
    if !was, link && hearing { noteListening(host, for: initdead(of: host), evenHolding: false) }
  }

  private func obey(_ what: Occurrence) {
    let host = Int(what.host)
    switch what.kind {
    case .stop, .restart:
      if !hosts[host].isLeaving { hosts[host].isKeeping = what.kind == .restart }
      hosts[host].isLeaving = true
      deliver(what.kind == .stop ? .stop : .restart, to: host)
    case .standby: deliver(.standby, to: host)
    case .available: deliver(.available, to: host)
    case .reload: succeed(host)
    case .takeover: ask(.takeover, of: host, group: Int(what.group))
    case .failBack: ask(.failBack, of: host, group: Int(what.group))
    default: break
    }
  }

  /// Goes over to what the file says, between two heartbeats.
  private func succeed(_ host: Int) {
    guard let former = hosts[host].core else { return }
    // Whether it was held up is a matter of what it has promised so far.
    noteRun(host, at: hosts[host].clock.local(now))
    hosts[host].ranAt = hosts[host].clock.local(now)
    var core = TakeoverCore(cluster: hosts[host].file, session: former.currentSession)
    let (known, ranks) = (hosts[host].numbers, groups.indices.map { rank(of: host, for: $0) })
    let (names, renamed) = (hosts[host].cluster.groups.map(\.tag), hosts[host].renamed)
    hosts[host].cluster = hosts[host].file
    number(host)
    actions.clear()
    core.succeed(
      former, inheriting: heirs(on: host, of: known, named: names), at: hosts[host].clock.local(now), into: &actions)
    ledger.reloadedAt[host] = now
    noteRanks(of: host, formerly: ranks)
    if hosts[host].renamed != renamed { noteRenamed(host) }
    hosts[host].core = core
    order(.init(verb: .adopt, groups: hosts[host].renamed), of: host)
    carryOut(host)
    // A new group has the device of the others.
    if hosts[host].knowsLink, !known.isEmpty {
      for (place, number) in hosts[host].numbers.enumerated() where !known.contains(number) {
        deliver(.linkUp(GroupIndex(place)), to: host)
      }
    }
    deliver(.timer, to: host)
  }

  /// The groups whose names are new, each with the one that had its addresses.
  private func heirs(on host: Int, of known: [UInt8], named names: [Tag]) -> [Inheritance] {
    hosts[host].numbers.enumerated().compactMap { place, number in
      guard !names.contains(hosts[host].cluster.groups[place].tag), let former = known.firstIndex(of: number) else {
        return nil
      }
      return Inheritance(GroupIndex(place), of: GroupIndex(former))
    }
  }

  // MARK: - The core

  func deliver(_ event: Event, to host: Int) {
    readAll(host)
    guard hosts[host].core != nil else { return timers[host] = .max }
    let local = prepare(host)
    hosts[host].core?.handle(event, at: local, into: &actions)
    var isTimer = false
    if case .timer = event { isTimer = true }
    conclude(host, at: local, isTimer: isTimer)
  }

  @inline(__always) private func prepare(_ host: Int) -> Instant {
    let local = hosts[host].clock.local(now)
    noteRun(host, at: local)
    actions.clear()
    return local
  }

  private func conclude(_ host: Int, at local: Instant, isTimer: Bool) {
    hosts[host].ranAt = local
    if !actions.all.isEmpty { carryOut(host) }
    guard let deadline = hosts[host].askCore({ $0.nextDeadline }) else { return timers[host] = .max }
    if isTimer, deadline <= local { violate(.busyLoop, host, "wants the timer again at once") }
    if deadline != hosts[host].armedFor || deadline <= local { arm(host, for: deadline, at: local) }
  }

  /// Timers come a little late, how much hangs on their deadline.
  func arm(_ host: Int, for deadline: Instant, at local: Instant) {
    hosts[host].armedFor = deadline
    guard deadline != .never else { return timers[host] = .max }
    // Whoever is awake when the deadline passes sees it, whatever woke him.
    guard deadline > local else { return timers[host] = max(now, hosts[host].heldUpUntil).nanoseconds + 2_000 }
    let chance = Chance.mix(seed &+ UInt64(host) ^ UInt64(bitPattern: deadline.nanoseconds) &* Chance.golden)
    let late = Schedule.Range(timing.timer.least, max(timing.timer.least, hosts[host].lateness)).pick(chance)
    let time = hosts[host].clock.world(deadline) + late
    timers[host] = max(time, hosts[host].heldUpUntil + .microseconds(2)).nanoseconds
  }

  private func carryOut(_ host: Int) {
    var unasked: UInt32 = 0
    for action in actions.all {
      switch action {
      case .sendHeartbeat: broadcast(from: host)
      case .addAddresses(let group, let term):
        order(.init(verb: .hold, group: number(of: group, on: host), term: term), of: host)
      case .removeAddresses(let group): order(.init(verb: .letGo, group: number(of: group, on: host)), of: host)
      case .announce(let group, let term):
        let number = number(of: group, on: host)
        noteAnnounceOrder(number, term: term, by: host)
        order(.init(verb: .announce, group: number, term: term), of: host)
      case .defend(let group):
        journal?.ordered(number(of: group, on: host), term: 0, by: host, at: now)
        order(.init(verb: .defend, group: number(of: group, on: host)), of: host)
      case .probe(let group, let hardware):
        journal?.asked(hardware, by: host, at: now)
        if hosts[host].isUnaskable { unasked |= 1 << UInt32(group.position) }
        sendProbe(for: number(of: group, on: host), to: hardware, from: host)
      case .echo(let group, let hardware):
        journal?.echoed(hardware, by: host, at: now)
        sendEcho(for: number(of: group, on: host), to: hardware, from: host)
      case .dropped(let reason): journal?.dropped(reason, by: host)
      case .report(let report): take(report, of: host)
      case .finished: finish(host)
      }
    }
    for group in 0..<UInt32.bitWidth where unasked >> UInt32(group) & 1 == 1 {
      deliver(.unasked(GroupIndex(group)), to: host)
    }
  }

  private func number(of group: GroupIndex, on host: Int) -> Int { Int(hosts[host].numbers[Int(group.position)]) }

  private func take(_ report: Report, of host: Int) {
    journal?.reported(report, by: host, name: hosts[host].name, in: hosts[host].cluster, at: now)
    switch report {
    case .transitioned(let group, let from, let to, let cause, let term):
      let number = number(of: group, on: host)
      if hosts[host].roles[number] != from {
        violate(
          .truth, host, "reports \(name(ofGroup: number)) to come from \(from), but it was \(hosts[host].roles[number])"
        )
      }
      hosts[host].roles[number] = to
      hosts[host].target[number] = nil
      switch cause {
      case .failBack(let node), .requested(let node), .standby(.some(let node)), .stopping(.some(let node)),
        .storm(.some(let node)):
        hosts[host].target[number] = index(ofNode: node, on: host)
      default: break
      }
      noteTransition(of: number, on: host, from: from, to: to, because: cause, term: term)
    case .onStandby, .groupOnStandby: takeStandby(report, host)
    case .stalled: noteStalled(host)
    case .storm: ledger.hasStorm = true
    case .dead(let node, _, _): checkDead(node, for: host)
    case .joined(let node, let session):
      checkJoined(node, session: session, for: host)
      if let other = index(ofNode: node, on: host) { ledger.accepted[host * hosts.count + other] = session }
    default: break
    }
  }

  private func takeStandby(_ report: Report, _ host: Int) {
    let former = hosts[host].standsBy
    switch report {
    case .onStandby(let isOn):
      hosts[host].isOnStandby = isOn
      hosts[host].standsBy = isOn ? .max : 0
    case .groupOnStandby(let group, let isOn):
      let bit = UInt32(1) << UInt32(number(of: group, on: host))
      if isOn { hosts[host].standsBy |= bit } else { hosts[host].standsBy &= ~bit }
    default: return
    }
    noteStandby(of: host, formerly: former)
  }

  func index(ofNode node: NodeIndex, on host: Int) -> Int? {
    let tag = hosts[host].cluster.nodes[Int(node.position)]
    return hosts.indices.first { hosts[$0].cluster.nodes[Int(hosts[$0].cluster.me.position)] == tag }
  }

  private func finish(_ host: Int) {
    note(host, "agent: finished")
    hosts[host].finishedAt = now
    hosts[host].core = nil
    timers[host] = .max
    order(.init(verb: hosts[host].isKeeping ? .exitKeeping : .exit), of: host)
    noteFinished(host)
  }

  // MARK: - Out

  private func broadcast(from host: Int) {
    let local = hosts[host].clock.local(now)
    guard let heartbeat = hosts[host].core?.composeHeartbeat(at: local), let place = pool.transmit(heartbeat) else {
      return
    }
    statistics.sent += 1
    var envelope = DatagramPool.Envelope(of: heartbeat)
    envelope.sender = UInt8(host)
    envelope.renamed = hosts[host].renamed
    for index in 0..<heartbeat.groups.count {
      let report = heartbeat.groups[index]
      guard report.holds else { continue }
      let bit = UInt32(1) << UInt32(hosts[host].numbers[index])
      envelope.holding |= bit
      let isLettingGo = report.role == .releasing && report.target == .none
      if report.role.holds && !isLettingGo { envelope.keeping |= bit }
    }
    envelope.uses = 1
    pool.envelopes[place] = envelope
    noteSent(pool.heartbeats + place, by: host, at: local)
    recording?.take(heartbeat, envelope: envelope, at: now)
    journal?.sent(heartbeat, by: host, at: now)
    send(place, from: host)
    pool.release(place)
  }

  private func send(_ place: Int, from host: Int) {
    guard hosts[host].hasCarrier, hosts[host].hasHearing else { return }
    let time = now.nanoseconds
    for other in 0..<network.count {
      if other == host {
        if isLoopback { arrive(place, at: other, time + 10_000) }
        continue
      }
      let arrivals = network.sendHeartbeat(from: host, to: other, at: time)
      if let first = arrivals.first { arrive(place, at: other, first) }
      if let second = arrivals.second { arrive(place, at: other, second) }
    }
  }

  private func arrive(_ place: Int, at host: Int, _ time: Int64) {
    pool.envelopes[place].uses += 1
    agenda.add(Occurrence(kind: .heartbeat, host: UInt8(host), value: UInt64(place)), at: time)
  }
}

import TakeoverCore

/// What can be done to the world: by a schedule's faults, or by hand.
extension World {
  // MARK: - Agents

  /// Starts an agent, as soon as what a former one left with the kernel is done.
  package func start(_ host: Int) {
    startWhenPossible(Occurrence(kind: .start, host: UInt8(host)))
  }

  func startWhenPossible(_ what: Occurrence) {
    let host = Int(what.host)
    guard hosts[host].isUp else { return }
    if hosts[host].core != nil {
      if hosts[host].isLeaving { agenda.add(what, at: (now + .milliseconds(20)).nanoseconds) }
      return
    }
    let held = max(hosts[host].pausedUntil, hosts[host].thread.blockedUntil)
    let isEnding = hosts[host].thread.isRunning || hosts[host].thread.operation != nil
    guard held <= now, !isEnding else { return agenda.add(what, at: max(held, now + .milliseconds(5)).nanoseconds) }
    beginLife(host)
  }

  private func beginLife(_ host: Int) {
    hosts[host].life += 1
    hosts[host].cluster = hosts[host].file
    number(host)
    hosts[host].isLeaving = false
    hosts[host].isKeeping = false
    hosts[host].finishedAt = nil
    hosts[host].beatsBlockedUntil = .origin
    hosts[host].armedFor = .never
    hosts[host].waiting = 0
    for one in hosts[host].unread { pool.release(one.place) }
    hosts[host].unread = []
    hosts[host].mailbox = []
    hosts[host].ranAt = hosts[host].clock.local(now)
    hosts[host].knowsLink = false
    hosts[host].knowsHearing = false
    hosts[host].untold = hosts[host].kernel.holds
    hosts[host].robbed = 0
    hosts[host].refused = 0
    for group in groups.indices {
      hosts[host].roles[group] = .listening
      hosts[host].confirmed[group] = 0
      hosts[host].target[group] = nil
    }
    hosts[host].thread.reset()
    hosts[host].thread.renamed = hosts[host].renamed
    hosts[host].thread.isRunning = true
    let session = Chance.mix(seed &+ UInt64(host) << 32 &+ UInt64(hosts[host].life)) | 1
    hosts[host].session = session
    hosts[host].core = TakeoverCore(cluster: hosts[host].cluster, session: session)
    note(host, "agent: started")
    noteStarted(host)
    rememberStandby(host)
    takeSnapshot(host)
    survey()
  }

  /// What the operator told a former agent, the file of its host still says.
  private func rememberStandby(_ host: Int) {
    let standsBy = hosts[host].standsBy
    if hosts[host].isOnStandby { deliver(.standbyRemembered(nil), to: host) }
    for group in groups.indices where standsBy >> UInt32(group) & 1 == 1 && !hosts[host].isOnStandby {
      if let index = hosts[host].index(ofGroup: group) { deliver(.standbyRemembered(index), to: host) }
    }
  }

  /// SIGTERM.
  package func stop(_ host: Int) { command(.stop, host) }
  /// SIGUSR1: the agent leaves its addresses to a successor.
  package func restart(_ host: Int) { command(.restart, host) }
  package func standBy(_ host: Int) { command(.standby, host) }
  package func makeAvailable(_ host: Int) {
    guard hosts[host].core == nil else { return command(.available, host) }
    hosts[host].isOnStandby = false
    hosts[host].standsBy = 0
  }

  /// What an operator asks through the control socket, for one group or for all.
  package func ask(_ request: Request, of host: Int, group: Int? = nil, force: Bool = false) {
    deliver(.request(request, group.flatMap { hosts[host].index(ofGroup: $0) }, force: force), to: host)
  }

  /// SIGHUP, after the file was changed.
  package func reload(_ host: Int, with cluster: Cluster) {
    hosts[host].file = cluster
    command(.reload, host)
  }

  /// The file is changed, and nobody is told.
  package func configure(_ host: Int, with cluster: Cluster) { hosts[host].file = cluster }

  private func command(_ kind: Occurrence.Kind, _ host: Int, group: Int = 0) {
    note(host, "operator: \(kind)")
    hearMail(Occurrence(kind: kind, host: UInt8(host), group: UInt8(group), life: hosts[host].life))
  }

  /// SIGKILL: the agent is gone, the kernel is not. What the kernel was asked for already is done.
  package func kill(_ host: Int) {
    guard hosts[host].isUp else { return }
    note(host, "agent: killed")
    endLife(host)
    noteKilled(host)
    survey()
  }

  private func endLife(_ host: Int) {
    hosts[host].life += 1
    hosts[host].core = nil
    hosts[host].isLeaving = false
    hosts[host].thread.isRunning = false
    hosts[host].thread.blockedUntil = .origin
    hosts[host].thread.orders = []
    timers[host] = .max
  }

  // MARK: - Machines

  /// The host loses its power.
  package func crash(_ host: Int) {
    note(host, "power: off")
    endLife(host)
    hosts[host].isUp = false
    hosts[host].pausedUntil = .origin
    hosts[host].frozenSince = nil
    hosts[host].thread.operation = nil
    for group in groups.indices { setHolding(group, on: host, false) }
    noteKilled(host)
    survey()
  }

  /// The power is back, and the agent starts.
  package func boot(_ host: Int) {
    guard !hosts[host].isUp else { return }
    note(host, "power: on")
    hosts[host].isUp = true
    survey()
    start(host)
  }

  /// The whole machine stands still.
  func pause(_ host: Int, for time: Interval) {
    hosts[host].pausedUntil = max(hosts[host].pausedUntil, now + time)
    holdUp(host)
  }

  /// The heartbeat thread is not run for so long; what comes meanwhile waits.
  package func stallBeats(_ host: Int, for time: Interval) {
    guard hosts[host].core != nil else { return }
    hosts[host].beatsBlockedUntil = max(hosts[host].beatsBlockedUntil, now + time)
    holdUp(host)
    survey()
  }

  /// The address thread is not run for so long.
  package func stallAddresses(_ host: Int, for time: Interval) {
    guard hosts[host].thread.isRunning else { return }
    hosts[host].thread.blockedUntil = max(hosts[host].thread.blockedUntil, now + time)
    survey()
  }

  /// SIGSTOP, and SIGCONT after so long.
  package func suspend(_ host: Int, for time: Interval) {
    stallBeats(host, for: time)
    stallAddresses(host, for: time)
  }

  private func holdUp(_ host: Int) {
    if timers[host] != .max { timers[host] = max(timers[host], hosts[host].heldUpUntil.nanoseconds + 2_000) }
  }

  /// Somebody else removes the group's addresses from the host's kernel.
  package func interfere(_ host: Int, _ group: Int) {
    guard hosts[host].isUp, hosts[host].kernel.holds >> UInt32(group) & 1 == 1 else { return }
    note(host, "somebody else removes \(name(ofGroup: group))")
    hosts[host].robbed |= 1 << UInt32(group)
    drop(group, on: host)
  }

  // MARK: - Faults

  /// Lets a fault begin now; it ends by itself.
  package func begin(_ fault: Fault) {
    var fault = fault
    fault.at = now - Instant.origin
    statistics.faults += 1
    note("fault: \(fault.text)")
    journal?.began(fault, at: now)
    noteFault(fault)
    if fault.kind.hasDuration {
      ledger.faults += 1
      inForce.append(fault)
      endings.append(fault)
      agenda.add(
        Occurrence(kind: .faultEnds, host: 0, value: UInt64(endings.count - 1)), at: (now + fault.duration).nanoseconds)
    }
    strike(fault)
    survey()
  }

  /// Puts a fault of the network, a device, a kernel or a bystander into force until it is lifted by hand.
  package func impose(_ fault: Fault) {
    note("fault: \(fault.text)")
    journal?.began(fault, at: now)
    inForce.append(fault)
    survey()
  }

  /// Takes the faults out of force that were imposed by hand.
  package func lift(where matches: (Fault) -> Bool) {
    for fault in inForce.filter(matches) {
      note("healed: \(fault.text)")
      journal?.healed(fault, at: now)
    }
    inForce.removeAll(where: matches)
    survey()
  }

  private func strike(_ fault: Fault) {
    let host = fault.host
    switch fault.kind {
    case .crash: crash(host)
    case .kill: kill(host)
    case .stop: stop(host)
    case .restart: restart(host)
    case .stallBeats: stallBeats(host, for: fault.duration)
    case .stallAddresses: stallAddresses(host, for: fault.duration)
    case .suspend: suspend(host, for: fault.duration)
    case .pause: pause(host, for: fault.duration)
    case .freeze:
      if hosts[host].isUp, hosts[host].frozenSince == nil { hosts[host].frozenSince = now }
      pause(host, for: fault.duration)
    case .rtnl: hosts[host].kernel.rtnlUntil = max(hosts[host].kernel.rtnlUntil, now + fault.duration)
    case .interfere: interfere(host, fault.group)
    case .standby: standBy(host)
    case .takeover: command(.takeover, host, group: fault.group)
    case .failBack: command(.failBack, host, group: fault.group)
    case .reload: if let schedule { reload(host, with: schedule.cluster(of: host, edition: fault.amount)) }
    case .replay: replay(fault)
    case .forge: forge(fault)
    case .recordings:
      let what = Occurrence(kind: .recordingSpeaks, host: UInt8(host), value: UInt64(endings.count - 1))
      agenda.add(what, at: now.nanoseconds)
    case .stranger:
      agenda.add(Occurrence(kind: .strangerSpeaks, host: 0, group: UInt8(fault.group)), at: now.nanoseconds)
    case .late, .cut, .firewall, .loss, .heartbeatLoss, .jitter, .duplicates, .refuse, .unplug, .deafen, .proxy,
      .unaskable:
      break
    }
  }

  func endFault(_ place: UInt64) {
    let fault = endings[Int(place)]
    if let force = inForce.firstIndex(of: fault) { inForce.remove(at: force) }
    note("healed: \(fault.text)")
    journal?.healed(fault, at: now)
    noteHealed(fault)
    let host = fault.host
    switch fault.kind {
    case .crash: boot(host)
    case .kill, .stop, .restart: start(host)
    case .freeze where !inForce.contains { $0.kind == .freeze && $0.host == host }: thaw(host)
    case .standby: makeAvailable(host)
    default: break
    }
    if fault.kind == .freeze || fault.kind == .pause, hosts[host].core != nil {
      arm(host, for: hosts[host].armedFor, at: hosts[host].clock.local(now))
    }
    survey()
  }

  /// The last of the freezes is over. A host that has lost its power meanwhile has begun anew.
  private func thaw(_ host: Int) {
    guard let since = hosts[host].frozenSince else { return }
    hosts[host].frozenSince = nil
    hosts[host].clock.fallBehind(by: now - since)
    noteThawed(since: since)
  }

  func strangerSpeaks(_ what: Occurrence) {
    guard inForce.contains(where: { $0.kind == .stranger && $0.group == Int(what.group) }) else { return }
    for host in hosts.indices { tellAddress(of: Int(what.group), at: Self.stranger, to: host, at: now) }
    agenda.add(what, at: (now + .seconds(1)).nanoseconds)
  }

  /// Puts the faults in force into force, and notes between whom what passes.
  func survey() {
    network.apply(inForce, delay: delay)
    for host in hosts.indices {
      var carrier = true
      var hearing = true
      var isUnaskable = false
      var refuses: UInt32 = 0
      var lateness = timing.timer.most
      for fault in inForce where fault.host == host {
        switch fault.kind {
        case .unplug: carrier = false
        case .deafen: hearing = false
        case .unaskable: isUnaskable = true
        case .refuse: refuses |= 1 << UInt32(fault.group)
        case .late: lateness = max(lateness, Interval(nanoseconds: fault.amount))
        default: break
        }
      }
      hosts[host].kernel.refuses = refuses
      noteAskable(host, !isUnaskable)
      hosts[host].lateness = lateness
      guard carrier != hosts[host].hasCarrier || hearing != hosts[host].hasHearing else { continue }
      if carrier != hosts[host].hasCarrier { hosts[host].carrierSince = carrier ? now : .never }
      hosts[host].hasCarrier = carrier
      hosts[host].hasHearing = hearing
      agenda.add(
        Occurrence(kind: .linkChanged, host: UInt8(host), life: hosts[host].life),
        at: (now + .microseconds(50)).nanoseconds)
    }
    surveyContacts()
  }
}

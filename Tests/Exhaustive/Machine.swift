import TakeoverCore

/// Takes one step after the other, and holds what happens against the rules.
struct Machine {
  let setting: Setting
  let codec: Codec
  /// The first rule that was broken, in words.
  var violation: String?
  /// What the last step did, one line each; only kept when asked for.
  var story: [String] = []
  var tellsStory = false
  /// A group changed its state in the last step.
  var hasMoved = false
  /// The longest time for which two kernels had the addresses in touch with each other.
  var longestOverlap = Interval.zero
  private var actions = ActionList()
  private var answers: [(node: Int, hardware: EthernetAddress, isEcho: Bool)] = []

  init(_ setting: Setting, unit: Interval = Setting.unit) {
    self.setting = setting
    codec = Codec(setting, unit: unit)
  }

  /// The world in which nothing runs yet.
  var beginning: World {
    var world = World()
    world.now = Codec.now
    world.budget = setting.budget
    world.budget[.start] += 2
    return world
  }

  mutating func tell(_ line: @autoclosure () -> String) {
    if tellsStory { story.append(line()) }
  }

  mutating func breakRule(_ rule: String) {
    if violation == nil { violation = rule }
    tell("  BROKEN: \(rule)")
  }

  // MARK: - Steps

  mutating func take(_ move: Move, in world: inout World) {
    hasMoved = false
    if let trouble = move.trouble, !(trouble == .loss && setting.losesSingly) { world.budget[trouble] -= 1 }
    let node = Int(move.node)
    switch move.kind {
    case .advance: advance(&world)
    case .deliver: deliver(Int(move.place), to: node, in: &world)
    case .lose: lose(Int(move.place), to: node, in: &world)
    case .timer: fire(node, in: &world)
    case .work: work(node, in: &world)
    case .read: tell(world.hosts[node].notices.removeFirst(), to: node, in: &world)
    case .renew: renew(node, in: &world)
    case .expire: expire(node, in: &world)
    case .start: start(node, in: &world)
    case .crash, .kill: end(node, isCrash: move.kind == .crash, in: &world)
    case .stop: feed(.stop, to: node, in: &world)
    case .restart:
      world.hosts[node].isRestarting = true
      feed(.restart, to: node, in: &world)
    case .stall: stall(node, .heartbeat, in: &world)
    case .suspend: stall(node, .all, in: &world)
    case .block: stall(node, .addresses, in: &world)
    case .wake: wake(node, in: &world)
    case .cut: world.isCut = true
    case .join:
      world.isCut = false
      world.joinedAt = world.now
    case .wall: world.isWalled[node] = true
    case .unwall: world.isWalled[node] = false
    }
    tidy(&world)
    watchOverlap(after: move, in: &world)
  }

  private mutating func advance(_ world: inout World) {
    guard let time = timeToAdvance(in: world) else { return }
    world.now = world.now + time
    world.phase = (world.phase + Int(time.nanoseconds / Setting.unit.nanoseconds)) % Setting.unitsPerTick
    for node in 0..<2 {
      if world.hosts[node].core == nil { world.flights[node].removeAll() }
      for place in world.flights[node].indices { world.flights[node][place].isOld = true }
    }
  }

  private mutating func deliver(_ place: Int, to node: Int, in world: inout World) {
    let message = world.flights[node].remove(at: place)
    world.hasLost[node] = false
    tell("\(Setting.names[node]) hears \(message.report.role) \(message.sequence)")
    feed(.heartbeat(message.heartbeat(from: 1 - node), arrived: world.now), to: node, in: &world)
  }

  private mutating func lose(_ place: Int, to node: Int, in world: inout World) {
    world.flights[node].remove(at: place)
    world.hasLost[node] = setting.losesSingly
  }

  private mutating func fire(_ node: Int, in world: inout World) {
    feed(.timer, to: node, in: &world)
    if let core = world.hosts[node].core, core.nextDeadline <= world.now {
      breakRule("progress: the core wants its timer again at once")
    }
  }

  private mutating func stall(_ node: Int, _ stall: Stall, in world: inout World) {
    world.hosts[node].stall = stall
    world.hosts[node].stalledSince = world.now
  }

  private mutating func wake(_ node: Int, in world: inout World) {
    let length = world.now - world.hosts[node].stalledSince
    let wasDeaf = world.hosts[node].stall.stopsHeartbeats
    world.hosts[node].stall = .none
    world.hosts[node].orderBy = max(world.hosts[node].orderBy, world.now)
    // The next beat was at most a tick away when it stopped.
    guard wasDeaf, length > Setting.deadtime + Setting.tick else { return }
    world.hosts[node].mustWithdraw = world.hosts[node].holds || !world.hosts[node].orders.isEmpty
    let lateness = Interval(nanoseconds: length.nanoseconds - Setting.tick.nanoseconds)
    let listening = min(Setting.tick * setting.initdead, lateness * 2)
    world.hosts[node].listensUntil = max(world.hosts[node].listensUntil, world.now + listening)
  }

  private mutating func start(_ node: Int, in world: inout World) {
    var host = Host()
    host.holds = world.hosts[node].holds
    host.leaseEnd = world.hosts[node].leaseEnd
    host.heldSince = world.hosts[node].heldSince
    host.isFound = host.holds
    host.incarnation = world.hosts[node].incarnation + 1
    host.core = codec.core(of: node, incarnation: host.incarnation)
    host.listensUntil = world.now + Setting.tick * setting.initdead
    host.isUntold = host.holds
    world.hosts[node] = host
    feed(.started, to: node, in: &world)
    world.hosts[node].isUntold = false
    if host.holds { feed(.addressesFound(Setting.group), to: node, in: &world) }
    var list = HardwareList(filler: .zero)
    list.append(Setting.hardware(of: node))
    feed(.hardware(list), to: node, in: &world)
    feed(.linkUp(Setting.group), to: node, in: &world)
    feed(.hearing, to: node, in: &world)
  }

  /// The agent ends without a word, with its host or without.
  private mutating func end(_ node: Int, isCrash: Bool, in world: inout World) {
    var host = Host()
    host.incarnation = world.hosts[node].incarnation
    host.isPowered = !isCrash && world.hosts[node].isPowered
    host.holds = !isCrash && world.hosts[node].holds
    host.heldSince = world.hosts[node].heldSince
    host.leaseEnd = host.holds ? world.hosts[node].leaseEnd : .never
    world.hosts[node] = host
  }

  /// Forgets what can no longer make a difference.
  private func tidy(_ world: inout World) {
    for node in 0..<2 {
      let flights = world.flights[node]
      guard flights.count > 1 else { continue }
      // Somebody who does not read will read these at one instant.
      guard world.hosts[node].stall.stopsHeartbeats else { continue }
      world.flights[node] = flights.indices.filter { place in
        place + 1 == flights.count || !(flights[place].saysTheSame(as: flights[place + 1]) && flights[place].isOld)
      }.map { flights[$0] }
    }
  }

  // MARK: - The core

  mutating func feed(_ event: Event, to node: Int, in world: inout World) {
    guard world.hosts[node].hears else { return }
    actions.clear()
    world.hosts[node].core?.handle(event, at: world.now, into: &actions)
    if case .heartbeat = event { noteHeard(by: node, in: &world) }
    for place in actions.all.indices { perform(actions.all[place], by: node, in: &world) }
    while !answers.isEmpty {
      let answer = answers.removeFirst()
      feed(
        answer.isEcho
          ? .echoed(Setting.group, by: answer.hardware) : .answered(Setting.group, by: answer.hardware),
        to: answer.node, in: &world)
    }
  }

  /// An authentic heartbeat that counts ends the duty to listen.
  private mutating func noteHeard(by node: Int, in world: inout World) {
    let isDropped = actions.all.contains { if case .dropped = $0 { true } else { false } }
    if !isDropped { world.hosts[node].listensUntil = world.now }
  }

  private mutating func perform(_ action: Action, by node: Int, in world: inout World) {
    switch action {
    case .sendHeartbeat: broadcast(from: node, in: &world)
    case .addAddresses(_, let term): order(.hold(term: term), of: node, in: &world)
    case .removeAddresses: order(.letGo, of: node, in: &world)
    case .announce(_, let term):
      checkAnnouncement(by: node, in: world)
      order(.announce(term: term), of: node, in: &world)
    case .defend: checkAnnouncement(by: node, in: world)
    case .probe(_, let hardware): probe(hardware, by: node, in: world)
    case .echo(_, let hardware):
      let other = 1 - node
      if !world.isCut, world.hosts[other].isPowered, hardware == Setting.hardware(of: other) {
        answers.append((node, hardware, true))
      }
    case .dropped: break
    case .report(let report): note(report, by: node, in: &world)
    case .finished: finish(node, in: &world)
    }
  }

  /// The core has nothing left to say; the address thread ends too, and leaves behind what the successor is to find.
  private mutating func finish(_ node: Int, in world: inout World) {
    let keeps = world.hosts[node].isRestarting
    let isPowered = world.hosts[node].isPowered
    end(node, isCrash: !keeps, in: &world)
    world.hosts[node].isPowered = isPowered
    tell("\(Setting.names[node]) ends")
  }

  private mutating func order(_ order: Order, of node: Int, in world: inout World) {
    if world.hosts[node].orders.isEmpty { world.hosts[node].orderBy = world.now + Setting.unit * setting.kernelTakes }
    world.hosts[node].orders.append(order)
  }

  private mutating func broadcast(from node: Int, in world: inout World) {
    guard let heartbeat = world.hosts[node].core?.composeHeartbeat(at: world.now) else { return }
    checkHeartbeat(heartbeat, by: node, in: world)
    let message = Message(heartbeat)
    tell("\(Setting.names[node]) says \(message.report.role) \(message.sequence)")
    let other = 1 - node
    if world.isCut || world.isWalled[node] { return }
    world.flights[other].append(message)
  }

  /// ARP is answered by kernels, whatever their agents do, in no time.
  private mutating func probe(_ hardware: EthernetAddress?, by node: Int, in world: World) {
    let other = 1 - node
    guard !world.isCut, world.hosts[other].holds else { return }
    if let hardware, hardware != Setting.hardware(of: other) { return }
    answers.append((node, Setting.hardware(of: other), false))
  }

  // MARK: - The address thread and the kernel

  private mutating func work(_ node: Int, in world: inout World) {
    let order = world.hosts[node].orders.removeFirst()
    if !world.hosts[node].orders.isEmpty { world.hosts[node].orderBy = world.now + Setting.unit * setting.kernelTakes }
    switch order {
    case .hold(let term):
      checkNewHolder(node, in: world)
      world.hosts[node].takesOver = false
      tell("\(Setting.names[node])'s kernel has the addresses")
      world.hosts[node].wanted = term
      if !world.hosts[node].holds { world.hosts[node].heldSince = world.now }
      world.hosts[node].holds = true
      world.hosts[node].isFound = false
      tell(.leased(until: beginLease(node, in: &world)), to: node, in: &world)
      tell(.added(term: term), to: node, in: &world)
    case .letGo:
      tell("\(Setting.names[node])'s kernel has removed the addresses")
      letGo(node, in: &world)
      world.hosts[node].wanted = nil
      world.hosts[node].isFound = false
      world.hosts[node].renewAt = .never
      tell(.removed, to: node, in: &world)
    case .announce(let term):
      guard world.hosts[node].wanted == term else { return }
      tell("\(Setting.names[node]) announces")
      let other = 1 - node
      if !world.isCut { feed(.answered(Setting.group, by: Setting.hardware(of: node)), to: other, in: &world) }
      tell(.announced(term: term), to: node, in: &world)
    }
  }

  private mutating func letGo(_ node: Int, in world: inout World) {
    world.hosts[node].holds = false
    world.hosts[node].leaseEnd = .never
    world.hosts[node].mustWithdraw = false
  }

  /// - Returns: until when the addresses are there for certain, a unit before the kernel may end them.
  private mutating func beginLease(_ node: Int, in world: inout World) -> Instant {
    guard let lease = setting.leaseTime else { return .never }
    world.hosts[node].leaseEnd = world.now + lease
    world.hosts[node].leasedUntil = world.now + lease - Setting.unit
    world.hosts[node].renewAt = world.now + lease / 4
    return world.hosts[node].leasedUntil
  }

  /// Only while the heartbeat thread is on time, and never when the lease may have ended.
  private mutating func renew(_ node: Int, in world: inout World) {
    let host = world.hosts[node]
    guard host.leasedUntil > world.now else {
      world.hosts[node].renewAt = .never
      return
    }
    let isOnTime = host.hears || world.now - host.stalledSince <= Setting.deadtime
    guard isOnTime else {
      world.hosts[node].renewAt = world.now + Setting.unit * 4
      return
    }
    tell("\(Setting.names[node]) renews the lease")
    world.hosts[node].holds = true
    tell(.leased(until: beginLease(node, in: &world)), to: node, in: &world)
  }

  private mutating func expire(_ node: Int, in world: inout World) {
    let isOurs = world.hosts[node].wanted != nil || world.hosts[node].isFound
    tell("\(Setting.names[node])'s kernel ends the lease")
    letGo(node, in: &world)
    world.hosts[node].isFound = false
    if isOurs, world.hosts[node].core != nil { tell(.lost, to: node, in: &world) }
  }

  /// From the address thread to the heartbeat thread, which may have to wait until it is run.
  private mutating func tell(_ notice: Notice, to node: Int, in world: inout World) {
    guard world.hosts[node].stall == .none else {
      world.hosts[node].notices.append(notice)
      return
    }
    switch notice {
    case .leased(let until): feed(.leased(Setting.group, until: until), to: node, in: &world)
    case .added(let term): feed(.addressesAdded(Setting.group, term: term, at: world.now), to: node, in: &world)
    case .removed: feed(.addressesRemoved(Setting.group), to: node, in: &world)
    case .announced(let term): feed(.announced(Setting.group, term: term, at: world.now), to: node, in: &world)
    case .lost: feed(.addressesLost(Setting.group), to: node, in: &world)
    }
  }
}

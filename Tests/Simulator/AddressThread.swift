import TakeoverCore

/// The agent's address thread: one order after the other, leases renewed while the heartbeats are on time.
struct AddressThread {
  enum Verb: UInt8, BitwiseCopyable { case hold, letGo, announce, defend, renew, adopt, exit, exitKeeping }

  struct Order: BitwiseCopyable {
    var verb: Verb
    var group: Int = 0
    var term: UInt64 = 0
    /// A bit a group, where there are several.
    var groups: UInt32 = 0
    /// When the thread began with it, on the host's clock.
    var began = Instant.origin
    /// Whether the kernel has done its part.
    var isDone = false
    var isRefused = false
    /// The groups whose renewal was refused.
    var refused: UInt32 = 0
  }

  /// What it looks after, a group.
  struct Care: BitwiseCopyable {
    /// The term of the claim for which the addresses shall be there; 0 if they shall not.
    var wanted: UInt64 = 0
    var isFound = false
    /// The last claim that the kernel has refused; nothing else that was ordered for it is done.
    var refused: UInt64 = 0
    /// Until when the kernel holds them for certain; nil without a lease.
    var leaseUntil: Instant?
    var lease = Interval.zero
    /// When the lease is to be renewed.
    var renewAt = Instant.never
    var campaign: UInt64 = 0
    var round = 0
    var campaignBegan = Instant.origin
  }

  var isRunning = false
  var blockedUntil = Instant.origin
  var orders: [Order] = []
  var operation: Order?
  var operations: UInt64 = 0
  var operationEnds = Instant.origin
  var care: [Care]
  /// The earliest wake-up that was asked for, of the world's time.
  var wakeAt = Instant.never
  /// Notices arrive in the order in which they were posted.
  var lastNotice = Instant.origin
  var toldUp = false
  var toldHearing = false
  /// A bit a group: under its other name. What is told is told under the name that the thread knows.
  var renamed: UInt32 = 0

  init(groups: Int) { care = Array(repeating: Care(), count: groups) }

  mutating func reset() {
    self = AddressThread(groups: care.count, operation: operation, operations: operations, ends: operationEnds)
  }

  private init(groups: Int, operation: Order?, operations: UInt64, ends: Instant) {
    care = Array(repeating: Care(), count: groups)
    self.operation = operation
    self.operations = operations
    operationEnds = ends
  }

  mutating func unwant(_ group: Int) {
    let campaign = care[group].campaign
    care[group] = Care()
    care[group].campaign = campaign &+ 1
  }

  /// When the next lease is to be renewed, and all others with it.
  var renewAt: Instant {
    var next = Instant.never
    for care in care where care.leaseUntil != nil { next = min(next, care.renewAt) }
    return next
  }

  mutating func beginLease(_ group: Int, of lease: Interval?, at began: Instant) -> Instant {
    guard let lease else {
      care[group].leaseUntil = nil
      return .never
    }
    let until = began + lease - .milliseconds(50)
    care[group].leaseUntil = until
    care[group].lease = lease
    let planned = care[group].renewAt
    care[group].renewAt = planned > began ? min(planned, began + lease / 4) : began + lease / 4
    return until
  }

  mutating func dropEnded(at now: Instant) {
    for group in care.indices {
      if let until = care[group].leaseUntil, until <= now {
        care[group].leaseUntil = nil
        care[group].renewAt = .never
      }
    }
  }

  mutating func postpone(at now: Instant) {
    dropEnded(at: now)
    var shortest: Interval?
    for care in care where care.leaseUntil != nil { shortest = min(shortest ?? care.lease, care.lease) }
    guard let shortest else { return }
    for group in care.indices { care[group].renewAt = now + shortest / 16 }
  }
}

extension World {
  func order(_ order: AddressThread.Order, of host: Int) {
    hosts[host].thread.orders.append(order)
    work(host)
  }

  /// Lets the thread do what there is to do, if it is run and does not wait for the kernel.
  func work(_ host: Int) {
    while hosts[host].thread.isRunning, hosts[host].thread.operation == nil {
      let blocked = max(hosts[host].thread.blockedUntil, hosts[host].pausedUntil)
      if blocked > now { return wake(host, at: blocked) }
      if !hosts[host].thread.orders.isEmpty {
        begin(hosts[host].thread.orders.removeFirst(), on: host)
        continue
      }
      let local = hosts[host].clock.local(now)
      guard local >= hosts[host].thread.renewAt else {
        let next = hosts[host].thread.renewAt
        if next != .never { wake(host, at: hosts[host].clock.world(next)) }
        return
      }
      renew(host, at: local)
    }
  }

  private func wake(_ host: Int, at time: Instant) {
    guard hosts[host].thread.wakeAt <= now || time < hosts[host].thread.wakeAt else { return }
    hosts[host].thread.wakeAt = time
    agenda.add(Occurrence(kind: .threadFree, host: UInt8(host), life: hosts[host].life), at: time.nanoseconds)
  }

  private func begin(_ order: AddressThread.Order, on host: Int) {
    var order = order
    order.began = hosts[host].clock.local(now)
    switch order.verb {
    case .hold where hosts[host].thread.care[order.group].refused == order.term:
      tell(host, .failed, order.group, order.term)
    case .hold:
      operate(order, on: host, for: network(adding: host))
      expectAhead(order, on: host)
    case .letGo:
      hosts[host].thread.unwant(order.group)
      operate(order, on: host, for: network(removing: host))
    case .announce:
      guard hosts[host].thread.care[order.group].wanted == order.term, isServed(order.group, on: host) else { return }
      operate(order, on: host, for: timing.announcing.pick(chance(of: host, about: .operation)))
    case .defend: if hosts[host].thread.care[order.group].campaign > 0 { proclaim(order.group, by: host) }
    case .renew: operate(order, on: host, for: network(adding: host) / 4)
    case .adopt: adopt(order, on: host)
    case .exit:
      for group in hosts[host].thread.care.indices { hosts[host].thread.unwant(group) }
      operate(order, on: host, for: network(removing: host))
    case .exitKeeping:
      for group in hosts[host].thread.care.indices { hosts[host].thread.care[group].campaign &+= 1 }
      hosts[host].thread.isRunning = false
    }
  }

  /// How long the kernel takes, after whatever else holds RTNL.
  private func network(adding host: Int) -> Interval { kernelTime(hosts[host].addTakes ?? addTakes, on: host) }
  private func network(removing host: Int) -> Interval { kernelTime(hosts[host].removeTakes ?? removeTakes, on: host) }

  private func kernelTime(_ range: Schedule.Range, on host: Int) -> Interval {
    let span = (range.most - range.least).nanoseconds
    let time = range.least.nanoseconds + Chance.scale(chance(of: host, about: .operation) & 0xffff_ffff, to: span)
    let wait = max(0, (hosts[host].kernel.rtnlUntil - now).nanoseconds)
    return Interval(nanoseconds: wait + time)
  }

  private func operate(_ order: AddressThread.Order, on host: Int, for time: Interval) {
    hosts[host].thread.operation = order
    hosts[host].thread.operations &+= 1
    hosts[host].thread.operationEnds = now + time
    agenda.add(
      Occurrence(
        kind: .operationDone, host: UInt8(host), life: hosts[host].life, value: hosts[host].thread.operations),
      at: (now + time).nanoseconds)
  }

  /// A group of another name goes on from the former one, and is announced when that is ordered anew.
  private func adopt(_ order: AddressThread.Order, on host: Int) {
    for group in hosts[host].thread.care.indices
    where (hosts[host].thread.renamed ^ order.groups) >> UInt32(group) & 1 == 1 {
      hosts[host].thread.care[group].campaign &+= 1
      hosts[host].thread.renamed ^= 1 << UInt32(group)
      // What was told under the former name may not have been heard in time.
      if hosts[host].thread.care[group].isFound { tell(host, .found, group, 0) }
    }
    for group in hosts[host].thread.care.indices where hosts[host].index(ofGroup: group) == nil {
      guard hosts[host].thread.care[group].wanted != 0 || hosts[host].thread.care[group].isFound else { continue }
      hosts[host].thread.unwant(group)
      hosts[host].thread.orders.insert(.init(verb: .letGo, group: group), at: 0)
    }
    tellLinks(of: host, isFull: true)
  }

  /// The heartbeat thread is run: nobody takes this node for dead.
  private func isOnTime(_ host: Int, at local: Instant) -> Bool {
    local - hosts[host].ranAt <= hosts[host].cluster.deadtime
  }

  /// All leases in one message, if the heartbeat thread is on time.
  private func renew(_ host: Int, at local: Instant) {
    guard isOnTime(host, at: local) else { return hosts[host].thread.postpone(at: local) }
    var groups: UInt32 = 0
    for (group, care) in hosts[host].thread.care.enumerated() {
      if let until = care.leaseUntil, until > local { groups |= 1 << UInt32(group) }
    }
    guard groups != 0 else { return hosts[host].thread.dropEnded(at: local) }
    operate(.init(verb: .renew, groups: groups, began: local), on: host, for: network(adding: host) / 4)
  }

  /// The kernel is done. The thread may be stopped before it asked the kernel, or before it hears the answer.
  func finishOperation(_ what: Occurrence) {
    let host = Int(what.host)
    guard hosts[host].thread.operations == what.value, let operation = hosts[host].thread.operation, hosts[host].isUp
    else { return }
    if hosts[host].pausedUntil > now { return agenda.add(what, at: hosts[host].pausedUntil.nanoseconds) }
    let isBlocked = hosts[host].thread.blockedUntil > now && hosts[host].life == what.life
    if !operation.isDone {
      if isBlocked, chance(of: host, about: .place) & 1 == 0 {
        return agenda.add(what, at: hosts[host].thread.blockedUntil.nanoseconds)
      }
      hosts[host].thread.operation?.isDone = true
      apply(operation, on: host)
    }
    guard hosts[host].life == what.life else { return hosts[host].thread.operation = nil }
    if isBlocked { return agenda.add(what, at: hosts[host].thread.blockedUntil.nanoseconds) }
    guard let done = hosts[host].thread.operation else { return }
    hosts[host].thread.operation = nil
    report(done, by: host)
    work(host)
  }

  private func apply(_ operation: AddressThread.Order, on host: Int) {
    let group = operation.group
    switch operation.verb {
    case .hold:
      if hosts[host].kernel.refuses >> UInt32(group) & 1 == 1 || !hosts[host].isUp {
        hosts[host].thread.operation?.isRefused = true
        hosts[host].refused |= 1 << UInt32(group)
        setHolding(group, on: host, false)
      } else {
        hosts[host].robbed &= ~(1 << UInt32(group))
        hosts[host].refused &= ~(1 << UInt32(group))
        hosts[host].untold &= ~(1 << UInt32(group))
        hold(group, on: host, lease: hosts[host].lease(ofGroup: group))
      }
    case .letGo:
      noteLetGo(of: group, by: host)
      hosts[host].robbed &= ~(1 << UInt32(group))
      hosts[host].refused &= ~(1 << UInt32(group))
      hosts[host].untold &= ~(1 << UInt32(group))
      setHolding(group, on: host, false)
    case .renew:
      noteRenewal(by: host, begun: operation.began)
      for group in hosts[host].thread.care.indices where operation.groups >> UInt32(group) & 1 == 1 {
        if hosts[host].kernel.refuses >> UInt32(group) & 1 == 1 {
          hosts[host].thread.operation?.refused |= 1 << UInt32(group)
          continue
        }
        hosts[host].robbed &= ~(1 << UInt32(group))
        hold(group, on: host, lease: hosts[host].lease(ofGroup: group))
      }
    case .exit:
      for group in hosts[host].thread.care.indices { setHolding(group, on: host, false) }
    case .announce:
      // Looked at right before the frames leave: a thread that was stopped meanwhile looks when it goes on.
      if isServed(group, on: host) {
        announced(group, by: host)
        proclaim(group, by: host)
      } else {
        hosts[host].thread.operation?.isRefused = true
      }
    case .defend, .adopt, .exitKeeping: break
    }
  }

  private func report(_ operation: AddressThread.Order, by host: Int) {
    let group = operation.group
    switch operation.verb {
    case .hold where operation.isRefused:
      hosts[host].thread.unwant(group)
      hosts[host].thread.care[group].refused = operation.term
      tell(host, .failed, group, operation.term)
    case .hold:
      guard let index = hosts[host].index(ofGroup: group) else { return }
      hosts[host].thread.care[group].wanted = operation.term
      hosts[host].thread.care[group].isFound = false
      let lease = hosts[host].cluster.groups[Int(index.position)].lease
      let until = hosts[host].thread.beginLease(group, of: lease, at: operation.began)
      tell(host, .leased, group, UInt64(bitPattern: until.nanoseconds))
      tell(host, .added, group, operation.term)
    case .letGo: tell(host, .removed, group, 0)
    case .announce:
      guard !operation.isRefused else { return }
      beginCampaign(group, on: host, at: operation.began)
      tell(host, .announced, group, operation.term)
    case .renew: reportRenewal(operation, by: host)
    case .exit:
      noteExit(host)
      hosts[host].thread.isRunning = false
    case .defend, .adopt, .exitKeeping: break
    }
  }

  private func reportRenewal(_ operation: AddressThread.Order, by host: Int) {
    if operation.refused != 0 { hosts[host].thread.postpone(at: operation.began) }
    let renewed = operation.groups & ~operation.refused
    for group in hosts[host].thread.care.indices where renewed >> UInt32(group) & 1 == 1 {
      guard hosts[host].index(ofGroup: group) != nil else { continue }
      let until = hosts[host].thread.beginLease(group, of: hosts[host].lease(ofGroup: group), at: operation.began)
      tell(host, .leased, group, UInt64(bitPattern: until.nanoseconds))
    }
    hosts[host].thread.dropEnded(at: operation.began)
  }

  // MARK: - Announcements

  private static let rounds: [Interval] = [.zero, .milliseconds(200), .milliseconds(1_100), .milliseconds(2_200)]

  private func beginCampaign(_ group: Int, on host: Int, at began: Instant) {
    hosts[host].thread.care[group].campaign &+= 1
    hosts[host].thread.care[group].round = 0
    hosts[host].thread.care[group].campaignBegan = now
    expectRound(group, on: host)
  }

  /// A claim of many addresses is announced as the kernel confirms them.
  private func expectAhead(_ order: AddressThread.Order, on host: Int) {
    let isNew = hosts[host].thread.care[order.group].wanted != order.term
    guard isNew, schedule?.groups[order.group].isLarge == true else { return }
    let moment = Schedule.Range(now - .origin, hosts[host].thread.operationEnds - .origin)
      .pick(chance(of: host, about: .ahead))
    agenda.add(
      Occurrence(
        kind: .announcementAhead, host: UInt8(host), group: UInt8(order.group), life: hosts[host].life,
        value: hosts[host].thread.operations),
      at: moment.nanoseconds)
  }

  func announceAhead(_ what: Occurrence) {
    let host = Int(what.host)
    guard hosts[host].life == what.life, hosts[host].thread.operations == what.value,
      let operation = hosts[host].thread.operation, !operation.isDone
    else { return }
    if hosts[host].pausedUntil > now { return agenda.add(what, at: hosts[host].pausedUntil.nanoseconds) }
    let local = hosts[host].clock.local(now)
    let lease = hosts[host].lease(ofGroup: operation.group)
    guard isOnTime(host, at: local), lease.map({ local < operation.began + $0 - .milliseconds(50) }) ?? true
    else { return }
    note(host, "announces the first addresses of \(name(ofGroup: operation.group))")
    proclaim(operation.group, by: host)
  }

  /// The kernel has the addresses for certain.
  private func isServed(_ group: Int, on host: Int) -> Bool {
    let care = hosts[host].thread.care[group]
    guard care.wanted != 0 else { return false }
    return hosts[host].lease(ofGroup: group) == nil
      || care.leaseUntil.map { $0 > hosts[host].clock.local(now) } ?? false
  }

  private func expectRound(_ group: Int, on host: Int) {
    hosts[host].thread.care[group].round += 1
    let care = hosts[host].thread.care[group]
    let time = care.round < Self.rounds.count ? care.campaignBegan + Self.rounds[care.round] : now + .seconds(60)
    agenda.add(
      Occurrence(
        kind: .announcement, host: UInt8(host), group: UInt8(group), life: hosts[host].life, value: care.campaign),
      at: max(time, now).nanoseconds)
  }

  func announceAgain(_ what: Occurrence) {
    let host = Int(what.host)
    let group = Int(what.group)
    guard hosts[host].life == what.life, hosts[host].thread.isRunning,
      hosts[host].thread.care[group].campaign == what.value
    else { return }
    let thread = hosts[host].thread
    var free = max(thread.blockedUntil, hosts[host].pausedUntil)
    if thread.operation != nil { free = max(free, thread.operationEnds + .microseconds(1)) }
    if free > now { return agenda.add(what, at: free.nanoseconds) }
    guard isServed(group, on: host) else { return }
    announced(group, by: host)
    proclaim(group, by: host)
    expectRound(group, on: host)
  }

  // MARK: - The kernel's notifications

  /// When the thread can read what the kernel says; nil for at once.
  private func busyUntil(_ host: Int) -> Instant? {
    let thread = hosts[host].thread
    var free = max(thread.blockedUntil, hosts[host].pausedUntil)
    if thread.operation != nil { free = max(free, thread.operationEnds) }
    return free > now ? free : nil
  }

  func readAddressGone(_ what: Occurrence) {
    let host = Int(what.host)
    let group = Int(what.group)
    guard hosts[host].life == what.life, hosts[host].thread.isRunning else { return }
    if let free = busyUntil(host) { return agenda.add(what, at: free.nanoseconds) }
    if hosts[host].thread.care[group].wanted != 0 {
      tell(host, .lost, group, 0)
    } else if hosts[host].thread.care[group].isFound {
      hosts[host].thread.care[group].isFound = false
      tell(host, .lost, group, 0)
    }
  }

  func readLinks(_ what: Occurrence) {
    let host = Int(what.host)
    guard hosts[host].life == what.life, hosts[host].thread.isRunning else { return }
    if let free = busyUntil(host) { return agenda.add(what, at: free.nanoseconds) }
    tellLinks(of: host, isFull: false)
  }

  func tellLinks(of host: Int, isFull: Bool) {
    let isUp = hosts[host].hasCarrier
    let isHearing = hosts[host].hasHearing && isUp
    if isFull { tell(host, .hardware, 0, 0) }
    if isFull || isUp != hosts[host].thread.toldUp {
      hosts[host].thread.toldUp = isUp
      for number in hosts[host].numbers { tell(host, isUp ? .linkUp : .linkDown, Int(number), 0) }
    }
    if isFull || isHearing != hosts[host].thread.toldHearing {
      hosts[host].thread.toldHearing = isHearing
      tell(host, isHearing ? .hearing : .deaf, 0, 0)
    }
  }

  /// The thread's first look: what is left in the kernel, and the devices.
  func takeSnapshot(_ host: Int) {
    for number in hosts[host].numbers where hosts[host].kernel.holds >> UInt32(number) & 1 == 1 {
      hosts[host].thread.care[Int(number)].isFound = true
      tell(host, .found, Int(number), 0)
    }
    tellLinks(of: host, isFull: true)
    tell(host, .surveyed, 0, 0)
  }

  /// Posts a notice to the heartbeat thread.
  private func tell(_ host: Int, _ kind: Occurrence.Kind, _ group: Int, _ value: UInt64) {
    let delay = timing.notice.pick(chance(of: host, about: .notice))
    let time = max(now + delay, hosts[host].thread.lastNotice)
    hosts[host].thread.lastNotice = time
    agenda.add(
      Occurrence(
        kind: kind, host: UInt8(host), other: UInt8(hosts[host].thread.renamed >> UInt32(group) & 1),
        group: UInt8(group), life: hosts[host].life, value: value),
      at: time.nanoseconds, isLate: true)
  }
}

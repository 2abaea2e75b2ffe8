import Linux
import Netlink
import Synchronization
import TakeoverCore

/// The thread that works on the kernel's addresses.
///
/// **Runs here:** netlink requests and notifications, lease renewal, gratuitous ARP. It may wait: somebody else's work can
/// hold the kernel's RTNL lock for hundreds of milliseconds, which is why the heartbeat thread never comes here. **In:**
/// `orders` from the heartbeat thread, notifications from the kernel. **Out:** `notices` to the heartbeat thread, in
/// order; those that do not fit wait here, because a lost completion would leave a group half-moved for ever.
final class AddressThread: @unchecked Sendable {
  private static let orderToken: UInt32 = 0, monitorToken: UInt32 = 1, timerToken: UInt32 = 2
  /// After a removal that the kernel refused, and after notices that did not fit.
  private static let retryPause = Interval.milliseconds(500), backlogPause = Interval.milliseconds(1)
  /// How long the order to announce is looked out for: longer than the heartbeat thread takes to wake up and to decide.
  private static let patience = Interval.microseconds(100)

  let orders: Mailbox<AddressOrder>
  let notices: Mailbox<AddressNotice>
  /// The generation of the plan that this thread works under; older plans are not looked at any more.
  let generation = Atomic<Int>(0)
  /// Signalled when a heartbeat device has come, or has come anew: its socket must be opened again.
  let devicesChanged: EventDescriptor

  private let log: Log
  private let pulse: Pulse
  private var plan: Plan
  private let poller: Poller
  private let timer: TimerDescriptor
  private var monitor: RouteMonitor
  private var holdings: Holdings
  private var announcer: Announcer
  private var leases = Leases()
  private var devices = Devices()
  private var backlog: [AddressNotice] = []
  /// Groups whose addresses the kernel has, for the claim that they shall be there for.
  private var wanted: [Tag: Claim] = [:]
  /// Of each group the last claim that was refused: its node gives it up when it hears of that, and what it has ordered for it before,
  /// after a reload or because somebody else removed an address, must not bring back what nobody would remove.
  private var refused: [Tag: UInt64] = [:]
  /// Groups whose addresses were found at the start and are not claimed yet.
  private var found: Set<Tag> = []
  /// Groups that shall be gone but are not: the kernel refused to remove them.
  private var stuck: Set<Tag> = []
  /// What is being added, one after the other, and what is being renewed: a chunk each at a time.
  private var holds: [Hold] = []
  private var renewal: Renewal?
  private var retryAt = Instant.never
  /// When to read the kernel's state again that could not be read.
  private var rereadAt = Instant.never
  /// Whether the state at the start was read and told.
  private var isSurveyed = false
  private var linkStates = LinkStates()
  private var sources = HeartbeatSources()
  private var urgency: Urgency
  private var isDone = false
  private var isKeeping = false

  /// - Throws: an error of netlink or of the packet socket, in words.
  init(plan: Plan, pulse: Pulse, log: Log) throws {
    self.plan = plan
    urgency = Urgency(plan.configuration.heartbeat)
    self.pulse = pulse
    self.log = log
    orders = try Mailbox(capacity: 1024)
    notices = try Mailbox(capacity: 1024)
    devicesChanged = try EventDescriptor()
    monitor = try RouteMonitor(exceptAdditionsOf: Holdings.protocolTag)
    holdings = try Holdings()
    announcer = try Announcer()
    poller = try Poller()
    timer = try TimerDescriptor()
    try poller.watch(orders.wakeup.descriptor.raw, as: Self.orderToken)
    try poller.watch(monitor.descriptor, as: Self.monitorToken)
    try poller.watch(timer.descriptor.raw, as: Self.timerToken)
  }

  /// The thread's life. It ends holding nothing, unless a successor shall have it.
  func run() {
    urgency.settle(for: plan)
    generation.store(plan.generation, ordering: .releasing)
    takeSnapshot()
    while !isDone {
      arm()
      poller.wait(nanoseconds: isBusy ? 0 : -1) { token in
        if token == Self.orderToken { orders.wakeup.clear() }
      }
      // Whoever sees the pulse of a thread that has just woken up sees what it ordered before, too.
      let isOnTime = isOnTime(at: .now)
      obey()
      awaitOrder(until: Instant(nanoseconds: pulse.expectsOrderUntil))
      if !holds.isEmpty {
        addSome(isOnTime: isOnTime)
        if holds.isEmpty {
          // The order to announce follows at once, as a rule.
          awaitOrder(until: .now + Self.patience)
        }
      }
      readMonitor()
      announceSome()
      let now = Instant.now
      if renewal != nil || now >= leases.nextRenewal { renewSome(at: now) }
      if now >= retryAt { retryRemovals() }
      if now >= rereadAt { takeSnapshot() }
      flushBacklog()
    }
    if !isKeeping { for group in holdings.groups { letGo(group) } }
  }

  /// There is something to go on with at once, after a look at everything else.
  private var isBusy: Bool { !holds.isEmpty || renewal != nil || announcer.nextDeadline <= .now }

  private func arm() {
    guard !isBusy else { return }
    var deadline = min(announcer.nextDeadline, retryAt, rereadAt, leases.nextRenewal)
    if !backlog.isEmpty { deadline = min(deadline, .now + Self.backlogPause) }
    timer.arm(at: deadline == .never ? nil : deadline.nanoseconds)
  }

  // MARK: - Orders

  private func obey() {
    var waiting: [AddressOrder] = []
    while let order = orders.take() { waiting.append(order) }
    for (place, order) in waiting.enumerated() {
      // Ordered before a hand-over, executed after it: this thread was late, and the taker may have announced already.
      if case .announce(let tag, _) = order, waiting[place...].contains(where: { $0.silences(tag) }) { continue }
      execute(order)
    }
  }

  /// An order may be about to come. To go to sleep and to be woken up takes longer than to wait awake, while there is nothing
  /// else to do.
  private func awaitOrder(until end: Instant) {
    while holds.isEmpty, case let now = Instant.now, now < end, announcer.nextDeadline > now { obey() }
  }

  private func execute(_ order: AddressOrder) {
    switch order {
    case .hold(let group, let term): hold(group, term: term)
    case .letGo(let group):
      unwant(group)
      letGo(group)
    case .announce(let group, let term): announce(group, term: term)
    case .defend(let group): announcer.repeatOnce(group)
    case .silence(let group): announcer.end(group)
    case .adopt(let reference):
      // What the former plan has begun is done before the next one counts.
      while !holds.isEmpty { addSome(isOnTime: false) }
      adopt(reference.plan)
    case .exit: isDone = true
    case .exitKeeping:
      isDone = true
      isKeeping = true
    }
  }

  private func unwant(_ tag: Tag) {
    holds.removeAll { $0.group.tag == tag }
    wanted[tag] = nil
    found.remove(tag)
    announcer.end(tag)
    leases.end(tag)
  }

  private func hold(_ tag: Tag, term: UInt64) {
    // A renewal that goes on would put back what the group is to lose.
    renewal = nil
    holds.removeAll { $0.group.tag == tag }
    guard let group = plan.group(tag), refused[tag] != term else { return tell(.failed(tag, term: term)) }
    guard let addresses = addresses(of: group) else {
      letGoQuietly(tag)
      return refuse(tag, term: term)
    }
    let isClaim = wanted[tag]?.term != term
    holds.append(Hold(group: group, term: term, began: .now, addresses: addresses, isClaim: isClaim))
  }

  /// Adds a chunk of what is to be held.
  /// - Parameter isOnTime: whether the heartbeat thread was, before its last orders were executed.
  private func addSome(isOnTime: Bool) {
    guard let hold = holds.first else { return }
    let group = hold.group
    do throws(NetlinkError) {
      var failures = try add(hold, isAnnounced: hold.isClaim && isOnTime)
      if !failures.isEmpty { failures += try holdings.letGo(of: group.tag) }
      if failures.isEmpty, holds[0].isComplete { failures = try holdings.keepOnly(hold.addresses, for: group.tag) }
      guard failures.isEmpty else {
        log.write(.addressRefused(failures.map { "\($0.error)" }, of: group))
        return refuse(group.tag, term: hold.term)
      }
      if holds[0].isComplete { confirm(holds.removeFirst(), at: .now) }
    } catch {
      log.write(.addressRefused(["\(error)"], of: group))
      letGoQuietly(group.tag)
      refuse(group.tag, term: hold.term)
    }
  }

  /// Asks the kernel for the next chunk.
  /// - Parameter isAnnounced: whether what it has confirmed before is announced meanwhile.
  /// - Returns: what was refused.
  private func add(_ hold: Hold, isAnnounced: Bool) throws(NetlinkError) -> [AddressFailure] {
    let chunk = hold.chunk
    let vanguard = isAnnounced ? vanguard(of: hold, at: .now) : nil
    defer { holds[0].announced += vanguard?.finish() ?? 0 }
    let failures = try holdings.add(chunk, for: hold.group.tag)
    holds[0].confirmed += chunk.count
    return failures
  }

  /// Sets out with what the kernel has confirmed, unless its lease may have ended meanwhile.
  private func vanguard(of hold: Hold, at now: Instant) -> Vanguard? {
    guard hold.announced < hold.confirmed, now < Leases.end(of: hold.group.lease, from: hold.began) else { return nil }
    let vips = hold.group.vips[hold.announced..<hold.confirmed]
    let announcements = announcements(of: vips)
    // What cannot be announced must not be counted either.
    return announcements.count == vips.count ? announcer.setOut(with: announcements) : nil
  }

  /// The kernel has all of it.
  private func confirm(_ hold: Hold, at confirmed: Instant) {
    let tag = hold.group.tag
    stuck.remove(tag)
    found.remove(tag)
    wanted[tag] = Claim(term: hold.term, announced: hold.announced)
    tell(.leased(tag, until: leases.begin(tag, seconds: hold.group.lease, at: hold.began)))
    tell(.added(tag, term: hold.term, at: confirmed))
    if hold.isDisturbed { tell(.lost(tag)) }
  }

  private func refuse(_ tag: Tag, term: UInt64) {
    unwant(tag)
    refused[tag] = term
    tell(.failed(tag, term: term))
  }

  /// The group's addresses as the kernel wants them; nil where a device is missing.
  private func addresses(of group: GroupAddresses) -> [InterfaceAddress]? {
    var addresses: [InterfaceAddress] = []
    addresses.reserveCapacity(group.vips.count)
    var finder = DeviceFinder(devices)
    for vip in group.vips {
      guard let link = finder.named(vip.dev) else {
        log.write(.addressWithoutDevice(vip, of: group))
        return nil
      }
      var address = InterfaceAddress(
        prefix: vip.prefix, link: link.index, label: vip.label, broadcast: vip.broadcast,
        protocolTag: Holdings.protocolTag, validLifetime: group.lease, preferredLifetime: group.lease)
      address.noPrefixRoute = vip.noprefixroute
      addresses.append(address)
    }
    return addresses
  }

  private func letGo(_ tag: Tag) {
    do throws(NetlinkError) {
      let failures = try holdings.letGo(of: tag)
      // Our own removal comes back as a notification; read it now, while it cannot be taken for somebody else's.
      readMonitor()
      guard failures.isEmpty else {
        if !stuck.contains(tag) {
          log.write(.removalRefused(failures.map { "\($0.error)" }, of: plan.group(tag)))
        }
        return retryLater(tag)
      }
    } catch {
      if !stuck.contains(tag) { log.write(.removalRefused(["\(error)"], of: plan.group(tag))) }
      return retryLater(tag)
    }
    stuck.remove(tag)
    tell(.removed(tag))
  }

  private func letGoQuietly(_ tag: Tag) {
    if (try? holdings.letGo(of: tag))?.isEmpty != true { retryLater(tag) }
  }

  private func retryLater(_ tag: Tag) {
    stuck.insert(tag)
    retryAt = .now + Self.retryPause
  }

  private func retryRemovals() {
    retryAt = .never
    for tag in stuck { letGo(tag) }
  }

  private func announce(_ tag: Tag, term: UInt64) {
    guard let claim = wanted[tag], claim.term == term, let group = plan.group(tag), isServed(tag, at: .now) else {
      return
    }
    wanted[tag]?.announced = 0
    announcer.begin(
      tag, term: term, announcements(of: group.vips[...]), from: claim.announced,
      refresh: Interval(group.announceRefresh), at: .now)
  }

  /// Those of addresses whose devices have an Ethernet address.
  private func announcements(of vips: ArraySlice<VIPSettings>) -> [Announcement] {
    var finder = DeviceFinder(devices)
    return vips.compactMap { vip in
      guard let link = finder.named(vip.dev), let hardware = link.hardware else { return nil }
      return Announcement(address: IPv4Number(vip.prefix.address), hardware: hardware, link: link.index)
    }
  }

  /// Sends a chunk of what is due.
  private func announceSome() {
    let now = Instant.now
    for outcome in announcer.work(at: now, where: { isServed($0, at: now) }) {
      if let errno = outcome.failure, let group = plan.group(outcome.group) {
        log.write(.announcementFailed("\(errno)", of: group))
      }
      tell(.announced(outcome.group, term: outcome.term, at: outcome.at))
    }
  }

  /// Whether the kernel has the group's addresses for certain. After a stop of this thread they may be somebody else's, and
  /// must not be announced any more.
  private func isServed(_ tag: Tag, at now: Instant) -> Bool {
    guard wanted[tag] != nil, let group = plan.group(tag) else { return false }
    return group.lease == nil || leases.isRunning(tag, at: now)
  }

  /// Goes over to another configuration. What it does not know any more is let go of; what it still knows is put
  /// right by the `hold` orders that follow.
  private func adopt(_ next: Plan) {
    let gone = holdings.groups.filter { next.group($0) == nil }
    // Counted along the former plan's lists.
    for tag in wanted.keys { wanted[tag]?.announced = 0 }
    plan = next
    for tag in gone {
      unwant(tag)
      letGo(tag)
    }
    refused = refused.filter { next.group($0.key) != nil }
    urgency.settle(for: next)
    linkStates.reset()
    tellLinks(again: true)
    generation.store(next.generation, ordering: .releasing)
  }

  // MARK: - Leases

  /// Renews a chunk of the leases, if the heartbeat thread is on time: otherwise the others may already think that this
  /// node is dead, and its addresses shall end.
  private func renewSome(at now: Instant) {
    let isOnTime = isOnTime(at: now)
    // What it may have ordered when it woke up: let go first.
    obey()
    guard isOnTime else {
      renewal = nil
      if leases.postpone(at: now) { log.write(.renewalPaused(deadtime)) }
      return
    }
    var current = renewal ?? beginRenewal(at: now)
    renewal = nil
    do throws(NetlinkError) {
      let failures = try holdings.renew(current.nextChunk { leases.isRunning($0, at: now) })
      if !failures.isEmpty { log.write(.renewalFailed(failures.map { "\($0.error)" })) }
      for failure in failures {
        if let tag = holdings.group(of: failure.address) { current.refused.insert(tag) }
      }
    } catch {
      log.write(.renewalFailed(["\(error)"]))
      _ = leases.postpone(at: now)
      return
    }
    if current.isComplete { finish(current, at: now) } else { renewal = current }
  }

  /// How late the heartbeat thread may be: after that the others may think that this node is dead.
  private var deadtime: Interval { Interval(plan.configuration.heartbeat.deadtime) }

  private func isOnTime(at now: Instant) -> Bool { pulse.isWithin(deadtime.nanoseconds, of: now.nanoseconds) }

  private func beginRenewal(at now: Instant) -> Renewal {
    let groups = leases.running(at: now).compactMap { plan.group($0) }
    return Renewal(of: groups.map { ($0, addresses(of: $0) ?? []) }, at: now)
  }

  private func finish(_ renewal: Renewal, at now: Instant) {
    // What was refused keeps the lease that it has, and is tried again soon.
    if !renewal.refused.isEmpty { _ = leases.postpone(at: now) }
    for group in renewal.groups where !renewal.refused.contains(group.tag) && leases.isRunning(group.tag, at: now) {
      tell(.leased(group.tag, until: leases.begin(group.tag, seconds: group.lease, at: renewal.began)))
    }
    leases.dropEnded(at: now)
  }

  // MARK: - The kernel's notifications

  private func readMonitor() {
    var linksChanged = false
    var addressesChanged = false
    var lost: Set<Tag> = []
    var isLossy = false
    do throws(NetlinkError) {
      isLossy = try monitor.read { event in
        switch event {
        case .linkChanged(let link):
          devices.update(link)
          linksChanged = true
        case .linkRemoved(let link):
          devices.remove(link)
          linksChanged = true
        case .addressRemoved(let address):
          if let group = holdings.group(of: address) {
            lost.insert(group)
          } else {
            addressesChanged = true
          }
        case .addressAdded(let address):
          if holdings.group(of: address) == nil { addressesChanged = true }
        }
      }
    } catch {
      log.write(.notificationsLost("\(error)"))
      isLossy = true
    }
    if isLossy { return takeSnapshot() }
    if linksChanged || addressesChanged {
      tellVantages()
      tellLinks(again: false)
    }
    for tag in lost { noteLoss(of: tag) }
  }

  private func noteLoss(of tag: Tag) {
    if let place = holds.firstIndex(where: { $0.group.tag == tag }) {
      holds[place].isDisturbed = true
    } else if wanted[tag] != nil {
      tell(.lost(tag))
    } else if found.remove(tag) != nil {
      holdings.forget(tag)
      tell(.lost(tag))
    }
  }

  /// Where notifications were lost, or there were none yet, everything is read anew.
  private func takeSnapshot() {
    rereadAt = .never
    do throws(NetlinkError) {
      let snapshot = try holdings.snapshot()
      devices.replace(with: snapshot.links)
      if !isSurveyed { try sortLeftovers(among: snapshot.addresses) }
      for tag in holdings.groups(missingFrom: snapshot.addresses) { noteLoss(of: tag) }
      tellVantages(snapshot.addresses)
      tellLinks(again: !isSurveyed)
      if !isSurveyed { tell(.surveyed) }
      isSurveyed = true
    } catch {
      log.write(.kernelUnreadable("\(error)"))
      rereadAt = .now + Self.retryPause
    }
  }

  /// What an earlier life of the agent has left behind: whole groups are kept for the core to adopt or to let go of.
  private func sortLeftovers(among addresses: [InterfaceAddress]) throws(NetlinkError) {
    let leftovers = Leftovers(of: plan.groups, among: addresses, on: devices)
    if !leftovers.whole.isEmpty { sources.presumeAll(devices) }
    for (group, addresses) in leftovers.whole {
      holdings.adopt(addresses, for: group.tag)
      found.insert(group.tag)
      log.write(.leftoverFound(group))
      tell(.found(group.tag))
    }
    for leftover in leftovers.rest { log.write(.leftoverRemoved("\(leftover.prefix)")) }
    for failure in try holdings.remove(leftovers.rest) { log.write(.leftoverStuck("\(failure.error)")) }
  }

  /// Tells what has changed about the devices that matter, or everything.
  private func tellLinks(again isFull: Bool) {
    if isFull { tellVantages() }
    for notice in linkStates.update(for: plan, with: devices, sources, isFull: isFull) { tell(notice) }
    if LinkStates.isStale(plan, with: devices) { devicesChanged.signal() }
  }

  /// Tells where the wire can be asked from, and what heartbeats leave from: an address of the device's own.
  private func tellVantages(_ known: [InterfaceAddress]? = nil) {
    guard let addresses = known ?? (try? holdings.snapshot().addresses) else { return }
    let own = OwnAddresses(addresses, besides: plan.probes)
    for (place, device) in plan.devices.enumerated() {
      let link = devices.named(device)
      let hardware = link.flatMap { $0.isAskable ? $0.hardwareAddress : nil }
      tell(
        .vantage(
          place: place, index: hardware == nil ? 0 : link?.index ?? 0,
          hardware: hardware.map { EthernetAddress($0) } ?? .zero, address: own.first(on: link?.index ?? 0)))
    }
    for notice in sources.update(for: plan, own) { tell(notice) }
  }

  // MARK: - Notices

  private func tell(_ notice: AddressNotice) {
    if !backlog.isEmpty || !notices.post(notice) { backlog.append(notice) }
  }

  private func flushBacklog() {
    while let notice = backlog.first, notices.post(notice) { backlog.removeFirst() }
  }
}

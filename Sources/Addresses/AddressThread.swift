import Configuration
import Engine
import Linux
import Log
import Netlink
import Support
import Synchronization
import TakeoverCore

/// The thread that works on the kernel's addresses.
///
/// **Runs here:** netlink requests and notifications, lease renewal, gratuitous ARP. It may wait: somebody else's work can
/// hold the kernel's RTNL lock for hundreds of milliseconds, which is why the heartbeat thread never comes here. **In:**
/// `orders` from the heartbeat thread, notifications from the kernel. **Out:** `notices` to the heartbeat thread, in
/// order; those that do not fit wait here, because a lost completion would leave a group half-moved for ever.
package final class AddressThread: @unchecked Sendable {
  private static let orderToken: UInt32 = 0, monitorToken: UInt32 = 1, timerToken: UInt32 = 2
  /// After a removal that the kernel refused, and after notices that did not fit.
  static let retryPause = Interval.milliseconds(500)
  private static let backlogPause = Interval.milliseconds(1)
  /// How long the order to announce is looked out for: longer than the heartbeat thread takes to wake up and to decide.
  private static let patience = Interval.microseconds(100)

  package let orders: Mailbox<AddressOrder>
  package let notices: Mailbox<AddressNotice>
  /// The number of the generation that this thread works under; older generations are not looked at any more.
  package let generationNumber = Atomic<Int>(0)
  /// Signalled when a heartbeat device has come, or has come anew: its socket must be opened again.
  package let devicesChanged: EventDescriptor

  let log: Log
  let liveness: ThreadLiveness
  var generation: Generation
  private let poller: Poller
  private let timer: TimerDescriptor
  var monitor: RouteMonitor
  var ownedAddresses: OwnedAddresses
  var routes: RouteMender
  var announcer: Announcer
  var leases = Leases()
  var devices = Devices()
  var hosts = HostAddresses()
  private var backlog: [AddressNotice] = []
  /// Groups whose addresses the kernel has, for the claim that they shall be there for.
  var wanted: [Tag: Claim] = [:]
  /// Of each group the last claim that was refused: its node gives it up when it hears of that, and what it has ordered for it before,
  /// after a reload or because somebody else removed an address, must not bring back what nobody would remove.
  var refused: [Tag: UInt64] = [:]
  /// Groups whose addresses were found at the start and are not claimed yet.
  var found: Set<Tag> = []
  /// Groups that shall be gone but are not: the kernel refused to remove them.
  var stuck: Set<Tag> = []
  /// What is being added, one after the other, and what is being renewed: a chunk each at a time.
  var holds: [AddPass] = []
  var renewal: RenewalPass?
  var retryAt = Instant.never
  /// When to read the kernel's state again that could not be read.
  var rereadAt = Instant.never
  /// Whether the state at the start was read and told.
  var isSurveyed = false
  var linkStates = LinkStates()
  var sources = HeartbeatSources()
  /// So many probe sources were told, the last time.
  var probeSources = 0
  var priority: AddressThreadPriority
  private var isDone = false
  private var isKeeping = false

  /// - Throws: an error of netlink or of the packet socket, in words.
  package init(generation: Generation, liveness: ThreadLiveness, log: Log) throws {
    self.generation = generation
    priority = AddressThreadPriority(generation.configuration.heartbeat)
    self.liveness = liveness
    self.log = log
    orders = try Mailbox(capacity: 1024)
    notices = try Mailbox(capacity: 1024)
    devicesChanged = try EventDescriptor()
    monitor = try RouteMonitor(exceptAdditionsOf: AddressMarks.tag)
    ownedAddresses = try OwnedAddresses()
    routes = try RouteMender()
    announcer = try Announcer()
    poller = try Poller()
    timer = try TimerDescriptor()
    try poller.watch(orders.wakeup.descriptor.raw, as: Self.orderToken)
    try poller.watch(monitor.descriptor, as: Self.monitorToken)
    try poller.watch(timer.descriptor.raw, as: Self.timerToken)
  }

  /// The thread's life. It ends holding nothing, unless a successor shall have it.
  package func run() {
    priority.settle(for: generation)
    generationNumber.store(generation.number, ordering: .releasing)
    takeSnapshot()
    while !isDone {
      arm()
      poller.wait(nanoseconds: isBusy ? 0 : -1) { token in
        if token == Self.orderToken { orders.wakeup.clear() }
      }
      // If this thread sees that the heartbeat thread is alive, it sees everything that one ordered before, too.
      let isOnTime = isOnTime(at: .now)
      obey()
      awaitOrder(until: Instant(nanoseconds: liveness.expectsOrderUntil))
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
    if !isKeeping { for group in ownedAddresses.groups { letGo(group) } }
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

  func obey() {
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
    case .defend(let group): announcer.repeatOnce(group, by: devices)
    case .silence(let group): announcer.end(group)
    case .adopt(let reference):
      // What the former generation has begun is done before the next one counts.
      while !holds.isEmpty { addSome(isOnTime: false) }
      adopt(reference.generation)
    case .exit: isDone = true
    case .exitKeeping:
      isDone = true
      isKeeping = true
    }
  }

  // MARK: - Notices

  func tell(_ notice: AddressNotice) {
    if !backlog.isEmpty || !notices.post(notice) { backlog.append(notice) }
  }

  private func flushBacklog() {
    while let notice = backlog.first, notices.post(notice) { backlog.removeFirst() }
  }
}

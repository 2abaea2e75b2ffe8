import Configuration
import Engine
import Glibc
import Linux
import Support
import TakeoverCore
import Wire

/// The thread that beats.
///
/// **Runs here:** the heartbeat sockets, the probe sockets, the timer, ``TakeoverCore``. **Never here:** netlink, a
/// file, the log, a lock, an allocation after the start: whatever takes long somewhere else would be a missed
/// heartbeat, and so a failover for nothing. **In:** `commands` from the main thread, `notices` from the address
/// thread. **Out:** `orders` to the address thread, `reports` to the main thread; both are dropped and counted rather
/// than waited for when full.
///
/// `orders` cannot fill up unless the address thread hangs for good: the core has at most two orders a group under way,
/// and one more in ten seconds.
/// An order that is refused all the same is answered with a failure, as if the kernel had refused. A report that is
/// refused is a line missing in the log, and counted.
///
/// Every loop here ends after so many steps and after so long (``Turn``), and all reading together has its share of the
/// time (``Reading``): nobody who sends, and no thread of the agent, can hold up a beat.
package final class HeartbeatThread: @unchecked Sendable {
  private static let timerToken: UInt32 = 100, commandToken: UInt32 = 101, noticeToken: UInt32 = 102
  static let arpToken: UInt32 = 103, icmpToken: UInt32 = 104
  /// Packets taken from one socket before the others and the timer get their turn: more than all nodes together send in
  /// a deadtime, and more than the socket has room for.
  static let burst = 4096
  /// Notices and commands before it is the others' turn, and how long that may take.
  private static let messageLimit = 64, messageTime = Interval.milliseconds(1)
  /// Between two reports of a stranger's claims.
  static let usurpedPause = Interval.seconds(1)
  /// How often the thread looks at the clock at least that goes on while the machine is suspended.
  static let nap = Interval.seconds(1)

  package let commands: Mailbox<HeartbeatCommand>
  package let reports: Mailbox<HeartbeatNotice>
  let notices: Mailbox<AddressNotice>
  let orders: Mailbox<AddressOrder>

  let liveness: ThreadLiveness
  var generation: Generation
  var prober: Prober
  let poller: Poller
  /// Ends the wait after a suspend: the wait's own limit does not count that time.
  private let timer: TimerDescriptor
  private var awakeUntil = Instant.origin
  var busyWait = BusyWait()
  var actions = ActionList()
  /// Of the actions that are being executed: what they could not do, to tell the core afterwards.
  var failures = noFailures
  static let noFailures = FailureList(filler: .unasked(GroupIndex(0)))
  var drops = DropLog()
  /// Why the core did not take the last heartbeat into account; nil where it did.
  var lastDrop: DropReason?
  /// Where the last authentic heartbeat came from: an IPv4 address in network byte order.
  var source: UInt32 = 0
  /// A stranger's claim that is not answered is not reported again before.
  var usurpedQuietUntil = Instant.origin
  var isDone = false
  /// Reports lie in the mailbox of which the main thread was not told yet.
  var hasReported = false
  /// There is more in a mailbox than one turn takes.
  private var isBehind = false
  /// What the main thread was not told yet of the last snapshot.
  var snapshotTaken: HeartbeatNotice?
  /// Of the operator's request that the core is deciding on.
  var ticket: UInt32?
  /// Who has asked for what the core is deciding on; nil where nobody has.
  var asker: Operator?
  let outgoing = UnsafeMutableRawBufferPointer.allocate(byteCount: HeartbeatCodec.maximumLength, alignment: 16)
  /// Of the heartbeat in `outgoing`.
  var outgoingLength = 0
  /// A heartbeat was said, and its copies lie in the sockets already.
  var hasSpoken = false
  var reading: Reading
  var packets = PacketBatch()
  let incoming = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)
  /// When the thread looks at what is seldom worth a look.
  var nextRound = Instant.origin
  package let counters = Counters()
  /// What the core is told before it starts.
  private let memories: [Event]

  /// - Parameter memories: what the core is told before it starts, of an agent that ran before.
  package init(
    generation: Generation, liveness: ThreadLiveness, notices: Mailbox<AddressNotice>, orders: Mailbox<AddressOrder>,
    memories: [Event] = []
  ) throws(SystemError) {
    self.generation = generation
    self.memories = memories
    self.liveness = liveness
    prober = try Prober(generation: generation)
    reading = Reading(keepalive: Interval(generation.configuration.heartbeat.keepalive))
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
    for (place, link) in generation.links.enumerated() {
      guard let link else { continue }
      try poller.watch(link.socket.descriptor.raw, as: UInt32(place))
      try link.martians.hear(from: generation.probes.all, port: link.port, of: generation.clusterTag)
    }
  }

  deinit {
    outgoing.deallocate()
    incoming.deallocate()
  }

  /// The thread's life.
  package func run() {
    Realtime.prefaultStack(bytes: 64 << 10)
    incoming.initializeMemory(as: UInt8.self, repeating: 0)
    outgoing.initializeMemory(as: UInt8.self, repeating: 0)
    if generation.configuration.heartbeat.realtime {
      enterRealtime(priority: generation.configuration.heartbeat.rtprio)
    }
    for memory in memories { handle(memory, at: .now) }
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
      let now = woken ?? wakeUp()
      obey()
      letTimePass()
      if hasSpoken, reading.mode == .watched { hearCopies() }
      if now >= nextRound { lookAround(at: now) }
      if snapshotTaken != nil { postSnapshot() }
      if hasReported { wakeMainThread() }
      if reading.settle(canWait: generation.core.mayHearLater, at: .now) { rewatch() }
    }
  }

  /// What has arrived is heard before anything else.
  private func wakeUp() -> Instant {
    let now = Instant.now
    guard reading.isDue(at: now) else { return now }
    for place in generation.links.indices { drain(link: place, at: now) }
    if reading.mode == .flooded {
      hearARP(at: now)
      hearEchoes(at: now)
    }
    return now
  }

  /// Time passes only when everything that has arrived was heard. This thread may have been held up since it looked, so
  /// it looks again before time decides anything; before a mere beat it need not.
  private func letTimePass() {
    let now = Instant.now
    if now >= generation.core.nextJudgement {
      if !reading.isBroke(.heartbeats, at: now) {
        for place in generation.links.indices { drain(link: place, at: now, until: now) }
      }
      hearARP(at: now)
      hearEchoes(at: now)
    }
    if now >= generation.core.nextDeadline { handle(.timer, at: now) }
    liveness.beat(at: now.nanoseconds)
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
    if isBehind || busyWait.isAwake(at: now) { return 0 }
    var deadline = generation.core.nextDeadline
    if reading.mode == .flooded { deadline = min(deadline, reading.next) }
    // While heartbeats come, the next beat is always earlier than anything that time could decide.
    if generation.core.nextJudgement - BusyWait.lead <= deadline {
      let decision = generation.core.nextDecision
      // At warntime, too: from then on the wire is asked at even intervals, the last of which ends at the deadline.
      deadline = min(deadline, busyWait.begin(of: generation.core.nextJudgement))
      if now >= busyWait.begin(of: decision), busyWait.turn(to: decision) {
        liveness.expectOrder(until: (decision + BusyWait.patience).nanoseconds)
        orders.wakeup.signal()
      }
    }
    return deadline == .never ? -1 : max((deadline - now).nanoseconds, 0)
  }

  private func obey() {
    var turn = Turn(of: Self.messageLimit, until: .now + Self.messageTime)
    isBehind = true
    while turn.goesOn() {
      if let notice = notices.take() {
        take(notice)
      } else if let command = commands.take() {
        obey(command)
      } else {
        isBehind = false
        return
      }
    }
  }

  /// The main thread is told when everything else is done: to wake it takes as long as to say a heartbeat.
  func post(_ notice: HeartbeatNotice) {
    if reports.put(notice) { hasReported = true }
  }

  /// Tells of the snapshot that was taken. Where there is no room it is told later: whoever waits for it asks for no other.
  func postSnapshot() {
    guard let taken = snapshotTaken, reports.put(taken) else { return }
    snapshotTaken = nil
    hasReported = true
  }

  private func wakeMainThread() {
    hasReported = false
    reports.wakeup.signal()
  }
}

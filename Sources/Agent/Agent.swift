import Addresses
import CLinux
import Configuration
import Engine
import Glibc
import Heartbeats
import Linux
import Log
import Status
import Support
import TakeoverCore

/// The daemon. Its main thread starts the others, hears signals and what the heartbeat thread has to say, and ends them.
///
/// ``Generations`` has the configurations that it runs on, ``EventHistory`` what has happened, ``Endpoints`` is where it is spoken
/// to, ``Shutdown`` how it ends.
package final class Agent {
  private static let signalToken: UInt32 = 0, noticeToken: UInt32 = 1, deviceToken: UInt32 = 2
  private static let receptionToken: UInt32 = 3, foreignToken: UInt32 = 4

  private let log: Log
  private let signals: SignalDescriptor
  private let poller: Poller
  private let heartbeats: HeartbeatThread
  private let addresses: AddressThread
  private let generations: Generations
  private let eventHistory: EventHistory
  private let endpoints: Endpoints
  private let shutdown = Shutdown()
  private let reloads = ReloadPace()
  private let users = LocalUsers()
  private let foreign: ForeignAddresses
  private let standby: StandbyMemory
  /// What is on standby may have changed, and was not kept yet; and whether a status that tells is on its way.
  private var owesStandby = false, isAskingForStandby = false
  /// How long the end of the agent waits for that status.
  private static let standbyPatience = Interval.milliseconds(200)
  /// Whoever supervises this process and wants to be told; nil where nobody does.
  private let service: ServiceReporter?

  /// Reads the configuration and opens everything; nothing has been said or changed yet.
  /// - Parameter nodeName: the node that this host is; what `uname -n` prints if none is given.
  /// - Throws: ``ConfigRefusal``, `SystemError` or `NetlinkError`, each fit to be shown as it is.
  package init(configPath: String, nodeName: String? = nil) throws {
    // The keys are to be in no core file, not even in parts: before they are read.
    SecretMemory.forbidCoreFiles()
    // Blocked before any thread starts, so that none of them is ever interrupted or ended by one.
    signals = try SignalDescriptor([SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2])
    signal(SIGPIPE, SIG_IGN)
    let host = try HostConfiguration(path: configPath, nodeName: nodeName)
    let session = try Self.drawSession()
    let generation = try Generation(
      host.configuration, keys: host.keys, nodeName: host.nodeName, session: session, after: nil)
    let liveness = ThreadLiveness()
    log = try Log(node: host.nodeName)
    addresses = try AddressThread(generation: generation, liveness: liveness, log: log)
    standby = try StandbyMemory(log: log)
    heartbeats = try HeartbeatThread(
      generation: generation, liveness: liveness, notices: addresses.notices, orders: addresses.orders,
      memories: standby.events(for: generation.groups.map(\.name)))
    service = ServiceReporter.asTheEnvironmentWants(liveness, heartbeats.commands, log)
    generations = Generations(
      generation, of: host, path: configPath, session: session, commands: heartbeats.commands, service: service,
      users: users, log: log)
    eventHistory = EventHistory(generation, quietDevices: host.quietDevices, users: users, log: log)
    let devices = DeviceStates(log: log)
    foreign = try ForeignAddresses(devices: devices, log: log)
    let statusCollector = StatusCollector(
      generations: generations, foreign: foreign, devices: devices, eventHistory: eventHistory, shutdown: shutdown,
      heartbeats: heartbeats,
      addresses: addresses, standby: standby, log: log, session: session)
    endpoints = try Endpoints(
      ControlHandler.Agent(
        command: { [heartbeats] in heartbeats.commands.post($0) },
        generation: { [generations] in generations.generation(of: $0) },
        currentPlan: { [eventHistory] in eventHistory.generation },
        status: { generation, snapshot in statusCollector.status(of: snapshot, generation) },
        wantReload: { [reloads] in reloads.want(by: $0) },
        isEnding: { [shutdown] in shutdown.hasBegun }),
      log: log)
    poller = try Poller()
    try poller.watch(endpoints.descriptor, as: Self.receptionToken)
    try poller.watch(signals.descriptor.raw, as: Self.signalToken)
    try poller.watch(heartbeats.reports.wakeup.descriptor.raw, as: Self.noticeToken)
    try poller.watch(foreign.descriptor, as: Self.foreignToken)
    try poller.watch(addresses.devicesChanged.descriptor.raw, as: Self.deviceToken)
  }

  private static func drawSession() throws(SystemError) -> UInt64 {
    var session: UInt64 = 0
    try retryOnInterrupt("getrandom") { getrandom(&session, 8, 0) }
    return max(session, 1)
  }

  /// Runs until a signal ends it.
  /// - Returns: the exit code: 0 when everything was let go of and said, 1 otherwise.
  package func run() throws -> Int32 {
    defer { log.close(flushWithin: 500) }
    generations.introduce()
    standby.introduce(for: eventHistory.generation.groups.map(\.name))
    foreign.look(for: eventHistory.generation)
    lockMemory()
    let addressThread = try Thread(name: "address") { [addresses] in addresses.run() }
    let heartbeatThread = try Thread(name: "heartbeat") { [heartbeats] in heartbeats.run() }
    endpoints.open(as: eventHistory.generation.configuration)
    while shutdown.isPending(at: .now) { turn() }
    let patience = Instant.now + Self.standbyPatience
    while owesStandby, Instant.now < patience { turn() }
    endpoints.controlHandler.close()
    guard shutdown.isComplete else {
      log.write(.stoppedUnfinished(after: Shutdown.patience))
      return 1
    }
    _ = heartbeats.commands.post(.exit)
    heartbeatThread.join()
    _ = addresses.orders.post(shutdown.isRestart ? .exitKeeping : .exit)
    addressThread.join()
    standby.finish()
    log.write(.counted(heartbeats.counters.summary))
    log.write(.stopped(leavingAddresses: shutdown.isRestart))
    return 0
  }

  private func lockMemory() {
    guard eventHistory.generation.configuration.heartbeat.realtime else { return }
    do throws(SystemError) {
      // To read the configuration took these and little else does; a reload brings back what it needs.
      for library in ["libstdc++.so.6", "libm.so.6"] { Realtime.letGo(of: library) }
      try Realtime.lockMemory()
      eventHistory.isMemoryLocked = true
    } catch {
      log.write(.memoryNotLocked("\(error)"))
    }
  }

  /// Waits for something to do, and does all of it.
  private func turn() {
    var devicesChanged = false
    poller.wait(timeoutMilliseconds: timeout) { token in
      if token == Self.deviceToken { devicesChanged = true }
      if token == Self.foreignToken { foreign.serve() }
    }
    if devicesChanged {
      addresses.devicesChanged.clear()
      if !shutdown.hasBegun { generations.reopenLinks() }
    }
    heartbeats.reports.wakeup.clear()
    takeSignals()
    while let notice = heartbeats.reports.take() { take(notice) }
    // What was not told may have been a standby.
    if eventHistory.noteLost(heartbeats.reports.refused) { owesStandby = true }
    if owesStandby, !isAskingForStandby { keepStandby() }
    endpoints.serve()
    if !shutdown.hasBegun { reload(at: .now) }
    tellService()
    generations.forget(
      before: min(addresses.generationNumber.load(ordering: .acquiring), eventHistory.generation.number))
  }

  /// How long the main thread may sleep, in milliseconds; -1 for ever.
  private var timeout: Int32 {
    let waits = [
      endpoints.controlHandler.timeout, service?.timeout(at: .now) ?? -1,
      shutdown.hasBegun ? 100 : reloads.timeout(at: .now),
    ]
    return waits.filter { $0 >= 0 }.min() ?? -1
  }

  private func tellService() {
    guard let service else { return }
    let now = Instant.now
    if service.wantsStatus(at: now) {
      endpoints.controlHandler.withStatus { if case .success(let status) = $0 { service.take(status) } }
    }
    service.tick(at: now)
  }

  private func reload(at now: Instant) {
    guard reloads.isDue(at: now) else { return }
    let askers = reloads.begin(at: now)
    endpoints.controlHandler.reloadBegins()
    // Where it succeeds, the heartbeat thread says when it is in force.
    if let complaint = generations.reload(askedBy: askers) { endpoints.controlHandler.reloadRefused(complaint) }
  }

  // MARK: - Signals

  /// As many as there are kinds of them: whoever sends more does not keep this thread from its other work.
  private func takeSignals() {
    for _ in 0..<5 {
      guard let next = signals.next() else { return }
      obey(next.signal, by: next.sender.map { Operator($0) })
    }
  }

  private func obey(_ signal: Int32, by sender: Operator?) {
    guard !shutdown.hasBegun else { return }
    switch signal {
    case SIGHUP: reloads.want(by: sender)
    case SIGUSR1:
      makeWayForSuccessor(sender)
    // Maintenance without an end of the agent.
    case SIGUSR2: _ = heartbeats.commands.post(.toggleStandby(by: sender))
    default:
      end(.stop, "handing over and letting go")
      log.write(.stopRequested(by: signal == SIGINT ? "SIGINT" : "SIGTERM").asked(by: sender, users.name(of:)))
    }
  }

  /// Another agent is about to start on this host: it shall find the addresses where they are. But what it would refuse to start with
  /// leaves the addresses to nobody: then they go to another node at once, instead of when their lease ends.
  private func makeWayForSuccessor(_ sender: Operator?) {
    if let refusal = generations.refusalOfSuccessor() {
      end(.stop, "handing over and letting go: a successor would not start")
      for message in Message.successorWouldFail(refusal) { log.write(message.asked(by: sender, users.name(of:))) }
    } else {
      end(.restart, "leaving the addresses to a successor")
      log.write(.restartRequested().asked(by: sender, users.name(of:)))
    }
  }

  /// - Parameter line: what the service manager is told last.
  private func end(_ command: HeartbeatCommand, _ line: String) {
    var isRestart = false
    if case .restart = command { isRestart = true }
    shutdown.begin(isRestart: isRestart, at: .now)
    service?.ends(line)
    _ = heartbeats.commands.post(command)
  }

  // MARK: - What the heartbeat thread says

  private func take(_ notice: HeartbeatNotice) {
    let controlHandler = endpoints.controlHandler
    if case .snapshotTaken(_, let number) = notice { return controlHandler.filled(number: number) }
    controlHandler.forget()
    service?.invalidate(at: .now)
    switch notice {
    case .snapshotTaken: return
    case .report(let report, let at): note(report, at: at, askedBy: nil)
    case .ordered(let report, let at, let asker): note(report, at: at, askedBy: asker)
    case .adopted(let number): goOver(to: number)
    case .decided(let ticket, let request, let group, let refusal):
      // A standby for all is said of no group.
      if group == nil { owesStandby = true }
      controlHandler.decided(
        ticket, request, group.map(eventHistory.group), refusal: refusal,
        reason: refusal.map { eventHistory.formatter.reason($0) })
    case .takeover(let timeline): eventHistory.note(timeline)
    case .dropped(let reason, let count, let source, let node):
      eventHistory.noteDropped(reason, count: count, source: source, node: node, at: .now)
    case .strangerHeard(let tag, let source): eventHistory.noteStranger(tag, from: source)
    case .namesakeHeard(let session, let source): eventHistory.noteNamesake(session: session, from: source)
    case .listenFailed(let link, let errno): eventHistory.noteDeafness(of: link, Errno(rawValue: errno))
    case .sendFailed(let link, let errno): eventHistory.noteLink(link, failure: Errno(rawValue: errno))
    case .sendRecovered(let link): eventHistory.noteLink(link, failure: nil)
    case .sourceChanged(let link, let address): eventHistory.noteSource(of: link, address)
    case .martian(let link, let node, let hardware, let source):
      eventHistory.noteMartian(on: link, of: node, hardware, from: source, at: .now)
    case .realtimeRefused(let errno): eventHistory.noteRealtimeRefused(Errno(rawValue: errno))
    case .finished: shutdown.isComplete = true
    }
  }

  private func note(_ report: Report, at now: Instant, askedBy asker: Operator?) {
    settle(report)
    eventHistory.note(report, at: now, askedBy: asker)
    switch report {
    case .onStandby, .groupOnStandby: owesStandby = true
    default: return
    }
  }

  /// What somebody waits for.
  private func settle(_ report: Report) {
    switch report {
    case .fulfilled(let group, let request):
      endpoints.controlHandler.settled(request, eventHistory.group(group), failure: nil)
    case .unfulfilled(let group, let request, let cause):
      endpoints.controlHandler.settled(
        request, eventHistory.group(group), failure: eventHistory.formatter.explanation(of: cause).words)
    default: return
    }
  }

  /// Has the next agent of this host know what its operator has put on standby.
  private func keepStandby() {
    isAskingForStandby = true
    endpoints.controlHandler.withStatus { [unowned self] result in
      isAskingForStandby = false
      guard case .success(let status) = result else { return }
      owesStandby = false
      standby.keep(OperatorStandby(of: status), among: status.groups.map(\.name))
    }
  }

  /// The heartbeat thread has gone over to another generation: what it says from now on is in its numbers.
  private func goOver(to number: Int) {
    guard let generation = generations.generation(of: number) else { return }
    eventHistory.turn(to: generation, quietDevices: generations.quietDevices)
    foreign.look(for: generation)
    owesStandby = true
    guard generations.putsIntoForce(generation) else { return }
    let messages = generations.reloadMessages
    for message in messages { log.write(message) }
    endpoints.open(as: generation.configuration)
    endpoints.controlHandler.reloaded(messages.map(\.text))
  }
}

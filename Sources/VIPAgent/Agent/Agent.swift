import CLinux
import Glibc
import Linux
import Netlink
import TakeoverCore

/// The daemon. Its main thread makes plans of configurations, hears signals, puts what the heartbeat thread reports
/// into words, and ends the others.
final class Agent {
  private static let signalToken: UInt32 = 0, reportToken: UInt32 = 1, deviceToken: UInt32 = 2
  private static let controlToken: UInt32 = 3, metricsToken: UInt32 = 4
  private static let feedToken: UInt32 = 5
  /// A stop hands over and lets go within 900 ms; an agent that is not done by then ends all the same.
  private static let patience = Interval.milliseconds(1_500)

  private let configPath: String
  private let nodeName: String
  private let log: Log
  /// Everything that is said, for those who follow events.
  private let feed: LogQueue
  private let signals: SignalDescriptor
  private let poller: Poller
  private let session: UInt64
  private let heartbeats: HeartbeatThread
  private let addresses: AddressThread
  private var narrator: Narrator
  private var keys: KeyRing
  /// Devices, users and groups that the configuration names and the host does not have.
  private let missing: [ConfigDiagnostic]
  /// Plans that a thread may still use, the newest last.
  private var plans: [Plan]
  /// Reports that found no room so far, to say when there are more.
  private var lostReports: UInt64 = 0
  private var stopsAt = Instant.never
  /// The generation of the plan that a reload has made, to say when it is in force.
  private var reloading = 0
  private var isFinished = false
  private var isRestarting = false
  /// Whether this node is on standby as a whole, by whatever way an operator has said so.
  private var isOnStandby = false
  private var history = History(started: .now)
  private var configured = Moment.now
  private var reloadRefused: String?
  private var isRealtime: Bool
  private var isMemoryLocked = false
  /// What the kernel answers to heartbeats, by the link's place.
  private var linkFailures: [Int: String] = [:]
  /// Whoever supervises this process and wants to be told; nil where nobody does.
  private let service: ServiceReporter?
  private let metrics: MetricsListener
  private lazy var desk = ControlDesk(
    agent: ControlDesk.Agent(
      command: { [heartbeats] in heartbeats.commands.post($0) },
      plan: { [unowned self] generation in plans.first { $0.generation == generation } },
      currentPlan: { [unowned self] in narrator.plan },
      status: { [unowned self] plan, snapshot in status(of: snapshot, plan) },
      metrics: { [unowned self] in metricsText($0) },
      reload: { [unowned self] in reload() },
      isEnding: { [unowned self] in stopsAt != .never }))

  /// Reads the configuration and opens everything; nothing has been said or changed yet.
  /// - Throws: ``ConfigRefusal``, `SystemError` or `NetlinkError`, each fit to be shown as it is.
  init(configPath: String) throws {
    self.configPath = configPath
    // Blocked before any thread starts, so that none of them is ever interrupted or ended by one.
    signals = try SignalDescriptor([SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2])
    signal(SIGPIPE, SIG_IGN)
    let host = try HostConfiguration(path: configPath)
    keys = host.keys
    missing = host.missingDevices + host.missingPrincipals
    nodeName = host.nodeName
    session = try Self.drawSession()
    let plan = try Plan(host.configuration, keys: host.keys, nodeName: nodeName, session: session, after: nil)
    log = try Log(node: nodeName)
    feed = try log.follow(capacity: 1_024)
    let pulse = Pulse()
    addresses = try AddressThread(plan: plan, pulse: pulse, log: log)
    heartbeats = try HeartbeatThread(
      plan: plan, pulse: pulse, notices: addresses.notices, orders: addresses.orders)
    service = ServiceReporter.asTheEnvironmentWants(pulse, heartbeats.commands, log)
    narrator = Narrator(plan: plan)
    plans = [plan]
    poller = try Poller()
    metrics = try MetricsListener()
    isRealtime = plan.configuration.heartbeat.realtime
    metrics.handler = { [unowned self] asker in
      desk.withStatus { [unowned self] result in metrics.answer(asker, (try? result.get()).map(metricsText)) }
    }
  }

  /// Runs until a signal ends it.
  /// - Returns: the exit code: 0 when everything was let go of and said, 1 otherwise.
  func run() throws -> Int32 {
    defer { log.close(flushWithin: 500) }
    log.write(.started(plans[0].configuration, as: nodeName))
    warnOf(missing)
    lockMemory()
    let addressThread = try Thread(name: "address") { [addresses] in addresses.run() }
    let heartbeatThread = try Thread(name: "heartbeat") { [heartbeats] in heartbeats.run() }
    openControl()
    openMetrics()
    try poller.watch(metrics.descriptor, as: Self.metricsToken)
    try poller.watch(feed.wakeup.descriptor.raw, as: Self.feedToken)
    try poller.watch(signals.descriptor.raw, as: Self.signalToken)
    try poller.watch(heartbeats.reports.wakeup.descriptor.raw, as: Self.reportToken)
    try poller.watch(addresses.devicesChanged.descriptor.raw, as: Self.deviceToken)
    while !isFinished, .now < stopsAt {
      var devicesChanged = false
      poller.wait(timeoutMilliseconds: timeout) { token in
        if token == Self.deviceToken { devicesChanged = true }
      }
      if devicesChanged { reopenLinks() }
      heartbeats.reports.wakeup.clear()
      while let signal = signals.next() { obey(signal) }
      while let notice = heartbeats.reports.take() { take(notice) }
      noteLostReports()
      feed.wakeup.clear()
      while let entry = feed.take() { desk.publish(entry) }
      desk.serve()
      metrics.serve(at: .now)
      tellService()
      forgetOldPlans()
    }
    desk.close()
    guard isFinished else {
      log.write(.stoppedUnfinished(after: Self.patience))
      return 1
    }
    _ = heartbeats.commands.post(.exit)
    heartbeatThread.join()
    _ = addresses.orders.post(isRestarting ? .exitKeeping : .exit)
    addressThread.join()
    log.write(.counted(heartbeats.counters.summary))
    log.write(.stopped(leavingAddresses: isRestarting))
    return 0
  }

  /// How long the main thread may sleep, in milliseconds; -1 for ever.
  private var timeout: Int32 {
    let waits = [desk.timeout, service?.timeout(at: .now) ?? -1, stopsAt == .never ? -1 : 100]
    return waits.filter { $0 >= 0 }.min() ?? -1
  }

  private func tellService() {
    guard let service else { return }
    let now = Instant.now
    if service.wantsStatus(at: now) {
      desk.withStatus { if case .success(let status) = $0 { service.take(status) } }
    }
    service.tick(at: now)
  }

  /// A device may come later than the agent, and so may a user.
  private func warnOf(_ missing: [ConfigDiagnostic]) {
    for diagnostic in missing {
      let line = diagnostic.position.map { ":\($0.line)" } ?? ""
      log.write(.notOnHost(diagnostic.message, at: "\(configPath)\(line)"))
    }
  }

  private func lockMemory() {
    guard plans[0].configuration.heartbeat.realtime else { return }
    do throws(SystemError) {
      try Realtime.lockMemory()
      isMemoryLocked = true
    } catch {
      log.write(.memoryNotLocked("\(error)"))
    }
  }

  private static func drawSession() throws(SystemError) -> UInt64 {
    var session: UInt64 = 0
    try retryOnInterrupt("getrandom") { getrandom(&session, 8, 0) }
    return max(session, 1)
  }

  // MARK: - Signals

  private func obey(_ signal: Int32) {
    switch signal {
    case SIGHUP: _ = reload()
    case SIGUSR1: restart()
    case SIGUSR2: toggleStandby()
    default: stop(signal)
    }
  }

  private func stop(_ signal: Int32) {
    guard stopsAt == .never else { return }
    log.write(.stopRequested(by: signal == SIGINT ? "SIGINT" : "SIGTERM"))
    stopsAt = .now + Self.patience
    service?.ends("handing over and letting go")
    _ = heartbeats.commands.post(.stop)
  }

  /// Another agent is about to start on this host: it shall find the addresses where they are.
  private func restart() {
    guard stopsAt == .never else { return }
    log.write(.restartRequested())
    stopsAt = .now + Self.patience
    isRestarting = true
    service?.ends("leaving the addresses to a successor")
    _ = heartbeats.commands.post(.restart)
  }

  /// Maintenance without an end of the agent: the first signal hands everything over, the next takes part again.
  private func toggleStandby() {
    guard stopsAt == .never else { return }
    _ = heartbeats.commands.post(isOnStandby ? .available : .standby)
  }

  /// A device that heartbeats go over has come, or has come anew: its socket must be bound again.
  private func reopenLinks() {
    addresses.devicesChanged.clear()
    guard stopsAt == .never, let former = plans.last else { return }
    do {
      let plan = try Plan(former.configuration, keys: keys, nodeName: nodeName, session: session, after: former)
      for (link, old) in zip(plan.links, former.links) {
        if let link, link !== old { log.write(.deviceCame(link.device)) }
      }
      adopt(plan)
    } catch {
      log.write(.deviceNotOpened("\(error)"))
    }
  }

  private func adopt(_ plan: Plan) {
    plans.append(plan)
    guard heartbeats.commands.post(.adopt(PlanReference(plan))) else {
      plans.removeLast()
      service?.hasReloaded()
      return log.write(.threadHangs())
    }
  }

  /// A new configuration counts wholly or not at all.
  /// - Returns: why it does not count; nil where it is on its way into force.
  private func reload() -> String? {
    guard stopsAt == .never, let former = plans.last else { return "the agent is stopping" }
    service?.reloads()
    do {
      let host = try HostConfiguration(path: configPath, nodeName: nodeName)
      let plan = try Plan(host.configuration, keys: host.keys, nodeName: nodeName, session: session, after: former)
      warnOfWhatNeedsARestart(former.configuration, host.configuration)
      keys = host.keys
      warnOf(host.missingDevices + host.missingPrincipals)
      reloading = plan.generation
      adopt(plan)
      reloadRefused = nil
      return nil
    } catch {
      reloadRefused = "\(error)"
      for message in Message.reloadRefused("\(error)") { log.write(message) }
      service?.hasReloaded()
      return "\(error)"
    }
  }

  private func warnOfWhatNeedsARestart(_ former: Configuration, _ next: Configuration) {
    guard former.heartbeat.realtime != next.heartbeat.realtime || former.heartbeat.rtprio != next.heartbeat.rtprio
    else { return }
    log.write(.reloadNeedsRestart())
  }

  /// The address thread is the last to go over to a plan; what is older than its plan nobody uses.
  private func forgetOldPlans() {
    let inUse = addresses.generation.load(ordering: .acquiring)
    plans.removeAll { $0.generation < inUse && $0.generation < narrator.plan.generation }
  }

  // MARK: - Reports

  private func take(_ notice: HeartbeatNotice) {
    if case .snapshotTaken = notice {
    } else {
      desk.forget()
      service?.invalidate(at: .now)
    }
    switch notice {
    case .report(let report, let at):
      remember(report, at: at)
      if let message = narrator.message(for: report, at: at) { log.write(message) }
    case .adopted(let generation):
      guard let plan = plans.first(where: { $0.generation == generation }) else { return }
      narrator.plan = plan
      guard generation == reloading else { return }
      let message = Message.reloaded(plan.configuration)
      log.write(message)
      configured = .now
      openControl()
      openMetrics()
      service?.hasReloaded()
      desk.reloaded(fingerprint: message.fields[.fingerprint] ?? "")
    case .decided(let ticket, let request, let group, let refusal):
      desk.decided(
        ticket, request, group.map { narrator.plan.groups[Int($0.position)] }, refusal: refusal,
        reason: refusal.map { narrator.reason($0) })
    case .snapshotTaken(_, let generation): desk.filled(generation: generation)
    case .takeover(let timeline):
      let group = narrator.plan.groups[Int(timeline.group.position)]
      let former = timeline.from.map { narrator.plan.name(of: $0) }
      history.note(timeline, group, from: former)
      log.write(.tookOver(group, from: former, timeline))
    case .dropped(let reason, let count, let source):
      if let message = narrator.message(for: reason, count: count, source: source) { log.write(message) }
    case .sendFailed(let link, let errno):
      linkFailures[link] = Errno(rawValue: errno).message
      log.write(.sendFailed(on: device(link), "\(Errno(rawValue: errno))"))
    case .sendRecovered(let link):
      linkFailures[link] = nil
      log.write(.sendRecovered(on: device(link)))
    case .realtimeRefused(let errno):
      isRealtime = false
      log.write(.realtimeRefused("\(Errno(rawValue: errno))"))
    case .finished: isFinished = true
    }
  }

  /// The heartbeat thread does not wait for words; what it could not report is missing, aloud.
  private func noteLostReports() {
    let lost = heartbeats.reports.refused
    if lost > lostReports { log.write(.reportsLost(lost - lostReports)) }
    lostReports = lost
  }

  /// What the status tells of later, and what somebody waits for.
  private func remember(_ report: Report, at now: Instant) {
    func group(_ index: GroupIndex) -> GroupAddresses { narrator.plan.groups[Int(index.position)] }
    switch report {
    case .transitioned(let index, _, let role, let cause, _):
      history.note(
        group(index).tag, to: role, because: narrator.explanation(of: cause).words,
        isPlanned: !cause.isFailureOfAnother, at: now)
    case .onStandby(let isOn): isOnStandby = isOn
    case .groupOnStandby(_, false): isOnStandby = false
    case .fulfilled(let index, let request): desk.settled(request, group(index), failure: nil)
    case .unfulfilled(let index, let request, let cause):
      desk.settled(request, group(index), failure: narrator.explanation(of: cause).words)
    default: return
    }
  }

  // MARK: - Control

  private func openControl() {
    if let server = desk.server { poller.forget(server.descriptor) }
    do throws(SystemError) {
      try desk.open(narrator.plan.configuration.control)
      if let server = desk.server { try poller.watch(server.descriptor, as: Self.controlToken) }
    } catch {
      log.write(.controlUnavailable("\(error)"))
    }
  }

  private func openMetrics() {
    let wanted = narrator.plan.configuration.metrics
    guard wanted != metrics.settings else { return }
    do throws(SystemError) {
      try metrics.listen(on: wanted)
      log.write(.metricsListening(on: wanted?.text))
    } catch {
      log.write(.metricsUnavailable("\(error)"))
    }
  }

  private func metricsText(_ status: Status) -> String {
    MetricsText.of(Readings(status: status, scrapes: metrics.counts))
  }

  private func status(of snapshot: borrowing CoreSnapshot, _ plan: Plan) -> Status {
    let builder = StatusBuilder(
      plan: plan, narrator: narrator, history: history,
      process: StatusBuilder.Process(
        configPath: configPath, session: session, state: state, configured: configured, reloadRefused: reloadRefused,
        realtime: isRealtime, memoryLocked: isMemoryLocked),
      linkFailures: linkFailures, heartbeats: heartbeats.counters, counters: counters)
    return builder.status(of: snapshot)
  }

  private var state: AgentStatus.State {
    if stopsAt == .never { return .running }
    return isRestarting ? .restarting : .stopping
  }

  private var counters: AgentCounters {
    let counts = desk.server?.counts ?? ControlServer.Counts()
    let lines = log.counts
    return AgentCounters(
      logLinesDropped: lines.dropped, logLinesSuppressed: lines.leftOut,
      mailboxRefusals: [
        "reports": heartbeats.reports.refused, "commands": heartbeats.commands.refused,
        "orders": addresses.orders.refused, "notices": addresses.notices.refused,
      ],
      controlClients: UInt64(desk.server?.clientCount ?? 0), controlClientsServed: counts.served,
      controlClientsRefused: counts.refused, controlClientsDropped: counts.dropped,
      controlRequestsRefused: counts.requestsRefused)
  }

  private func device(_ link: Int) -> String {
    let links = narrator.plan.links
    return (links.indices.contains(link) ? links[link]?.device : nil) ?? "a heartbeat device"
  }
}

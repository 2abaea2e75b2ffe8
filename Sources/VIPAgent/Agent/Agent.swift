import CLinux
import Glibc
import Linux
import Netlink
import TakeoverCore

/// The daemon. Its main thread makes plans of configurations, hears signals, puts what the heartbeat thread reports
/// into words, and ends the others.
final class Agent {
  private static let signalToken: UInt32 = 0, reportToken: UInt32 = 1, deviceToken: UInt32 = 2
  private static let controlToken: UInt32 = 3
  /// A stop hands over and lets go within 900 ms; an agent that is not done by then ends all the same.
  private static let patience = Interval.milliseconds(1_500)

  private let configPath: String
  private let nodeName: String
  private let log: Log
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
  /// Whoever can send to us can make us repeat ourselves: of one and the same sentence only so many.
  private var repetition = RateLimiter<String>(burst: 3, interval: 10_000_000_000, capacity: 64)
  private var stopsAt = Instant.never
  /// The generation of the plan that a reload has made, to say when it is in force.
  private var reloading = 0
  private var isFinished = false
  private var isRestarting = false
  /// Whether this node is on standby as a whole, by whatever way an operator has said so.
  private var isOnStandby = false
  private var history = History(started: .now)
  private var configured = Instant.now
  private var reloadRefused: String?
  private var isRealtime: Bool
  private var isMemoryLocked = false
  /// What the kernel answers to heartbeats, by the link's place.
  private var linkFailures: [Int: String] = [:]
  private var suppressed: UInt64 = 0
  /// Whoever supervises this process and wants to be told; nil where nobody does.
  private let service: ServiceReporter?
  private lazy var desk = ControlDesk(
    agent: ControlDesk.Agent(
      command: { [heartbeats] in heartbeats.commands.post($0) },
      plan: { [unowned self] generation in plans.first { $0.generation == generation } },
      currentPlan: { [unowned self] in narrator.plan },
      status: { [unowned self] plan, snapshot in status(of: snapshot, plan) },
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
    let pulse = Pulse()
    addresses = try AddressThread(plan: plan, pulse: pulse, log: log)
    heartbeats = try HeartbeatThread(
      plan: plan, pulse: pulse, notices: addresses.notices, orders: addresses.orders)
    service = Self.service(pulse, heartbeats.commands, log)
    narrator = Narrator(plan: plan)
    plans = [plan]
    poller = try Poller()
    isRealtime = plan.configuration.heartbeat.realtime
  }

  /// Runs until a signal ends it.
  /// - Returns: the exit code: 0 when everything was let go of and said, 1 otherwise.
  func run() throws -> Int32 {
    defer { log.close(flushWithin: 500) }
    greet()
    warnOf(missing)
    lockMemory()
    let addressThread = try Thread(name: "address") { [addresses] in addresses.run() }
    let heartbeatThread = try Thread(name: "heartbeat") { [heartbeats] in heartbeats.run() }
    openControl()
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
      desk.serve()
      tellService()
      forgetOldPlans()
    }
    desk.close()
    guard isFinished else {
      log.write(.critical, "the agent did not come to an end in \(Self.patience.text): exiting as it is")
      return 1
    }
    _ = heartbeats.commands.post(.exit)
    heartbeatThread.join()
    _ = addresses.orders.post(isRestarting ? .exitKeeping : .exit)
    addressThread.join()
    log.write(.notice, "\(heartbeats.counters.summary)")
    log.write(.notice, isRestarting ? "stopped; the addresses are left to the successor" : "stopped")
    return 0
  }

  /// How long the main thread may sleep, in milliseconds; -1 for ever.
  private var timeout: Int32 {
    let waits = [desk.timeout, service?.timeout(at: .now) ?? -1, stopsAt == .never ? -1 : 100]
    return waits.filter { $0 >= 0 }.min() ?? -1
  }

  // MARK: - The service manager

  private static func service(_ pulse: Pulse, _ commands: Mailbox<HeartbeatCommand>, _ log: Log) -> ServiceReporter? {
    let environment = ServiceReporter.Environment { name in getenv(name).map { String(cString: $0) } }
    guard let environment else { return nil }
    do throws(SystemError) {
      return try ServiceReporter(environment, pulse: pulse) { commands.wakeup.signal() }
    } catch {
      log.write(.warning, "\(error): going on without telling the service manager anything")
      return nil
    }
  }

  private func tellService() {
    guard let service else { return }
    let now = Instant.now
    if service.wantsStatus(at: now) {
      desk.withStatus { if case .success(let status) = $0 { service.take(status) } }
    }
    service.tick(at: now)
  }

  private func greet() {
    let configuration = plans[0].configuration
    let groups = configuration.groups.count == 1 ? "1 group" : "\(configuration.groups.count) groups"
    log.write(
      .notice,
      """
      vipagent \(version) on \(nodeName): cluster \(configuration.cluster), \(configuration.nodes.count) nodes, \
      \(groups), fingerprint \(String(configuration.fingerprint, radix: 16))
      """)
  }

  /// A device may come later than the agent, and so may a user.
  private func warnOf(_ missing: [ConfigDiagnostic]) {
    for diagnostic in missing {
      let line = diagnostic.position.map { ":\($0.line)" } ?? ""
      log.write(.warning, "\(configPath)\(line): \(diagnostic.message): going on without it until it comes")
    }
  }

  private func lockMemory() {
    guard plans[0].configuration.heartbeat.realtime else { return }
    do throws(SystemError) {
      try Realtime.lockMemory()
      isMemoryLocked = true
    } catch {
      log.write(.warning, "\(error): going on without locked memory; give CAP_IPC_LOCK or raise RLIMIT_MEMLOCK")
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
    log.write(.notice, "\(signal == SIGINT ? "SIGINT" : "SIGTERM"): handing over and letting go")
    stopsAt = .now + Self.patience
    service?.ends("handing over and letting go")
    _ = heartbeats.commands.post(.stop)
  }

  /// Another agent is about to start on this host: it shall find the addresses where they are.
  private func restart() {
    guard stopsAt == .never else { return }
    log.write(.notice, "SIGUSR1: leaving the addresses to a successor, under their leases")
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
        if let link, link !== old { log.write(.notice, "\(link.device) has come: heartbeats go over it from now on") }
      }
      adopt(plan)
    } catch {
      log.write(.error, "\(error)")
    }
  }

  private func adopt(_ plan: Plan) {
    plans.append(plan)
    guard heartbeats.commands.post(.adopt(PlanReference(plan))) else {
      plans.removeLast()
      service?.hasReloaded()
      return log.write(.error, "the heartbeat thread does not answer; the running configuration stays")
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
      for line in "\(error)".split(separator: "\n") { log.write(.error, "reload: \(line)") }
      log.write(.error, "reload: the running configuration stays in force")
      service?.hasReloaded()
      return "\(error)"
    }
  }

  private func warnOfWhatNeedsARestart(_ former: Configuration, _ next: Configuration) {
    guard former.heartbeat.realtime != next.heartbeat.realtime || former.heartbeat.rtprio != next.heartbeat.rtprio
    else { return }
    log.write(.warning, "reload: realtime and rtprio take effect at the next start")
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
      let sentence = narrator.sentence(for: report, at: at)
      // What this node does is always said; what others do to it may be repeated without end.
      if case .transitioned = report { log.write(sentence.priority, sentence.text) } else { say(sentence) }
    case .adopted(let generation):
      guard let plan = plans.first(where: { $0.generation == generation }) else { return }
      narrator.plan = plan
      guard generation == reloading else { return }
      let fingerprint = String(plan.configuration.fingerprint, radix: 16)
      log.write(.notice, "reloaded: fingerprint \(fingerprint)")
      configured = .now
      openControl()
      service?.hasReloaded()
      desk.reloaded(fingerprint: fingerprint)
    case .decided(let ticket, let request, let group, let refusal):
      desk.decided(
        ticket, request, group.map { narrator.plan.groups[Int($0.position)] }, refusal: refusal,
        reason: refusal.map { narrator.reason($0) })
    case .snapshotTaken(_, let generation): desk.filled(generation: generation)
    case .takeover(let timeline):
      let group = narrator.plan.groups[Int(timeline.group.position)]
      history.note(timeline, group, from: timeline.from.map { narrator.plan.name(of: $0) })
    case .dropped(let reason, let count, let source):
      say(narrator.sentence(for: reason, count: count, source: source))
    case .sendFailed(let link, let errno):
      linkFailures[link] = Errno(rawValue: errno).message
      log.write(.error, "no heartbeat leaves on \(device(link)): \(Errno(rawValue: errno))")
    case .sendRecovered(let link):
      linkFailures[link] = nil
      log.write(.notice, "heartbeats leave on \(device(link)) again")
    case .realtimeRefused(let errno):
      isRealtime = false
      log.write(
        .warning,
        """
        SCHED_FIFO: \(Errno(rawValue: errno)): going on without realtime priority; give CAP_SYS_NICE or raise \
        RLIMIT_RTPRIO
        """)
    case .finished: isFinished = true
    }
  }

  private func say(_ sentence: Narrator.Sentence) {
    let (isAdmitted, repeated) = repetition.admit(sentence.text, at: BootClock.now())
    guard isAdmitted else { return suppressed += 1 }
    log.write(sentence.priority, repeated == 0 ? sentence.text : "\(sentence.text) (\(repeated) more times)")
  }

  /// What the status tells of later, and what somebody waits for.
  private func remember(_ report: Report, at now: Instant) {
    func group(_ index: GroupIndex) -> GroupAddresses { narrator.plan.groups[Int(index.position)] }
    switch report {
    case .transitioned(let index, _, let role, let cause, _):
      history.note(
        group(index).tag, to: role, because: narrator.reason(cause), isPlanned: !narrator.isUnplanned(cause), at: now)
    case .onStandby(let isOn): isOnStandby = isOn
    case .groupOnStandby(_, false): isOnStandby = false
    case .fulfilled(let index, let request): desk.settled(request, group(index), failure: nil)
    case .unfulfilled(let index, let request, let cause):
      desk.settled(request, group(index), failure: narrator.reason(cause))
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
      log.write(.error, "\(error): going on without a control socket; status and the other commands will not work")
    }
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
    return AgentCounters(
      logLinesDropped: 0, logLinesSuppressed: suppressed,
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

import CLinux
import Glibc
import Linux
import Netlink
import TakeoverCore

/// The daemon. Its main thread makes plans of configurations, hears signals, puts what the heartbeat thread reports
/// into words, and ends the others.
final class Agent {
  private static let signalToken: UInt32 = 0, reportToken: UInt32 = 1, deviceToken: UInt32 = 2
  /// A stop hands over and lets go within 900 ms; an agent that is not done by then ends all the same.
  private static let patience = Interval.milliseconds(1_500)

  private let configPath: String
  private let nodeName: String
  private let log: Log
  private let signals: SignalDescriptor
  private let session: UInt64
  private let heartbeats: HeartbeatThread
  private let addresses: AddressThread
  private var narrator: Narrator
  private var keys: KeyRing
  private let missingDevices: [ConfigDiagnostic]
  /// Plans that a thread may still use, the newest last.
  private var plans: [Plan]
  /// Reports that found no room so far, to say when there are more.
  private var lostReports: UInt64 = 0
  private var stopsAt = Instant.never
  /// The generation of the plan that a reload has made, to say when it is in force.
  private var reloading = 0
  private var isFinished = false
  private var isRestarting = false
  private var isOnStandby = false

  /// Reads the configuration and opens everything; nothing has been said or changed yet.
  /// - Throws: ``ConfigRefusal``, `SystemError` or `NetlinkError`, each fit to be shown as it is.
  init(configPath: String) throws {
    self.configPath = configPath
    // Blocked before any thread starts, so that none of them is ever interrupted or ended by one.
    signals = try SignalDescriptor([SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2])
    signal(SIGPIPE, SIG_IGN)
    let host = try HostConfiguration(path: configPath)
    keys = host.keys
    missingDevices = host.missingDevices
    nodeName = host.nodeName
    session = try Self.drawSession()
    let plan = try Plan(host.configuration, keys: host.keys, nodeName: nodeName, session: session, after: nil)
    log = try Log(node: nodeName)
    let pulse = Pulse()
    addresses = try AddressThread(plan: plan, pulse: pulse, log: log)
    heartbeats = try HeartbeatThread(
      plan: plan, pulse: pulse, notices: addresses.notices, orders: addresses.orders)
    narrator = Narrator(plan: plan)
    plans = [plan]
  }

  /// Runs until a signal ends it.
  /// - Returns: the exit code: 0 when everything was let go of and said, 1 otherwise.
  func run() throws -> Int32 {
    defer { log.close(flushWithin: 500) }
    log.write(.started(plans[0].configuration, as: nodeName))
    warnOf(missingDevices)
    lockMemory()
    let addressThread = try Thread(name: "address") { [addresses] in addresses.run() }
    let heartbeatThread = try Thread(name: "heartbeat") { [heartbeats] in heartbeats.run() }
    let poller = try Poller()
    try poller.watch(signals.descriptor.raw, as: Self.signalToken)
    try poller.watch(heartbeats.reports.wakeup.descriptor.raw, as: Self.reportToken)
    try poller.watch(addresses.devicesChanged.descriptor.raw, as: Self.deviceToken)
    while !isFinished, .now < stopsAt {
      var devicesChanged = false
      poller.wait(timeoutMilliseconds: stopsAt == .never ? -1 : 100) { token in
        if token == Self.deviceToken { devicesChanged = true }
      }
      if devicesChanged { reopenLinks() }
      heartbeats.reports.wakeup.clear()
      while let signal = signals.next() { obey(signal) }
      while let notice = heartbeats.reports.take() { take(notice) }
      noteLostReports()
      forgetOldPlans()
    }
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

  /// A device may come later than the agent.
  private func warnOf(_ missing: [ConfigDiagnostic]) {
    for diagnostic in missing {
      let line = diagnostic.position.map { ":\($0.line)" } ?? ""
      log.write(.deviceMissing(diagnostic.message, at: "\(configPath)\(line)"))
    }
  }

  private func lockMemory() {
    guard plans[0].configuration.heartbeat.realtime else { return }
    do throws(SystemError) {
      try Realtime.lockMemory()
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
    case SIGHUP: reload()
    case SIGUSR1: restart()
    case SIGUSR2: toggleStandby()
    default: stop(signal)
    }
  }

  private func stop(_ signal: Int32) {
    guard stopsAt == .never else { return }
    log.write(.stopRequested(by: signal == SIGINT ? "SIGINT" : "SIGTERM"))
    stopsAt = .now + Self.patience
    _ = heartbeats.commands.post(.stop)
  }

  /// Another agent is about to start on this host: it shall find the addresses where they are.
  private func restart() {
    guard stopsAt == .never else { return }
    log.write(.restartRequested())
    stopsAt = .now + Self.patience
    isRestarting = true
    _ = heartbeats.commands.post(.restart)
  }

  /// Maintenance without an end of the agent: the first signal hands everything over, the next takes part again.
  private func toggleStandby() {
    guard stopsAt == .never else { return }
    isOnStandby.toggle()
    _ = heartbeats.commands.post(isOnStandby ? .standby : .available)
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
      return log.write(.threadHangs())
    }
  }

  /// A new configuration counts wholly or not at all.
  private func reload() {
    guard stopsAt == .never, let former = plans.last else { return }
    do {
      let host = try HostConfiguration(path: configPath, nodeName: nodeName)
      let plan = try Plan(host.configuration, keys: host.keys, nodeName: nodeName, session: session, after: former)
      warnOfWhatNeedsARestart(former.configuration, host.configuration)
      keys = host.keys
      warnOf(host.missingDevices)
      reloading = plan.generation
      adopt(plan)
    } catch {
      for message in Message.reloadRefused("\(error)") { log.write(message) }
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
    switch notice {
    case .report(let report, let at): log.write(narrator.message(for: report, at: at))
    case .adopted(let generation):
      guard let plan = plans.first(where: { $0.generation == generation }) else { return }
      narrator.plan = plan
      guard generation == reloading else { return }
      log.write(.reloaded(plan.configuration))
    case .dropped(let reason, let count, let source):
      if let message = narrator.message(for: reason, count: count, source: source) { log.write(message) }
    case .sendFailed(let link, let errno): log.write(.sendFailed(on: device(link), "\(Errno(rawValue: errno))"))
    case .sendRecovered(let link): log.write(.sendRecovered(on: device(link)))
    case .realtimeRefused(let errno): log.write(.realtimeRefused("\(Errno(rawValue: errno))"))
    case .finished: isFinished = true
    }
  }

  /// The heartbeat thread does not wait for words; what it could not report is missing, aloud.
  private func noteLostReports() {
    let lost = heartbeats.reports.refused
    if lost > lostReports { log.write(.reportsLost(lost - lostReports)) }
    lostReports = lost
  }

  private func device(_ link: Int) -> String {
    let links = narrator.plan.links
    return (links.indices.contains(link) ? links[link]?.device : nil) ?? "a heartbeat device"
  }
}

import Glibc
import Lab
import Linux
import Netlink

/// What happens in the demonstration, in this order, and what is expected of it.
extension Demonstration {
  /// A step that did not happen in time.
  private struct Disappointment: Error, CustomStringConvertible {
    let description: String
  }

  func steps() throws {
    let (first, second) = (balancers[0], balancers[1])
    // A node listens for initdead, twice deadtime, before it claims.
    let start = settings.deadtime * 3 + Self.grace
    introduce()
    try client.boot()
    try step("1. both load balancers start", expecting: first, within: start, pinger: nil) { () throws(LabError) in
      for host in balancers { try boot(host) }
    }
    let pinger = try lab.ping(watch.address, from: client)
    try expectAnswer(pinger, since: pinger.mark(), "a first answer")

    try step("2. power loss of \(first.name)", expecting: second, within: start, pinger: pinger) {
      () throws(LabError) in
      try first.powerOff()
    }
    try step("3. power returns to \(first.name)", expecting: first, within: start, pinger: pinger) {
      () throws(LabError) in try boot(first)
    }
    try step("4. planned stop of \(first.name) (SIGTERM)", expecting: second, within: start, pinger: pinger) {
      () throws(LabError) in agent(of: first)?.signal(SIGTERM)
    }
    try expectCleanExit(of: first)
    try step("5. \(first.name)'s agent starts again", expecting: first, within: start, pinger: pinger) {
      () throws(LabError) in try startAgent(on: first)
    }
  }

  private func introduce() {
    console.say("loadb1 and loadb2 share \(Self.address); client asks it for an echo every millisecond", .bold)
    console.say("keepalive \(settings.keepalive.inMilliseconds), deadtime \(settings.deadtime.inMilliseconds)")
  }

  private func boot(_ host: Host) throws(LabError) {
    try host.boot()
    try startAgent(on: host)
  }

  private func startAgent(on host: Host) throws(LabError) {
    let agent = try host.start(settings.agent, ["--config", files.config]) { [console] line in
      console.quote(line, of: host.name)
    }
    agents.withLock { agents in
      agents.removeAll { $0.host == host.name }
      agents.append(agent)
    }
  }

  private func agent(of host: Host) -> HostProcess? {
    agents.withLock { $0.first { $0.host == host.name } }
  }

  /// Lets something happen, waits until one host alone has the address and the client is content, and notes it all.
  private func step(
    _ event: String, expecting owner: Host, within bound: Duration, pinger: Pinger?,
    _ action: () throws(LabError) -> Void
  ) throws {
    console.say("\n\(event)", .bold)
    let mark = pinger?.mark()
    let start = BootClock.now()
    try action()
    guard watch.waitUntil(timeout: bound, { $0 == [owner.name] }) else {
      throw Disappointment(description: "expected \(watch.address) on \(owner.name) alone \(within(bound))")
    }
    let took = Duration.nanoseconds(BootClock.now() - start)
    var report: PingReport?
    if let pinger, let mark {
      try expectAnswer(pinger, since: pinger.mark().later(by: Self.calm), "answers from \(owner.name)")
      report = pinger.report(since: mark)
    }
    try conclude(Timeline.Row(time: start, event: event, owner: owner.name, took: took, report: report))
  }

  private func conclude(_ row: Timeline.Row) throws {
    timeline.withLock { $0.append(row) }
    console.say("  \(row.owner) alone holds \(watch.address) \(row.took.inMilliseconds) after the event", .green)
    if let report = row.report {
      console.say("  outage for the client: \(report.outageText); lost \(report.lost) of \(report.sent) pings", .green)
    }
    for host in balancers { console.say("  \(host.name.padded(to: 8))\(try addressLine(of: host))") }
    guard watch.holders == [row.owner] else {
      throw Disappointment(description: "expected \(watch.address) to stay on \(row.owner)\(situation)")
    }
  }

  private func expectAnswer(_ pinger: Pinger, since mark: Pinger.Mark, _ what: String) throws {
    if !pinger.waitForAnswer(since: mark, timeout: Self.grace) {
      throw Disappointment(description: "expected \(what) \(within(Self.grace))")
    }
  }

  private func expectCleanExit(of host: Host) throws {
    guard agent(of: host)?.waitForExit(timeout: Self.grace) == .code(0) else {
      throw Disappointment(description: "expected the agent on \(host.name) to end with status 0 \(within(Self.grace))")
    }
  }

  private func within(_ bound: Duration) -> String { "within \(bound.inMilliseconds)\(situation)" }

  /// What an error is explained with: who holds the address, and which agents are gone.
  private var situation: String {
    let holders = watch.holders
    let ended = agents.withLock { $0 }.compactMap { agent in
      agent.exit.map { "; the agent on \(agent.host) ended: \($0)" }
    }
    return "; now it is held by \(holders.isEmpty ? "nobody" : holders.joined(separator: " and "))" + ended.joined()
  }
}

// MARK: What there is to see

extension Demonstration {
  /// The shared address as a host's kernel has it.
  private func addressLine(of host: Host) throws(LabError) -> String {
    guard host.isRunning else { return "(no power)" }
    guard let address = try host.addresses().first(where: { $0.prefix.address == watch.address }) else {
      return "does not have it"
    }
    let broadcast = address.broadcast.map { " brd \($0)" } ?? ""
    let lease = address.validLifetime.map { "\($0) s" } ?? "for ever"
    return "inet \(address.prefix)\(broadcast) \(address.label ?? "") lease \(lease)"
  }

  /// Writes the table, and whether two kernels ever had the address at once.
  func summarize() {
    let rows = timeline.withLock { $0 }
    guard !rows.rows.isEmpty else { return }
    console.say()
    for (number, line) in rows.lines(on: console).enumerated() { console.say(line, number == 0 ? .bold : .plain) }
    let overlaps = watch.overlaps()
    if let longest = overlaps.compactMap(\.duration).max() {
      console.say("both kernels had the address \(overlaps.count) times, \(longest.inMilliseconds) at most: hand-overs")
    } else {
      console.say("never did two kernels have the address at once")
    }
  }
}

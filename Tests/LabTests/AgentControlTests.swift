import Glibc
import Lab
import Linux
import Testing

@testable import Control
@testable import Status
@testable import Support

/// The control socket of a real agent, talked to as any program would.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1)))
struct AgentControlTests {
  private func ask(_ balancer: Balancer, _ verb: ControlRequest.Verb) throws -> ControlAnswer {
    let connection = try ControlConnection(path: balancer.socketPath)
    try connection.send(ControlRequest(id: 42, verb: verb))
    return try connection.next(within: 20_000)
  }

  private func status(_ balancer: Balancer) throws -> Status { try #require(try ask(balancer, .status).status) }

  /// Asks until the status is as it shall be.
  private func waitForStatus(_ balancer: Balancer, _ isReached: (Status) -> Bool) throws {
    let deadline = BootClock.now() + 10_000_000_000
    while try !isReached(status(balancer)) {
      if BootClock.now() > deadline { throw NotInTime("the status of \(balancer.name)") }
    }
  }

  /// Both agents run, and each has heard from the other that all is well.
  private func withSettledAgents(_ config: AgentConfig = AgentConfig(), _ body: (AgentRig) throws -> Void) throws {
    try withAgents(config) { rig in
      try rig.startBoth()
      for balancer in rig.balancers {
        try waitForStatus(balancer) { $0.groups[0].owner == "loadb1" && $0.groups[0].backupReady }
      }
      try body(rig)
    }
  }

  @Test func statusSaysWhatIsSo() throws {
    try withSettledAgents { rig in
      let owner = try status(rig.loadb1)
      let group = try #require(owner.groups.first)
      #expect(owner.agent.node == "loadb1" && owner.agent.cluster == "loadb" && owner.agent.state == .running)
      #expect(owner.agent.realtime && owner.agent.memoryLocked)
      #expect(group.name == "director" && group.role == "owner" && group.owner == "loadb1" && !group.conflict)
      #expect(group.addresses == [AddressStatus(address: "195.46.64.21/24", device: "eth0", label: "eth0:0")])
      #expect(group.leaseUs == 3_000_000)
      #expect((group.leaseLeftUs ?? 0) > 0 && (group.leaseLeftUs ?? 0) <= 3_000_000)
      #expect(group.backupReady && group.nodes.map(\.node) == ["loadb1", "loadb2"])
      #expect(group.nodes[1].ready && group.nodes[1].role == "backup" && group.nodes[1].reason == nil)
      #expect(owner.peers.map(\.node) == ["loadb2"] && owner.peers[0].condition == "alive" && owner.peers[0].hearsUs)
      #expect(owner.peers[0].configurationAgrees)
      #expect(owner.peers[0].fingerprint == owner.agent.fingerprint)
      let takeover = try #require(owner.takeovers.first)
      #expect(takeover.group == "director" && takeover.kind == .start && takeover.announcedUs >= takeover.confirmedUs)
      let backup = try status(rig.loadb2)
      #expect(backup.groups[0].role == "backup" && backup.groups[0].owner == "loadb1")
      #expect(backup.groups[0].leaseLeftUs == nil)
    }
  }

  /// The timeline of a power loss: silence, deadtime, claim, kernel, first frame.
  @Test func aTakeoverHasItsTimeline() throws {
    try withSettledAgents { rig in
      try rig.loadb1.host.powerOff()
      try rig.waitForOwner("loadb2")
      try rig.loadb2.waitForLine("owner of 195.46.64.21/24")
      let status = try status(rig.loadb2)
      let takeover = try #require(status.takeovers.first)
      #expect(takeover.kind == .unplanned && takeover.from == "loadb1" && takeover.deadlineUs == 300_000)
      #expect(takeover.claimedUs >= 300_000 && takeover.claimedUs <= takeover.confirmedUs)
      #expect(takeover.confirmedUs <= takeover.announcedUs && takeover.announcedUs < 1_000_000)
      #expect(!status.groups[0].backupReady && status.groups[0].nodes[0].reason == "silent for its deadtime")
      #expect(status.groups[0].takeoversUnplanned == 1)
    }
  }

  @Test func commandsMoveTheGroup() throws {
    try withSettledAgents { rig in
      let pinger = try rig.ping()
      let mark = pinger.mark()
      let taken = try ask(rig.loadb2, .takeover(group: nil, force: false))
      #expect(taken.ok == true && taken.id == 42 && taken.message?.hasPrefix("director: takeover done after ") == true)
      try rig.waitForOwner("loadb2")
      #expect(try status(rig.loadb2).groups[0].placedByOperator)
      let back = try ask(rig.loadb2, .failBack(group: "director"))
      #expect(back.ok == true, "\(back)")
      try rig.waitForOwner("loadb1")
      try waitForStatus(rig.loadb1) { $0.groups[0].backupReady }
      let stoodBy = try ask(rig.loadb1, .standby(group: "director", force: false))
      #expect(stoodBy.ok == true, "\(stoodBy)")
      try rig.waitForOwner("loadb2")
      let refused = try ask(rig.loadb2, .standby(group: nil, force: false))
      #expect(refused.error?.code == "refused" && refused.error?.hint?.contains("--force") == true, "\(refused)")
      #expect(try ask(rig.loadb1, .available(group: nil)).ok == true)
      try rig.waitForOwner("loadb1")
      try #require(pinger.waitForAnswer(since: pinger.mark(), timeout: .seconds(5)))
      #expect(pinger.report(since: mark).lost == 0)
      #expect(try ask(rig.loadb1, .standby(group: "nobody", force: false)).error?.code == "unknown_group")
      #expect(
        try ask(rig.loadb1, .takeover(group: nil, force: false)).error?.message == "director: this node owns it already"
      )
    }
  }

  /// The signal is standby and available by turns, whoever has begun the standby.
  @Test func theSignalEndsWhatACommandBegan() throws {
    try withSettledAgents { rig in
      #expect(try ask(rig.loadb1, .standby(group: nil, force: false)).ok == true)
      try rig.waitForOwner("loadb2")
      try rig.loadb1.signal(SIGUSR2)
      try rig.waitForOwner("loadb1")
      try rig.loadb1.signal(SIGUSR2)
      try rig.waitForOwner("loadb2")
      #expect(try ask(rig.loadb1, .available(group: "director")).ok == true)
      try rig.waitForOwner("loadb1")
    }
  }

  /// The log says who: whoever is on the other end of the socket, or has sent a signal.
  @Test func theLogSaysWho() throws {
    try withSettledAgents { rig in
      let me =
        "(by \(Operator(SignalDescriptor.Sender(process: getpid(), user: getuid())).words(LocalUsers().name(of:))))"
      let events = try ControlConnection(path: rig.loadb1.socketPath)
      try events.send(ControlRequest(verb: .events))
      #expect(try events.next(within: 5_000).ok == true)
      #expect(try ask(rig.loadb1, .standby(group: "director", force: false)).ok == true)
      let asked = try rig.loadb1.waitForLine("the operator asks: standby of group director")
      let done = try rig.loadb1.waitForLine("done: standby of group director")
      let given = try rig.loadb1.waitForLine("put on standby: handing 195.46.64.21/24 on eth0 over to loadb2")
      for line in [asked, done, given] { #expect(line.hasSuffix(me), "\(line)") }
      var event: EventRecord?
      while event?.kind != "requestAccepted" { event = try events.next(within: 5_000).event }
      #expect(event?.fields["operator_uid"] == "\(getuid())" && event?.fields["operator_pid"] == "\(getpid())")
      #expect(try ask(rig.loadb1, .available(group: nil)).ok == true)
      try rig.waitForOwner("loadb1")
      // By signals: on standby, and the end.
      try rig.loadb1.signal(SIGUSR2)
      #expect(try rig.loadb1.waitForLine("on standby for every group").hasSuffix(me))
      try rig.waitForOwner("loadb2")
      try rig.loadb2.signal(SIGTERM)
      #expect(try rig.loadb2.waitForLine("SIGTERM: handing over and letting go").hasSuffix(me))
    }
  }

  /// And what a reload changes, from what to what; so does the answer to `vipagent reload`.
  @Test func aReloadSaysWhatItChangesAndWhoHasWantedIt() throws {
    try withSettledAgents { rig in
      var config = AgentConfig()
      config.autoFailback = false
      try rig.loadb1.write(config)
      let answer = try ask(rig.loadb1, .reload).message
      let change = "reload: group director: auto_failback: false, was true"
      #expect(answer?.split(separator: "\n").last.map(String.init) == change, "\(answer ?? "")")
      try rig.loadb1.waitForLine(change)
      let line = try rig.loadb1.waitForLine("reloaded: fingerprint")
      #expect(line.contains("(by ") && line.hasSuffix("pid \(getpid()))"), "\(line)")
      try rig.loadb1.reload(expecting: ", nothing has changed (by ")
      try rig.loadb1.write(configText: "nonsense")
      try rig.loadb1.signal(SIGHUP)
      let refused = try rig.loadb1.waitForLine("reload: the running configuration stays in force")
      #expect(refused.hasSuffix("pid \(getpid()))"), "\(refused)")
    }
  }

  @Test func reloadAnswersWhenItIsInForce() throws {
    try withSettledAgents { rig in
      let before = try status(rig.loadb1)
      var config = AgentConfig()
      config.autoFailback = false
      try rig.loadb1.write(config)
      #expect(try ask(rig.loadb1, .reload).message?.hasPrefix("reloaded: fingerprint ") == true)
      let after = try status(rig.loadb1)
      #expect(after.agent.fingerprint != before.agent.fingerprint)
      try rig.loadb1.write(configText: "nonsense")
      let refused = try ask(rig.loadb1, .reload)
      #expect(refused.error?.code == "failed" && refused.error?.message.contains(".toml:1:") == true)
      #expect(try status(rig.loadb1).agent.reloadRefused?.contains(".toml:1:") == true)
      #expect(try status(rig.loadb1).agent.fingerprint == after.agent.fingerprint)
    }
  }

  @Test func theSocketOfADeadAgentIsReplacedAndThatOfALiveOneIsNot() throws {
    try withAgents { rig in
      try rig.startBoth()
      try rig.loadb1.signal(SIGKILL)
      try #require(rig.loadb1.agent?.waitForExit(timeout: .seconds(5)) != nil)
      #expect(throws: ControlConnectionError.unreachable(rig.loadb1.socketPath, Errno(rawValue: ECONNREFUSED))) {
        try ControlConnection(path: rig.loadb1.socketPath)
      }
      try rig.loadb1.start()
      try rig.loadb1.waitForLine("owner of")
      #expect(try status(rig.loadb1).agent.node == "loadb1")
      try rig.loadb1.end()
      #expect(access(rig.loadb1.socketPath, F_OK) != 0)
    }
  }

  // MARK: - Those who mean no good

  /// Whoever may ask can follow events; root can when they all do.
  @Test func placesForEventsAreKeptForRoot() throws {
    var config = AgentConfig()
    config.controlLines = "ask = [\"*\"]"
    try withAgents(config) { rig in
      try #require(chmod(rig.folder.path, 0o755) == 0)
      try rig.startBoth()
      let command = ["--reuid=65534", "--regid=65534", "--clear-groups", rig.agentBinary, "events", "--json"]
      func follow() throws -> HostProcess {
        try rig.loadb1.host.start("/usr/bin/setpriv", command + ["--socket", rig.loadb1.socketPath])
      }
      let followers = try (0..<ControlServer.maximumSubscribers).map { _ in try follow() }
      try waitForStatus(rig.loadb1) { $0.counters.controlClients == UInt64(followers.count) + 1 }
      let refused = try follow()
      #expect(refused.waitForExit(timeout: .seconds(10)) == .code(EX_TEMPFAIL), "\(refused.lines.map(\.text))")
      var rootsOwn: [ControlConnection] = []
      for _ in 0..<ControlServer.placesForRoot {
        let connection = try ControlConnection(path: rig.loadb1.socketPath)
        try connection.send(ControlRequest(verb: .events))
        #expect(try connection.next(within: 5_000).ok == true)
        rootsOwn.append(connection)
      }
      #expect(try ask(rig.loadb1, .events).error?.code == "busy")
      #expect(followers.allSatisfy { $0.exit == nil })
    }
  }

  /// Many who want a reload at once get one: the first at once, all others when the second is over, and each its answer.
  @Test func reloadsFasterThanOneASecondAreOne() throws {
    try withSettledAgents { rig in
      let begin = BootClock.now()
      // Until it has begun, whoever asks is served by the first.
      try rig.loadb1.reload()
      for _ in 0..<50 { try rig.loadb1.signal(SIGHUP) }
      let askers = try (0..<10).map { id in
        let connection = try ControlConnection(path: rig.loadb1.socketPath)
        try connection.send(ControlRequest(id: Int64(id), verb: .reload))
        return connection
      }
      // What stands in the file when the last one was asked for is in force when it is answered.
      var config = AgentConfig()
      config.autoFailback = false
      try rig.loadb1.write(config)
      let last = try ask(rig.loadb1, .reload)
      for asker in askers { #expect(try asker.next(within: 10_000).ok == true) }
      let fingerprint = try status(rig.loadb1).agent.fingerprint
      #expect(last.message?.hasPrefix("reloaded: fingerprint \(fingerprint)") == true)
      let seconds = Double(BootClock.now() - begin) / 1e9
      let count = rig.loadb1.lines.count { $0.contains("reloaded: fingerprint") }
      #expect(count >= 2 && Double(count) <= seconds + 2, "\(count) reloads in \(seconds) s")
    }
  }

  /// Whatever clients do, the agents keep their time: nobody is late, nothing moves, and the next client is served.
  @Test func hostileClientsHarmNothing() throws {
    try withSettledAgents { rig in
      let path = rig.loadb1.socketPath
      let lines = (rig.loadb1.lines.count, rig.loadb2.lines.count)
      var open: [ControlConnection] = []
      // More connections than there are places, silent, half a request each.
      for _ in 0..<(2 * ControlServer.maximumClients) {
        let connection = try ControlConnection(path: path)
        try connection.send(Array(#"{"v":1,"do":"#.utf8))
        open.append(connection)
      }
      // A request without an end, and nonsense of every kind.
      let endless = try ControlConnection(path: path)
      try? endless.send(Array(repeating: UInt8(ascii: "x"), count: 1 << 20))
      #expect(try endless.next(within: 5_000).error?.code == "too_long")
      let babbler = try ControlConnection(path: path)
      for nonsense in ["\u{0}\u{1}\u{2}", "{}", "[[[[", #"{"v":1,"do":"takeover","group":7}"#, "{\"v\":1e999}"] {
        try babbler.send(Array("\(nonsense)\n".utf8))
        #expect(try babbler.next(within: 5_000).ok == false)
      }
      // Asks and never reads; follows events and never reads.
      let deaf = try ControlConnection(path: path)
      // As much as the socket takes without waiting for the agent to read on.
      let flood = Array(String(repeating: "{\"v\":1,\"do\":\"status\"}\n", count: 4_000).utf8)
      #expect(send(deaf.descriptor, flood, flood.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
      // Says its request and closes its half: still gets the answer.
      let brief = try ControlConnection(path: path)
      try brief.send(ControlRequest(verb: .status))
      shutdown(brief.descriptor, Int32(SHUT_WR))
      #expect(try brief.next(within: 5_000).status != nil)
      // A status may be as old as the one before it is fresh.
      try waitForStatus(rig.loadb1) {
        $0.counters.controlClientsDropped >= UInt64(ControlServer.maximumClients)
          && $0.counters.controlRequestsRefused >= 6 && $0.peers[0].condition == "alive"
      }
      try waitForStatus(rig.loadb2) { $0.peers[0].condition == "alive" }
      #expect((rig.loadb1.lines.count, rig.loadb2.lines.count) == lines, "\(rig.transcript)")
      withExtendedLifetime((open, deaf)) {}
    }
  }
}

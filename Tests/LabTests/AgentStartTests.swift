import Glibc
import Lab
import Linux
import Testing

/// In whatever order agents start and start again, one of them ends up as the owner, and it is the right one.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentStartTests {
  enum Order: CaseIterable { case loadb1First, loadb2First, bothAtOnce }

  @Test(arguments: Order.allCases) func thePreferredOneOwns(_ order: Order) throws {
    try withAgents { rig in
      try start(rig, order)
      try expectPeace(rig, on: "loadb1")
    }
  }

  /// The better one goes first although it still listens when the other has heard enough.
  @Test func startedTogetherTheyNeedNoFailback() throws {
    for _ in 0..<5 {
      try withAgents { rig in
        try rig.startBoth()
        #expect(rig.watch.holdings.map(\.host) == ["loadb1"], "\(rig.transcript)")
      }
    }
  }

  @Test(arguments: Order.allCases, [SIGTERM, SIGKILL])
  func afterAllWereDownThePreferredOneOwns(_ order: Order, _ signal: Int32) throws {
    try withAgents { rig in
      try rig.startBoth()
      for balancer in rig.balancers { try balancer.signal(signal) }
      for balancer in rig.balancers { try balancer.end(with: signal) }
      // What the agents could not take along is still there.
      #expect(rig.watch.holders.count == (signal == SIGKILL ? 1 : 0))
      try start(rig, order)
      try expectPeace(rig, on: "loadb1")
    }
  }

  @Test(arguments: [Order.loadb1First, .loadb2First], [SIGTERM, SIGKILL])
  func afterARestartOneByOneThePreferredOneOwns(_ order: Order, _ signal: Int32) throws {
    try withAgents { rig in
      try rig.startBoth()
      for balancer in sequence(rig, order) {
        try balancer.end(with: signal)
        try balancer.start()
        try balancer.waitForLine("backup for group")
        try rig.waitForOwner("loadb1")
      }
      try expectPeace(rig, on: "loadb1")
    }
  }

  @Test func aDeviceThatComesLaterIsUsed() throws {
    var config = AgentConfig()
    config.device = "lan0"
    try withAgents(config) { rig in
      for balancer in rig.balancers {
        try balancer.start()
        try balancer.waitForLine("\"lan0\" is not a device of this host: going on without it until it comes")
      }
      for balancer in rig.balancers {
        for change in [["down"], ["name", "lan0"]] {
          let ip = try balancer.host.start("/sbin/ip", ["link", "set", "eth0"] + change)
          try #require(ip.waitForExit(timeout: .seconds(10)) == .code(0))
        }
        let ip = try balancer.host.start("/sbin/ip", ["link", "set", "lan0", "up"])
        try #require(ip.waitForExit(timeout: .seconds(10)) == .code(0))
        try balancer.waitForLine("lan0 has come: heartbeats go over it from now on")
      }
      try expectPeace(rig, on: "loadb1")
      try rig.loadb1.host.powerOff()
      try rig.waitForOwner("loadb2")
    }
  }

  @Test(arguments: Order.allCases) func withoutFailbackTheAddressStays(_ order: Order) throws {
    var config = AgentConfig()
    config.autoFailback = false
    try withAgents(config) { rig in
      try start(rig, order)
      try expectPeace(rig, on: order == .loadb2First ? "loadb2" : "loadb1")
      if order == .loadb2First { return }
      try rig.loadb1.end()
      try rig.waitForOwner("loadb2")
      try rig.loadb1.start()
      try rig.loadb1.waitForLine("backup for group")
      try expectPeace(rig, on: "loadb2")
      #expect(rig.watch.holdings.count == 2)
    }
  }

  private func start(_ rig: AgentRig, _ order: Order) throws {
    for balancer in sequence(rig, order) {
      try balancer.start()
      // An owner first, then the other: it hears of somebody who is there.
      if order != .bothAtOnce { try balancer.waitForLine("backup for group") }
    }
    for balancer in rig.balancers { try balancer.waitForLine("backup for group") }
  }

  private func sequence(_ rig: AgentRig, _ order: Order) -> [Balancer] {
    order == .loadb2First ? [rig.loadb2, rig.loadb1] : [rig.loadb1, rig.loadb2]
  }

  /// One owner, and no change for longer than deadtime.
  private func expectPeace(_ rig: AgentRig, on owner: String) throws {
    try rig.waitForOwner(owner)
    let count = rig.watch.holdings.count
    try calm(try rig.ping(), pings: 500)
    #expect(rig.watch.holders == [owner])
    #expect(rig.watch.holdings.count == count)
  }
}

/// A container may have no `/proc`.
@Suite(.needsRoot, .timeLimit(.minutes(1))) struct AgentWithoutProcTests {
  private func run(_ rig: AgentRig, _ arguments: String...) throws -> HostProcess {
    let script = "mount -t tmpfs none /proc && exec \"$@\""
    return try rig.loadb1.host.start("/usr/bin/unshare", ["-m", "sh", "-c", script, "sh", rig.agentBinary] + arguments)
  }

  @Test func theAgentNeedsNone() throws {
    try withAgents { rig in
      let agent = try run(rig, "--config", rig.loadb1.configPath)
      #expect(agent.waitForLine(containing: "owner of 195.46.64.21/24", timeout: .seconds(10)) != nil, "\(agent.lines)")
      agent.signal(SIGTERM)
      #expect(agent.waitForExit(timeout: .seconds(10)) == .code(0))
    }
  }

  @Test func theDoctorSaysWhatItCouldNotLookAt() throws {
    try withAgents { rig in
      let doctor = try run(rig, "doctor", "--json", "--listen", "1ms", "--config", rig.loadb1.configPath)
      try #require(doctor.waitForExit(timeout: .seconds(10)) != nil)
      let report = try DoctorReport(doctor)
      for check in ["port", "agent", "rp_filter", "arp", "promotion"] {
        let findings = report.findings.filter { $0.check == check }
        #expect(findings.map(\.what) == ["not checked: \(check)"], "\(report)")
      }
    }
  }
}

/// Which node a host is where its own name does not say.
@Suite(.needsRoot, .timeLimit(.minutes(1))) struct AgentNodeNameTests {
  @Test func theOptionOverrulesTheHostsName() throws {
    try withAgents { rig in
      let host = try rig.lab.bootHost("b2.example.org", "195.46.64.17/24")
      let agent = try host.start(rig.agentBinary, ["--config", rig.loadb2.configPath, "--node", "loadb2"])
      let started = try #require(agent.waitForLine(containing: " on loadb2: cluster loadb", timeout: .seconds(10)))
      try #require(agent.waitForLine(containing: "owner of 195.46.64.21/24", timeout: .seconds(10)) != nil)
      // A reload does not ask the host again.
      agent.signal(SIGHUP)
      #expect(agent.waitForLine(containing: "reloaded: fingerprint", timeout: .seconds(10)) != nil, "\(started)")
      for arguments in [["check", "--user", "root"], ["doctor", "--user", "root", "--listen", "1ms"]] {
        let unnamed = try host.start(rig.agentBinary, arguments + ["--config", rig.loadb2.configPath])
        try #require(unnamed.waitForExit(timeout: .seconds(10)) != nil)
        #expect(unnamed.lines.contains { $0.text.contains("no [[node]] has this host's name, \"b2.example.org\"") })
        let named = try host.start(
          rig.agentBinary, arguments + ["--node", "loadb2", "--config", rig.loadb2.configPath])
        try #require(named.waitForExit(timeout: .seconds(10)) != nil)
        #expect(!named.lines.contains { $0.text.contains("no [[node]]") }, "\(named.lines.map(\.text))")
      }
    }
  }
}

/// What keeps an agent from starting is said in one go, and with the exit code for it.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentRefusalTests {
  private static let configurationError: Int32 = 78  // EX_CONFIG of <sysexits.h>

  @Test func aDeviceThatTheHostDoesNotHave() throws {
    try withAgents { rig in
      var config = AgentConfig()
      config.device = "eth7"
      try rig.loadb1.write(config)
      let complaint = "bcast = \"eth7\" is not a device of this host"
      let check = try rig.loadb1.run("check", "--user", "root", "--config", rig.loadb1.configPath)
      #expect(check.waitForExit(timeout: .seconds(10)) == .code(Self.configurationError))
      for text in [complaint, "did you mean \"eth0\"?"] {
        #expect(check.lines.contains { $0.text.contains(text) }, "\(check.lines.map(\.text))")
      }
      // The agent may be there before the device: it says the same, and waits.
      let agent = try rig.loadb1.start()
      #expect(
        agent.waitForLine(containing: "\(complaint): going on without it until it comes", timeout: .seconds(10)) != nil)
      #expect(agent.exit == nil)
    }
  }

  @Test func aHostThatTheConfigurationDoesNotName() throws {
    try withAgents { rig in
      let stranger = try rig.addBalancer("web1", "195.46.64.17/24", AgentConfig(), AgentKeys())
      try expectRefusal(stranger, "no [[node]] has this host's name, \"web1\"", "the nodes are loadb1, loadb2")
    }
  }

  @Test func aKeyFileThatOthersMayRead() throws {
    try withAgents { rig in
      try rig.loadb1.write(AgentKeys(), mode: 0o644)
      try expectRefusal(rig.loadb1, "\(rig.loadb1.keysPath): error: mode is 0644", "chmod 600 \(rig.loadb1.keysPath)")
    }
  }

  @Test func aKeyFileThatIsMissing() throws {
    try withAgents { rig in
      unlink(rig.loadb1.keysPath)
      try expectRefusal(rig.loadb1, "open \(rig.loadb1.keysPath): ENOENT", "vipagent keygen \(rig.loadb1.keysPath)")
    }
  }

  @Test func aConfigurationThatIsMissing() throws {
    try withAgents { rig in
      unlink(rig.loadb1.configPath)
      try expectRefusal(rig.loadb1, "open \(rig.loadb1.configPath): ENOENT")
    }
  }

  @Test func everythingThatIsWrongAtOnce() throws {
    try withAgents { rig in
      var config = AgentConfig()
      config.device = "eth7"
      try rig.loadb1.write(config)
      try rig.loadb1.write(AgentKeys(), mode: 0o644)
      try expectRefusal(rig.loadb1, "bcast = \"eth7\"", "dev = \"eth7\"", "mode is 0644")
    }
  }

  private func expectRefusal(_ balancer: Balancer, _ texts: String...) throws {
    let agent = try balancer.start()
    let check = try balancer.run("check", "--user", "root", "--config", balancer.configPath)
    for process in [agent, check] {
      #expect(process.waitForExit(timeout: .seconds(10)) == .code(Self.configurationError))
      for text in texts { #expect(process.lines.contains { $0.text.contains(text) }, "\(process.lines.map(\.text))") }
    }
    #expect(try !balancer.host.hasAddress(try #require(AgentRig.shared).address))
  }
}

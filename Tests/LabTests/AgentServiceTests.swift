import Glibc
import Lab
import Linux
import Testing

/// What the agent tells a service manager, and when (`sd_notify(3)`).
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentServiceTests {
  /// Starts an agent under a service manager that is this test.
  private func start(
    _ balancer: Balancer, in rig: AgentRig, _ environment: [String] = [], abstract: Bool = false
  ) throws -> NotifyListener {
    let name = abstract ? "@vipagent-test-\(getpid())-\(balancer.name)" : "\(rig.folder.path)/\(balancer.name).notify"
    let listener = try NotifyListener(name, in: abstract ? balancer.host.namespace() : nil)
    try balancer.start(under: ["/usr/bin/env", "NOTIFY_SOCKET=\(name)"] + environment)
    return listener
  }

  @Test(arguments: [false, true]) func readyMeansJoinedAndTheLineIsTrue(_ abstract: Bool) throws {
    try withAgents { rig in
      let start = BootClock.now()
      let first = try self.start(rig.loadb1, in: rig, abstract: abstract)
      let ready = try first.wait(for: "READY=1")
      #expect(rig.watch.holders == ["loadb1"], "ready before it had joined")
      #expect(BootClock.now() - start >= 1_000_000_000, "ready before initdead was over")
      #expect(ready == "READY=1\nSTATUS=owner of 1 of 1 groups; no backup ready")
      #expect(first.messages.contains("STATUS=joining: listening for who owns director"), "\(first.messages)")
      let second = try self.start(rig.loadb2, in: rig, abstract: abstract)
      #expect(try second.wait(for: "READY=1") == "READY=1\nSTATUS=owner of 0 of 1 groups; ready to take over 1")
      #expect(try first.wait(for: "STATUS=") == "STATUS=owner of 1 of 1 groups; 1 backup ready")
      try rig.loadb1.signal(SIGTERM)
      #expect(try first.wait(for: "STOPPING=1") == "STOPPING=1\nSTATUS=handing over and letting go")
      #expect(try second.wait(for: "owner of 1") == "STATUS=owner of 1 of 1 groups; no backup ready")
      try rig.loadb2.signal(SIGUSR1)
      #expect(try second.wait(for: "STOPPING=1") == "STOPPING=1\nSTATUS=leaving the addresses to a successor")
    }
  }

  @Test func whoWaitsForADeviceIsNotReadyButLives() throws {
    var config = AgentConfig()
    config.device = "lan0"
    try withAgents(config) { rig in
      let listener = try start(rig.loadb1, in: rig)
      try listener.wait(for: "STATUS=joining: waiting for lan0")
      for _ in 0..<3 { try listener.wait(for: "EXTEND_TIMEOUT_USEC=10000000") }
      #expect(!listener.messages.contains { $0.contains("READY") || $0.contains("WATCHDOG") })
    }
  }

  /// The heartbeat thread has nothing to do for ten seconds at a time, and shows that it lives all the same.
  @Test func slowHeartbeatsAreNoSignOfDeath() throws {
    var config = AgentConfig()
    (config.keepalive, config.deadtime) = ("10s", "30s")
    try withAgents(config) { rig in
      let listener = try start(rig.loadb1, in: rig)
      let start = BootClock.now()
      for _ in 0..<4 { try listener.wait(for: "EXTEND_TIMEOUT_USEC=") }
      #expect(BootClock.now() - start < 8_000_000_000)
    }
  }

  @Test func theWatchdogIsFedWhileTheAgentRuns() throws {
    try withAgents { rig in
      let listener = try start(rig.loadb1, in: rig, ["WATCHDOG_USEC=1000000"])
      try listener.wait(for: "READY=1")
      try listener.wait(for: "WATCHDOG=1")
      let start = BootClock.now()
      for _ in 0..<4 { try listener.wait(for: "WATCHDOG=1") }
      let gap = Double(BootClock.now() - start) / 4e6
      print("watchdog fed every \(listed([gap])) ms of 1000")
      #expect(gap < 500)
      #expect(!listener.messages.drop { !$0.contains("READY") }.contains { $0.contains("EXTEND_TIMEOUT") })
    }
  }

  @Test func aWatchdogOfAnotherProcessIsNotFed() throws {
    try withAgents { rig in
      let listener = try start(rig.loadb1, in: rig, ["WATCHDOG_USEC=200000", "WATCHDOG_PID=1"])
      try listener.wait(for: "READY=1")
      try rig.loadb2.start()
      try listener.wait(for: "1 backup ready")
      #expect(!listener.messages.contains { $0.contains("WATCHDOG") })
    }
  }

  @Test func aReloadIsToldFromItsBeginningToItsEnd() throws {
    try withAgents { rig in
      let listener = try start(rig.loadb1, in: rig)
      try listener.wait(for: "READY=1")
      for config in ["cluster = 7", AgentConfig().text(keys: rig.loadb1.keysPath)] {
        try rig.loadb1.write(configText: config)
        let before = monotonicMicroseconds()
        try rig.loadb1.signal(SIGHUP)
        let reloading = try listener.wait(for: "RELOADING=1")
        let time = try #require(Int(reloading.split(separator: "=").last ?? ""))
        #expect(
          reloading.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") && (before...monotonicMicroseconds()).contains(time))
        #expect(try listener.wait(for: "READY=1") == "READY=1")
        let isBad = config.hasSuffix("7")
        let line = try listener.wait(for: "STATUS=")
        #expect(line.hasSuffix("; the last reload was refused") == isBad, "\(line)")
      }
    }
  }

  private func monotonicMicroseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
  }

  @Test func aSocketThatCannotBeUsedIsSaidAndForgotten() throws {
    try withAgents { rig in
      try rig.loadb1.start(under: ["/usr/bin/env", "NOTIFY_SOCKET=vsock:2:1234"])
      try rig.loadb1.waitForLine("going on without telling the service manager anything")
      try rig.waitForOwner("loadb1")
    }
  }
}

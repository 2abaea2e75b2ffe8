import Glibc
import Lab
import Linux
import Netlink
import Testing

/// The agent, or the host under it, ends or stands still. Power loss of the owner is `AgentTakeoverTests`', a planned
/// stop `AgentHandOverTests`'.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(2))) struct FaultCrashTests {
  @Test func aKilledAgentServesUntilItsLeaseEnds() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      for _ in 0..<2 {
        let mark = pinger.mark()
        let killed = BootClock.now()
        try rig.loadb1.end(with: SIGKILL)
        let taken = try rig.waitForTaking(by: "loadb2", since: killed)
        try calm(pinger)
        let report = pinger.report(since: mark)
        let outage = report.longest?.duration.map { milliseconds($0) } ?? 0
        print(
          "SIGKILL: moved after \(listed([milliseconds(from: killed, to: taken)])) ms, outage \(listed([outage])) ms")
        try rig.loadb2.waitForLine("loadb1 still answers for")
        try rig.loadb2.waitForLine("loadb1 has stopped answering")
        #expect(milliseconds(from: killed, to: taken) <= 4_000)
        #expect(outage <= 50)
        #expect(report.outages.count <= 1)
        try rig.loadb1.start()
        try rig.waitForOwner("loadb1")
      }
      rig.expectNoOverlap()
    }
  }

  @Test(arguments: [SIGKILL, SIGUSR1]) func aSuccessorFindsTheAddressWhereItIs(_ signal: Int32) throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      for pause in [20, 150, 280, 420] {
        try rig.loadb1.end(with: signal)
        try calm(pinger, pings: pause)
        try rig.loadb1.start()
        try rig.loadb1.waitForLine("owner of")
        try calm(pinger, pings: 500)
      }
      let report = pinger.report(since: mark)
      print("signal \(signal) and a new agent, four times: lost \(report.lost) of \(report.sent)")
      #expect(report.lost == 0)
      #expect(rig.watch.holdings.map(\.host) == ["loadb1"], "\(rig.transcript)")
      #expect(signal == SIGKILL || rig.loadb2.lines.contains { $0.contains("bearing with it") })
    }
  }

  /// What a successor would not start with leaves the address to nobody: it is handed over as in a stop.
  @Test func aRestartThatWouldFailHandsOver() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      try rig.loadb1.write(configText: "clustr = 'loadb'")
      let asked = BootClock.now()
      try rig.loadb1.end(with: SIGUSR1)
      let taken = try rig.waitForTaking(by: "loadb2", since: asked)
      try calm(pinger)
      #expect(milliseconds(from: asked, to: taken) <= 1_000)
      #expect(pinger.report(since: mark).lost == 0)
      #expect(rig.loadb1.lines.contains { $0.contains("a successor would not start") }, "\(rig.transcript)")
      #expect(rig.loadb1.lines.contains { $0.contains("unknown key `clustr`") })
    }
  }

  /// A second: the kernel still has the address when the agent goes on. Ten: another host has it.
  @Test(arguments: [1, 10]) func anAgentThatStoodStillLetsGo(_ seconds: Int) throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      let stopped = BootClock.now()
      try rig.loadb1.signal(SIGSTOP)
      if seconds < 3 {
        rig.expectHolder("loadb1", for: .seconds(seconds))
      } else {
        try rig.waitForTaking(by: "loadb2", since: stopped)
        rig.expectHolder("loadb2", for: .milliseconds(1000 * seconds) - .nanoseconds(BootClock.now() - stopped))
      }
      let resumed = BootClock.now()
      try rig.loadb1.signal(SIGCONT)
      try rig.loadb1.waitForLine("this agent was not run")
      try rig.waitForTaking(by: "loadb1", since: resumed)
      try rig.waitForOwner("loadb1")
      rig.expectHolder("loadb1", for: .seconds(2))
      let report = pinger.report(since: mark)
      print(
        """
        SIGSTOP for \(seconds) s: outages \(listed(report.outages.compactMap { $0.duration.map { milliseconds($0) } })) \
        ms, moves after SIGCONT \(rig.moves(since: resumed)), both had it \(listed(rig.overlaps())) ms
        """)
      #expect(rig.overlaps().allSatisfy { $0 < 100 })
      #expect(rig.moves(since: resumed) <= 2)
    }
  }

  @Test(arguments: [SIGKILL, SIGTERM]) func aBackupThatEndsAndReturnsMovesNothing(_ signal: Int32) throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      try rig.loadb2.end(with: signal)
      try rig.loadb1.waitForLine(signal == SIGKILL ? "loadb2 is dead" : "loadb2 said goodbye")
      try rig.loadb2.start()
      try rig.loadb2.waitForLine("backup for group")
      try rig.loadb2.host.powerOff()
      try rig.loadb1.waitForLine("loadb2 is dead", after: signal == SIGKILL ? rig.loadb1.lines.count : 0)
      try rig.loadb2.reboot()
      try rig.loadb2.waitForLine("backup for group")
      try calm(pinger)
      #expect(pinger.report(since: mark).lost == 0)
      #expect(rig.watch.holdings.map(\.host) == ["loadb1"])
    }
  }

  @Test(arguments: [["loadb1", "loadb2"], ["loadb2", "loadb1"]])
  func afterABlackoutThePreferredOneOwns(_ order: [String]) throws {
    try withAgents { rig in
      try rig.startBoth()
      for balancer in rig.balancers { try balancer.host.powerOff() }
      #expect(rig.watch.holders.isEmpty)
      let dark = BootClock.now()
      for name in order {
        let balancer = name == "loadb1" ? rig.loadb1 : rig.loadb2
        try balancer.reboot()
        try balancer.waitForLine("backup for group")
        if name == order[0] { try rig.waitForTaking(by: name, since: dark) }
      }
      try rig.waitForOwner("loadb1")
      rig.expectHolder("loadb1", for: .seconds(1))
      rig.expectNoOverlap()
      // Only where the other one came first there is a way back.
      #expect(rig.moves(since: dark) == (order[0] == "loadb1" ? 0 : 2))
    }
  }
}

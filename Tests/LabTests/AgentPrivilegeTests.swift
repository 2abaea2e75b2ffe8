import Glibc
import Lab
import Linux
import Testing

/// What the agent asks of the kernel for itself, and how it does without.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentPrivilegeTests {
  /// Root without the two capabilities, and without the limits that would do instead (setpriv(1), prlimit(1)).
  private static let withoutPrivilege = [
    "/usr/bin/setpriv", "--inh-caps=-sys_nice,-ipc_lock", "--bounding-set=-sys_nice,-ipc_lock",
    "/usr/bin/prlimit", "--memlock=65536", "--rtprio=0",
  ]

  @Test func theHeartbeatThreadAloneIsRealtimeAndMemoryIsLocked() throws {
    try withAgents { rig in
      try rig.startBoth()
      for balancer in rig.balancers {
        let threads = try balancer.threads()
        #expect(Set(threads.map(\.name)) == ["vipagent", "heartbeat", "address", "log"])
        for thread in threads {
          let isHeartbeat = thread.name == "heartbeat"
          #expect(sched_getscheduler(thread.identifier) == (isHeartbeat ? SCHED_FIFO : SCHED_OTHER), "\(thread.name)")
          var parameters = sched_param()
          sched_getparam(thread.identifier, &parameters)
          #expect(parameters.sched_priority == (isHeartbeat ? 50 : 0))
        }
        #expect(try lockedKilobytes(of: balancer) > 0)
      }
    }
  }

  @Test func withoutPrivilegeItSaysSoOnceAndGoesOn() throws {
    try withAgents { rig in
      for balancer in rig.balancers { try balancer.start(under: Self.withoutPrivilege) }
      try rig.waitForOwner("loadb1")
      try rig.loadb2.waitForLine("on standby")
      let pinger = try rig.ping()
      let mark = pinger.mark()
      try rig.loadb1.host.powerOff()
      try rig.waitForOwner("loadb2")
      try calm(pinger)
      let outage = milliseconds(try #require(pinger.report(since: mark).longest?.duration))
      print("outage without privilege: \(listed([outage])) ms")
      #expect(outage < 1000)
      for balancer in rig.balancers {
        for words in ["going on without realtime priority", "going on without locked memory"] {
          #expect(balancer.lines.count { $0.contains(words) && $0.contains("warning") } == 1, "\(balancer.lines)")
        }
      }
      #expect(try lockedKilobytes(of: rig.loadb2) == 0)
    }
  }

  @Test func aSecondAgentOnTheHostDisturbsNothing() throws {
    try withAgents { rig in
      try rig.startBoth()
      let second = try rig.loadb1.run("--config", rig.loadb1.configPath)
      #expect(second.exit == .code(1))
      #expect(second.lines.contains { $0.text.contains("bind eth0:694: EADDRINUSE") })
      try calm(try rig.ping(), pings: 500)
      #expect(rig.watch.holdings.map(\.host) == ["loadb1"])
      #expect(!rig.loadb1.lines.contains { $0.contains("calls itself") })
    }
  }

  private func lockedKilobytes(of balancer: Balancer) throws -> Int {
    let status = try contents(of: "/proc/\(try #require(balancer.agent).identifier)/status")
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmLck:") })
    return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1]))
  }
}

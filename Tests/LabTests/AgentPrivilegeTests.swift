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

  @Test func theAddressThreadGivesWayToTheHeartbeatThreadAloneAndMemoryIsLocked() throws {
    try withAgents { rig in
      try rig.startBoth()
      for balancer in rig.balancers {
        let threads = try balancer.threads()
        #expect(Set(threads.map(\.name)) == ["vipagent", "heartbeat", "address", "log"])
        for thread in threads {
          let expected: Int32 = ["heartbeat": 50, "address": 49][thread.name] ?? 0
          #expect(priority(of: thread) == expected, "\(thread.name)")
        }
        #expect(try lockedKilobytes(of: balancer) > 0)
      }
    }
  }

  /// Thousands of addresses at a realtime priority would keep a core from everybody for seconds.
  @Test func withThousandsOfAddressesTheAddressThreadIsLikeOthers() throws {
    let few = AgentConfig()
    var many = few
    many.vips.append("10.9.0.1-10.9.4.0/16")
    try withAgents(few) { rig in
      try rig.startBoth()
      let thread = try #require(try rig.loadb1.threads().first { $0.name == "address" })
      for (config, expected) in [(many, Int32(0)), (few, 49)] {
        for balancer in rig.balancers { try balancer.write(config) }
        for balancer in rig.balancers { try balancer.reload() }
        // The address thread goes over to a plan after the main thread has said so.
        #expect(waits(until: { priority(of: thread) == expected }), "\(priority(of: thread))")
      }
    }
  }

  /// Its realtime priority; 0 without one.
  private func priority(of thread: (identifier: pid_t, name: String)) -> Int32 {
    var parameters = sched_param()
    guard sched_getscheduler(thread.identifier) == SCHED_FIFO, sched_getparam(thread.identifier, &parameters) == 0
    else {
      return 0
    }
    return parameters.sched_priority
  }

  private func waits(until condition: () -> Bool) -> Bool {
    for _ in 0..<100 where !condition() { usleep(20_000) }
    return condition()
  }

  @Test func withoutPrivilegeItSaysSoOnceAndGoesOn() throws {
    try withAgents { rig in
      for balancer in rig.balancers { try balancer.start(under: Self.withoutPrivilege) }
      try rig.waitForOwner("loadb1")
      try rig.loadb2.waitForLine("backup for group")
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

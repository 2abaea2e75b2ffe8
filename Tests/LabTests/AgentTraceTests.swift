import Glibc
import Lab
import Linux
import Testing

/// What the agent asks the kernel for, call by call (strace(1)), over a whole life: start, takeover, fail-back, stop.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentTraceTests {
  @Test func itStartsNoProgramAndItsHeartbeatThreadOnlyBeats() throws {
    try withAgents { rig in
      let files = rig.balancers.map { "\(rig.folder.path)/\($0.name).trace" }
      for (balancer, file) in zip(rig.balancers, files) {
        try balancer.start(under: [
          "/usr/bin/strace", "-f", "-Y", "-yy", "-ttt", "-s", "16", "-e", "verbose=clone,clone3", "-o", file,
        ])
      }
      try rig.waitForOwner("loadb1")
      try rig.loadb2.waitForLine("backup for group")
      let pinger = try rig.ping()
      try calm(pinger, pings: 1500)
      try rig.loadb1.host.cut()
      try rig.waitForOwner("loadb2")
      try rig.loadb1.host.plug()
      try rig.waitForOwner("loadb1")
      try calm(pinger)
      for balancer in rig.balancers { try stop(balancer) }
      for file in files { try judge(try contents(of: file)) }
    }
  }

  /// Stops what strace runs: strace itself takes no signals.
  private func stop(_ balancer: Balancer) throws {
    let tracer = try #require(balancer.agent)
    let children = try contents(of: "/proc/\(tracer.identifier)/task/\(tracer.identifier)/children")
    let agent = try #require(pid_t(children.prefix { $0.isNumber }))
    try #require(kill(agent, SIGTERM) == 0)
    #expect(tracer.waitForExit(timeout: .seconds(5)) == .code(0))
  }

  private func judge(_ trace: String) throws {
    let calls = trace.split(separator: "\n").compactMap(TracedCall.init)
    try #require(calls.count > 300)
    #expect(calls.count { $0.name.hasPrefix("execve") } == 1)
    let births = calls.filter { $0.name.hasPrefix("clone") || $0.name.hasSuffix("fork") }
    // The log's, the address and the heartbeat thread.
    #expect(births.count == 3)
    #expect(births.allSatisfy { $0.rest.contains("CLONE_THREAD") }, "\(births)")

    let heartbeat = calls.filter { $0.thread == "heartbeat" }
    #expect(Set(heartbeat.map(\.identifier)).count == 1)
    #expect(!heartbeat.contains { $0.rest.contains("<NETLINK:") || $0.name.hasPrefix("open") })
    #expect(!heartbeat.contains { $0.name.hasPrefix("write") && $0.rest.hasPrefix("2<") })

    // From its first second to its last goodbye it does nothing but this, on these.
    let beginning = try #require(heartbeat.first).time + 1
    let end = try #require(heartbeat.last { $0.name == "sendmsg" }).time
    let steady = heartbeat.filter { $0.time > beginning && $0.time <= end }
    try #require(steady.count > 50)
    // strace shows a packet socket, which probes and their answers go through, as a socket without a kind.
    let expected = [
      "epoll_pwait2": ["[eventpoll]"], "epoll_ctl": ["[eventpoll]"], "recvmmsg": ["<UDP:", "<socket:"],
      "recvfrom": ["<socket:"], "sendmsg": ["<UDP:", "<socket:"], "sendto": ["<socket:"],
      // Once a second it looks what the kernel has dropped and what it takes for its own; what is heard changes with the devices.
      "getsockopt": ["<UDP:"], "setsockopt": ["<socket:", "<UDP:"],
      "timerfd_settime": ["[timerfd]"], "read": ["[eventfd]"], "write": ["[eventfd]"],
    ]
    let others = steady.filter { call in
      !(expected[call.name] ?? []).contains { call.subject.contains($0) }
    }
    #expect(others.isEmpty, "\(others)")
    let counts = Dictionary(grouping: steady, by: \.name).mapValues(\.count)
    print("the heartbeat thread's calls in \(listed([end - beginning])) s: \(counts.sorted { $0.value > $1.value })")
  }
}

/// A line of strace(1) that begins a system call: `13588<heartbeat> 1795360462.631928 read(9<anon_inode:[eventfd]>, …`.
private struct TracedCall: CustomStringConvertible {
  let identifier: pid_t
  let thread: Substring
  /// Seconds.
  let time: Double
  let name: String
  /// Arguments and result.
  let rest: Substring

  init?(_ line: Substring) {
    guard let open = line.firstIndex(of: "<"), let close = line.firstIndex(of: ">"), open < close,
      let identifier = pid_t(line[..<open])
    else { return nil }
    let words = line[line.index(after: close)...].split(separator: " ", maxSplits: 1)
    // What resumes has begun before; signals and exits are no calls.
    guard words.count == 2, let time = Double(words[0]), let paren = words[1].firstIndex(of: "("),
      !words[1].hasPrefix("<"), !words[1].hasPrefix("+"), !words[1].hasPrefix("-")
    else { return nil }
    self.identifier = identifier
    thread = line[line.index(after: open)..<close]
    self.time = time
    name = String(words[1][..<paren])
    rest = words[1][words[1].index(after: paren)...]
  }

  /// The first argument.
  var subject: Substring { rest.prefix { $0 != "," } }

  var description: String { "\(thread): \(name)(\(rest)" }
}

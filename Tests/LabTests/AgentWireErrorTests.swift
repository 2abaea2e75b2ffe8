import Glibc
import Lab
import Linux
import Testing

/// What can be wrong between nodes is told in words that say what to do about it, once and not with every heartbeat.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentWireErrorTests {
  @Test func anotherSecretUnderTheSameNumber() throws {
    try withAgents { rig in
      try rig.loadb2.write(AgentKeys())
      try rig.loadb1.start()
      try rig.waitForOwner("loadb1")
      try rig.loadb2.start()
      for (balancer, sender) in zip(rig.balancers, ["195.46.64.16", "195.46.64.15"]) {
        try balancer.waitForLine("from \(sender) on port 694: the signature is wrong; copy the key file")
      }
      // loadb2 cannot tell loadb1 from a forger, but the wire tells it that the address is held.
      try rig.loadb2.waitForLine("backup for group")
      try calm(try rig.ping(), pings: 1000)
      #expect(rig.watch.holdings.map(\.host) == ["loadb1"])
      for balancer in rig.balancers { expectNoFlood(balancer) }
    }
  }

  @Test func twoThatDidNotTrustEachOtherAgreeOnceTheyDo() throws {
    try withAgents { rig in
      try rig.loadb2.write(AgentKeys())
      for balancer in rig.balancers { try balancer.start() }
      for balancer in rig.balancers { try balancer.waitForLine("the signature is wrong") }
      for balancer in rig.balancers { try balancer.waitForLine("backup for group") }
      // Started at one moment, both may ask the wire before either has the address, and then both take it.
      try calm(try rig.ping(), pings: 500)
      try rig.folder.write(try contents(of: rig.loadb1.keysPath), to: "loadb2.keys")
      try rig.loadb2.reload()
      try rig.loadb2.waitForLine("loadb1 is here")
      try rig.waitForOwner("loadb1")
      try calm(try rig.ping(), pings: 500)
      #expect(rig.watch.holders == ["loadb1"])
    }
  }

  @Test func aKeyNumberThatIsNotInTheFile() throws {
    try withAgents { rig in
      try rig.loadb2.write(AgentKeys(number: 2))
      for balancer in rig.balancers { try balancer.start() }
      for balancer in rig.balancers {
        try balancer.waitForLine("signed with a key number that \(balancer.keysPath) does not hold")
      }
    }
  }

  @Test func configurationsThatDiffer() throws {
    var differing = AgentConfig()
    differing.groupLines = "failback_delay = \"1ms\""
    try withAgents { rig in
      try rig.loadb2.write(differing)
      try rig.startBoth()
      try rig.loadb1.waitForLine("the configuration of loadb2 (fingerprint ")
      try rig.loadb2.waitForLine("the configuration of loadb1 (fingerprint ")
      try rig.loadb2.waitForLine("differs from ours")
      let pinger = try rig.ping()
      try calm(pinger)
      for balancer in rig.balancers { #expect(balancer.lines.count { $0.contains("differs from ours") } == 1) }
      try rig.loadb2.write(AgentConfig())
      try rig.loadb2.reload()
      try rig.loadb1.waitForLine("the configuration of loadb2 agrees with ours again")
      try calm(pinger)
      #expect(rig.loadb2.lines.count { $0.contains("differs from ours") } == 1)
      #expect(rig.watch.holdings.count == 1)
    }
  }

  @Test func aNodeThatTheConfigurationDoesNotName() throws {
    let keys = AgentKeys()
    var larger = AgentConfig()
    larger.nodes.append("loadb3")
    try withAgents(AgentConfig(), keys) { rig in
      try rig.startBoth()
      let third = try rig.addBalancer("loadb3", "195.46.64.17/24", larger, keys)
      try third.start()
      for balancer in [rig.loadb1, rig.loadb2] {
        let line = try balancer.waitForLine("signs with our key but is not in the configuration: add it as [[node]]")
        #expect(line.contains("a node at 195.46.64.17 (tag "), "\(line)")
      }
      // Longer than it listens: the owner's unanswered heartbeats keep it from claiming.
      try third.waitForLine("backup for group")
      try third.waitForLine("do not answer to ours: it does not hear us")
      let status = try third.status()
      #expect(status.contains("held back: heartbeats in the name of"), "\(status)")
      try calm(try rig.ping(), pings: 1000)
      #expect(rig.watch.holdings.map(\.host) == ["loadb1"])
      for balancer in rig.balancers { expectNoFlood(balancer) }
    }
  }

  @Test func twoHostsOfOneName() throws {
    let keys = AgentKeys()
    try withAgents(AgentConfig(), keys) { rig in
      try rig.startBoth()
      let twin = try rig.addBalancer("twin", "195.46.64.17/24", AgentConfig(), keys)
      // Its programs have a host name of their own, which any of them may change.
      let asLoadb1 = "echo loadb1 > /proc/sys/kernel/hostname && exec \"$@\""
      try twin.start(under: ["/bin/sh", "-c", asLoadb1, "sh"])
      for balancer in [rig.loadb1, twin] { try balancer.waitForLine("calls itself loadb1 too") }
      try rig.loadb1.waitForLine("another agent at 195.46.64.17 calls itself loadb1 too")
      try calm(try rig.ping(), pings: 1000)
      try twin.end()
      try calm(try rig.ping(), pings: 500)
      // The one that was there first stays, and stays itself; the other takes nothing.
      #expect(rig.watch.holdings.map(\.host) == ["loadb1"])
      try rig.loadb1.end()
      try rig.waitForOwner("loadb2")
      for balancer in rig.balancers { expectNoFlood(balancer) }
    }
  }

  @Test func anotherClusterOnThePort() throws {
    try withAgents { rig in
      try rig.startBoth()
      var other = AgentConfig()
      other.cluster = "mail"
      (other.nodes, other.vips) = (["mail1", "mail2"], ["195.46.64.31/24"])
      let stranger = try rig.addBalancer("mail1", "195.46.64.17/24", other, AgentKeys())
      try stranger.start()
      for balancer in [rig.loadb1, rig.loadb2] {
        try balancer.waitForLine("from 195.46.64.17 on port 694: of another cluster; give each cluster")
      }
      try stranger.waitForLine("of another cluster")
      // Each cluster goes its way.
      try stranger.waitForLine("owner of 195.46.64.31/24")
      #expect(rig.watch.holdings.map(\.host) == ["loadb1"])
      for balancer in rig.balancers { expectNoFlood(balancer) }
    }
  }

  /// Some seconds of ten heartbeats each have passed: nothing was said with each of them.
  private func expectNoFlood(_ balancer: Balancer) {
    // Without the time, and without sessions, which change with every line.
    let sentences = balancer.lines.map { $0.drop { $0 != ":" }.dropFirst(10).prefix { $0 != "(" } }
    let most = Dictionary(grouping: sentences) { $0 }.max { $0.value.count < $1.value.count }
    #expect((most?.value.count ?? 0) <= 4, "\(balancer.name): \(most?.value.count ?? 0) × \(most?.key ?? "")")
  }
}

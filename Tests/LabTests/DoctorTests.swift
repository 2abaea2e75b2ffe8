import CLinux
import Glibc
import Lab
import Linux
import Netlink
import Testing

/// `vipagent doctor` on hosts that have what it is to find.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(3))) struct DoctorTests {
  @Test func whereAllIsWellItSaysSo() throws {
    try withAgents { rig in
      // As a new host of Debian has it: promote_secondaries is 0 before the agent runs.
      let fresh = try rig.loadb1.examine()
      #expect(fresh.has("ok", "promotion", "promote_secondaries is 0 on eth0: an agent sets it to 1"), "\(fresh)")
      try rig.startBoth()
      let owner = try rig.loadb1.examine(listening: "2500ms")
      #expect(owner.troubles.isEmpty && owner.exit == .code(0), "\(owner)")
      #expect(owner.agent == rig.loadb1.agent?.identifier)
      #expect(owner.has("ok", "heartbeats", "loadb2 is heard on eth0, and hears this node"), "\(owner)")
      #expect(owner.has("ok", "agreement", "loadb2 and this node have the same configuration"))
      #expect(owner.has("ok", "addresses", "is held by this host's agent, for"))
      #expect(owner.has("ok", "duplicates", "is on one host: this host"))
      #expect(owner.has("ok", "spanning-tree", "no bridge"))
      #expect(owner.has("ok", "kernel", "address lifetimes and marks"))
      #expect(owner.has("ok", "agent", "answers at \(rig.loadb1.socketPath), and complains of nothing"), "\(owner)")
      let backup = try rig.loadb2.examine()
      #expect(backup.troubles.isEmpty && backup.exit == .code(0), "\(backup)")
      #expect(backup.has("ok", "duplicates", "is on one host: loadb1 (02:00:00:00:00:01)"), "\(backup)")
      // It has disturbed nobody.
      #expect(rig.watch.holdings.map(\.host) == ["loadb1"])
    }
  }

  /// Heartbeats about many groups are longer than most networks carry at once.
  @Test func heartbeatsInFragmentsAreSeen() throws {
    try withAgents { rig in
      for balancer in rig.balancers { try balancer.host.tune() }
      for balancer in rig.balancers { try balancer.host.ip("link set eth0 mtu 100") }
      try rig.startBoth()
      let report = try rig.loadb1.examine()
      #expect(report.has("ok", "heartbeats", "loadb2 is heard on eth0, and hears this node"), "\(report)")
    }
  }

  @Test func itNeedsNoAgent() throws {
    try withAgents { rig in
      for balancer in rig.balancers { try balancer.host.tune() }
      let alone = try rig.loadb1.examine()
      #expect(alone.exit == .code(1) && alone.agent == nil)
      #expect(alone.has("warning", "heartbeats", "loadb2 is not heard"), "\(alone)")
      #expect(alone.has("note", "duplicates", "nobody answers for 195.46.64.21"))
      try rig.loadb2.start()
      try rig.waitForOwner("loadb2")
      let report = try rig.loadb1.examine()
      #expect(report.troubles.isEmpty, "\(report)")
      #expect(report.has("ok", "heartbeats", "loadb2 is heard on eth0; whether it hears this node"), "\(report)")
      #expect(report.has("ok", "duplicates", "is on one host: loadb2 (02:00:00:00:00:02)"))
      // A filter on this host, without an agent: what arrives does not come through.
      try rig.loadb1.host.filter(.heartbeats())
      let filtered = try rig.loadb1.examine()
      #expect(filtered.has("error", "heartbeats", "arrive at eth0, but do not come through"), "\(filtered)")
    }
  }

  @Test func aFirewallIsFoundFromBothSides() throws {
    try withAgents { rig in
      try rig.startBoth()
      try rig.loadb1.host.filter(.heartbeats())
      try rig.loadb2.waitForLine("loadb1 is heard but does not hear us")
      let deaf = try rig.loadb1.examine()
      #expect(deaf.exit == .code(2))
      #expect(
        deaf.has("error", "heartbeats", "the heartbeats of loadb2 arrive at eth0, but do not come through"), "\(deaf)")
      let unheard = try rig.loadb2.examine()
      #expect(unheard.has("error", "heartbeats", "loadb1 does not hear this node"), "\(unheard)")
      // A new session that loadb1 has never heard: still the filter is there and not here.
      try rig.loadb2.end()
      try rig.loadb2.start()
      try rig.loadb2.waitForLine("heartbeats in the name of loadb1 do not answer to ours")
      let restarted = try rig.loadb2.examine()
      #expect(restarted.has("error", "heartbeats", "loadb1 does not hear this node"), "\(restarted)")
      #expect(!restarted.has("error", "heartbeats", "do not come through"), "\(restarted)")
    }
  }

  @Test func aDeviceThatIsDownCutOrMissingIsFound() throws {
    try withAgents { rig in
      try rig.loadb1.host.cut()
      let cut = try rig.loadb1.examine()
      #expect(cut.exit == .code(2) && cut.has("error", "device", "eth0 has no carrier"), "\(cut)")
      try rig.loadb1.host.ip("link set eth0 down")
      #expect(try rig.loadb1.examine().has("error", "device", "eth0 is down"))
      try rig.loadb1.write(AgentConfig(device: "eth7"))
      #expect(try rig.loadb1.examine().has("error", "device", "eth7 is not a device of this host"))
    }
  }

  @Test func aPortInUseIsFoundWithItsUser() throws {
    try withAgents { rig in
      // This test is the other program.
      let taken = try rig.loadb1.host.takeHeartbeatPort()
      let report = try withExtendedLifetime(taken) { try rig.loadb1.examine() }
      #expect(report.exit == .code(2) && report.has("error", "port", "UDP port 694 on eth0 is in use by"), "\(report)")
      #expect(report.has("error", "port", "(pid \(getpid()))"), "\(report)")
    }
  }

  @Test func anAddressOnTwoHostsIsFound() throws {
    try withAgents { rig in
      try rig.client.add("195.46.64.21/24")
      let stranger = try rig.loadb1.examine()
      #expect(stranger.has("warning", "duplicates", "02:00:00:00:00:03 answers for 195.46.64.21"), "\(stranger)")
      try rig.client.remove("195.46.64.21/24")
      try rig.startBoth()
      try rig.client.add("195.46.64.21/24")
      for (balancer, owner) in [(rig.loadb1, "this host"), (rig.loadb2, "loadb1 (02:00:00:00:00:01)")] {
        let report = try balancer.examine()
        #expect(report.exit == .code(2))
        #expect(
          report.has(
            "error", "duplicates", "is on 2 hosts at once: \(owner), a stranger (02:00:00:00:00:03)"), "\(report)")
      }
    }
  }

  /// What the agent complains of is found, and an agent that does not even complain.
  @Test func anAgentThatHangsIsFound() throws {
    try withAgents { rig in
      try rig.startBoth()
      try rig.loadb2.end()
      let alone = try rig.loadb1.examine()
      #expect(alone.has("warning", "agent", "director: nobody could take it over now (loadb2: "), "\(alone)")
      try rig.loadb1.signal(SIGSTOP)
      let hung = try rig.loadb1.examine()
      #expect(hung.has("error", "agent", "does not answer at \(rig.loadb1.socketPath)"), "\(hung)")
      try rig.loadb1.signal(SIGCONT)
    }
  }

  @Test func addressesThatNobodyRenewsAreFound() throws {
    try withAgents(AgentConfig(groupLines: "lease = \"10s\"")) { rig in
      try rig.startBoth()
      try rig.loadb2.end()
      try rig.loadb1.end(with: SIGKILL)
      let left = try rig.loadb1.examine()
      #expect(left.has("warning", "addresses", "was left behind by an agent, for"), "\(left)")
      try rig.loadb2.host.add("195.46.64.21/24")
      let foreign = try rig.loadb2.examine()
      #expect(foreign.has("error", "addresses", "is not the agent's: it lacks its mark"), "\(foreign)")
      #expect(foreign.has("error", "duplicates", "is on 2 hosts at once"), "\(foreign)")
    }
  }

  @Test func configurationsAndKeysThatDifferAreFound() throws {
    try withAgents { rig in
      try rig.loadb2.write(AgentConfig(deadtime: "400ms"))
      try rig.startBoth()
      let differing = try rig.loadb1.examine()
      #expect(differing.has("warning", "agreement", "loadb2 runs another configuration"), "\(differing)")
      try rig.loadb1.write(AgentConfig(deadtime: "400ms"))
      let forgotten = try rig.loadb1.examine()
      #expect(forgotten.has("warning", "agreement", "the agent runs another configuration"), "\(forgotten)")
      try rig.loadb2.write(AgentKeys())
      try rig.loadb2.reload()
      let keys = try rig.loadb1.examine()
      #expect(keys.has("error", "heartbeats", "they are signed with another secret"), "\(keys)")
      #expect(!keys.has("error", "heartbeats", "nothing arrived"), "\(keys)")
    }
  }

  @Test func aKeyFileThatOthersReadIsFound() throws {
    try withAgents { rig in
      try rig.loadb1.write(AgentKeys(), mode: 0o644)
      let report = try rig.loadb1.examine()
      #expect(report.exit == .code(2) && report.has("error", "keys", "mode is 0644"), "\(report)")
      #expect(report.findings.contains { $0.fix == ["chmod 600 \(rig.loadb1.keysPath)"] })
    }
  }

  /// What the agent has set, and who undoes it; what the kernel would not answer from.
  @Test func whatSomebodyUndoesIsFound() throws {
    try withAgents { rig in
      try rig.startBoth()
      let healthy = try rig.loadb1.examine()
      #expect(healthy.has("ok", "promotion", "no address goes along"), "\(healthy)")
      #expect(healthy.has("ok", "answers", "the kernel answers from"), "\(healthy)")
      try rig.loadb1.host.set("ipv4/conf/eth0/promote_secondaries", 0)
      // A rule goes before every route, and no route is removed.
      try rig.loadb1.host.ip("rule add from 195.46.64.21 unreachable")
      let report = try rig.loadb1.examine()
      #expect(report.has("warning", "promotion", "195.46.64.21/24 and 195.46.64.15/24 share a subnet"), "\(report)")
      #expect(report.has("error", "answers", "answers from 195.46.64.21 do not leave by eth0"), "\(report)")
      let status = try rig.loadb1.run("status", "--socket", rig.loadb1.socketPath)
      #expect(status.exit == .code(2), "\(status.lines.map(\.text))")
    }
  }

  /// The shared address is a node's own, by a slip of the pen.
  @Test func aNodesOwnAddressIsFound() throws {
    var config = AgentConfig()
    config.vips = ["195.46.64.16/24"]
    try withAgents(config) { rig in
      for balancer in rig.balancers { try balancer.start() }
      try rig.loadb2.waitForLine("backup for group")
      let there = try rig.loadb1.examine()
      #expect(there.has("error", "duplicates", "195.46.64.16 is on loadb2, which does not own its group"), "\(there)")
      let here = try rig.loadb2.examine()
      #expect(here.has("error", "addresses", "195.46.64.16/24 on eth0 is not the agent's"), "\(here)")
    }
  }

  @Test func settingsThatHurtAreFound() throws {
    try withAgents { rig in
      let host = rig.loadb1.host
      for (setting, value) in [("rp_filter", 1), ("arp_ignore", 8), ("proxy_arp", 1), ("drop_gratuitous_arp", 1)] {
        try host.set("ipv4/conf/eth0/\(setting)", value)
      }
      try host.set("ipv4/icmp_echo_ignore_all", 1)
      let report = try rig.loadb1.examine()
      #expect(report.has("note", "rp_filter", "rp_filter is strict on eth0"), "\(report)")
      #expect(report.has("error", "arp", "arp_ignore is 8 on eth0"))
      #expect(report.has("warning", "arp", "proxy_arp is on for eth0"))
      #expect(report.has("warning", "arp", "drop_gratuitous_arp is on for eth0"))
      #expect(report.has("warning", "arp", "icmp_echo_ignore_all is on"))
      #expect(report.has("ok", "promotion", "promote_secondaries is 0 on eth0: an agent sets it to 1"))
      // With a second network it matters.
      try host.ip("link add other type bridge")
      try host.ip("address add 10.9.8.7/24 dev other")
      try host.ip("link set other up")
      let second = try rig.loadb1.examine()
      #expect(second.has("warning", "rp_filter", "rp_filter is strict on eth0"), "\(second)")
    }
  }

  @Test func spanningTreesAreFoundHereAndBeyond() throws {
    try withAgents { rig in
      try rig.client.ip("link add br0 type bridge stp_state 1")
      try rig.client.ip("link set eth0 master br0")
      try rig.client.ip("link set br0 up")
      // One hello time of 2 s, and a bit.
      let beyond = try rig.loadb1.examine(listening: "2500ms")
      #expect(
        beyond.has(
          "warning", "spanning-tree", "a switch on eth0 speaks the spanning tree protocol, forward delay 15 s"),
        "\(beyond)")
      #expect(beyond.findings.contains { $0.fix.first?.hasPrefix("initdead = \"31s\"") == true })
      try rig.loadb2.host.ip("link add br0 type bridge stp_state 1 forward_delay 400")
      try rig.loadb2.host.ip("link set br0 up")
      try rig.loadb2.write(AgentConfig(device: "br0"))
      let here = try rig.loadb2.examine()
      #expect(here.has("warning", "spanning-tree", "br0 is a bridge with spanning tree, forward delay 4 s"), "\(here)")
      try rig.loadb2.host.ip("link set eth0 master br0")
      try rig.loadb2.write(AgentConfig())
      #expect(try rig.loadb2.examine().has("error", "device", "eth0 is a port of bridge br0"))
    }
  }

  @Test func withoutPrivilegeItSaysWhatItCouldNotDo() throws {
    let unprivileged = ["/usr/bin/setpriv", "--inh-caps=-all", "--bounding-set=-all"]
    try withAgents { rig in
      try rig.loadb1.host.tune()
      let report = try rig.loadb1.examine(under: unprivileged)
      #expect(report.troubles.isEmpty && report.exit == .code(0), "\(report)")
      #expect(report.has("note", "heartbeats", "not checked"))
      #expect(report.has("note", "duplicates", "not checked"))
      #expect(report.has("note", "kernel", "not checked"))
      #expect(report.has("note", "capabilities", "an agent started from here lacks CAP_NET_ADMIN"))
      // Another user's key file, and an agent that can do more than we.
      try rig.startBoth()
      try #require(chown(rig.loadb1.keysPath, 65534, 65534) == 0)
      let beside = try rig.loadb1.examine(under: unprivileged)
      #expect(beside.troubles.isEmpty && beside.agent == rig.loadb1.agent?.identifier, "\(beside)")
      #expect(beside.has("note", "keys", "not checked"), "\(beside)")
    }
  }

  @Test func aConfigurationThatCannotBeReadIsAllItSays() throws {
    try withAgents { rig in
      try rig.loadb1.write(configText: "cluster = \n")
      let process = try rig.loadb1.run("doctor", "--config", rig.loadb1.configPath)
      #expect(process.exit == .code(78))
      #expect(process.lines.contains { $0.text.contains("loadb1.toml:1:11: error: not TOML") }, "\(process.lines)")
    }
  }

  @Test func aLinkThatCarriesNothingIsFound() throws {
    try withAgents { rig in
      try rig.loadb1.host.ip("link add other type bridge")
      try rig.loadb1.host.ip("link set other up")
      let config = AgentConfig().text(keys: rig.loadb1.keysPath)
      try rig.loadb1.write(configText: config.replacing("[\"eth0\"]", with: "[\"eth0\", \"other\"]"))
      try rig.startBoth()
      let report = try rig.loadb1.examine()
      #expect(report.has("ok", "heartbeats", "loadb2 is heard on eth0, and hears this node"), "\(report)")
      #expect(report.has("warning", "heartbeats", "loadb2 is not heard on other"), "\(report)")
      // Nothing leaves by eth0 any more.
      let table = "table ip faults { chain leaving { type filter hook output priority 0; udp dport 694 drop; }; };"
      let nft = try rig.loadb1.host.start("/usr/sbin/nft", [table])
      try #require(nft.waitForExit(timeout: .seconds(10)) == .code(0))
      let mute = try rig.loadb1.examine()
      #expect(mute.has("error", "heartbeats", "has left eth0 within 400 ms"), "\(mute)")
    }
  }

  @Test func aPersonReadsLinesThatFit() throws {
    try withAgents(AgentConfig(vips: (21...30).map { "195.46.64.\($0)/24" })) { rig in
      let process = try rig.loadb1.host.start(
        rig.agentBinary, ["doctor", "--listen", "100ms", "--config", rig.loadb1.configPath],
        environment: ["COLUMNS": "72"])
      #expect(process.waitForExit(timeout: .seconds(10)) == .code(1))
      let lines = process.lines.map(\.text)
      #expect(lines.first?.hasPrefix("loadb1: no agent running") == true)
      #expect(lines.contains { $0.hasPrefix("warning  heartbeats") })
      #expect(lines.contains { $0.hasPrefix("note     duplicates     … and 7 more") }, "\(lines)")
      #expect(lines.last?.contains("0 errors, ") == true, "\(lines)")
      #expect(!lines.contains { $0.contains("\u{1b}") })
      #expect(lines.allSatisfy { $0.count <= 72 || $0.contains("→") || $0.contains(rig.folder.path) }, "\(lines)")
    }
  }
}

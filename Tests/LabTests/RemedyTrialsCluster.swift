import Glibc
import Lab
import Linux
import Testing

@testable import Doctor
@testable import Support

/// What is wrong with a name, an agent, an address or a privilege.
extension RemedyTrial {
  // MARK: - Nodes

  static let nodes = [
    RemedyTrial("a host that was renamed", [.nameNode], AgentConfig(nodes: ["web1", "loadb2"])) { rig in
      try rig.loadb2.start()
      try rig.agents.waitForOwner("loadb2")
      let words = "no [[node]] has this host's name"
      let report = try rig.loadb1.examine()
      #expect(report.findings.contains { $0.why?.contains("loadb2 is heard from elsewhere") == true }, "\(report)")
      // The name of a host that lives is nobody else's to take, and which of the others this one was nobody knows.
      #expect(!report.findings.contains { $0.fix.contains { $0.contains("set-hostname") } })
      let line = try #require(try rig.remedies(for: words, on: rig.loadb1, examined: report)[.nameNode]).text
      let config = AgentConfig(nodes: ["web1", "loadb2"]).text(keys: rig.loadb1.keysPath)
      try rig.loadb1.write(
        configText: config.replacing("name = \"web1\"", with: line).replacing("\"web1\"", with: "\"loadb1\""))
      try rig.expectGone(words, on: rig.loadb1)
    },
    RemedyTrial(
      "a host that was renamed while its agent runs", [.renameHost], AgentConfig(nodes: ["web1", "loadb2"])
    ) { rig in
      try rig.loadb2.start()
      try rig.agents.waitForOwner("loadb2")
      _ = try rig.loadb1.host.start(rig.loadb1.program, ["--config", rig.loadb1.configPath, "--node", "web1"])
      try rig.agents.waitForOwner("loadb1")
      let words = "no [[node]] has this host's name"
      let remedies = try rig.remedies(for: words, on: rig.loadb1)
      try rig.shell.type(try #require(remedies[.renameHost]).text, on: rig.loadb1.host)
      #expect(try rig.shell.request() == "hostnamectl set-hostname web1")
      let renamed = try rig.loadb1.examine(named: "web1")
      #expect(!renamed.has("error", "config", "no [[node]]"), "\(renamed)")
    },
    RemedyTrial("a cloned machine", [.stopAgent]) { rig in
      try rig.agents.startBoth()
      let clone = try rig.agents.addBalancer("clone", "195.46.64.17/24", AgentConfig(), AgentKeys())
      let agent = try clone.host.start(clone.program, ["--config", rig.loadb1.configPath, "--node", "loadb1"])
      try rig.loadb1.waitForLine("calls itself loadb1")
      let words = "an agent at 195.46.64.17 calls itself loadb1"
      try rig.shell.type(try #require(try rig.remedies(for: words, on: rig.loadb1)[.stopAgent]).text, on: clone.host)
      #expect(try rig.shell.request() == "systemctl disable --now vipagent")
      agent.signal(SIGTERM)
      _ = agent.waitForExit(timeout: .seconds(5))
      try rig.expectGone(words, on: rig.loadb1)
    },
    RemedyTrial("another cluster of the same name", [.nameCluster]) { rig in
      try rig.agents.startBoth()
      let nodes = ["web7", "web8"]
      let other = try rig.agents.addBalancer("web7", "195.46.64.17/24", AgentConfig(nodes: nodes), AgentKeys())
      try other.start()
      let words = "another cluster is named loadb, too"
      try rig.loadb1.waitForLine(words)
      let line = try #require(try rig.remedies(for: words, on: rig.loadb1)[.nameCluster]).text
      #expect(line == "cluster = \"loadb2\"")
      try other.write(AgentConfig(cluster: "loadb2", nodes: nodes))
      try other.end()
      try other.start()
      try rig.expectGone(words, on: rig.loadb1)
    },
    RemedyTrial("another version of the protocol", [.showVersion]) { rig in
      try rig.agents.startBoth()
      // "VA" and the number of a version that is none yet.
      let sender = try rig.agents.client.start(
        "/usr/bin/perl",
        [
          "-MIO::Socket::INET", "-e",
          """
          $s = IO::Socket::INET->new(Proto => 'udp', Broadcast => 1, PeerAddr => '195.46.64.255', PeerPort => 694);
          while (1) { $s->send('VA' . chr(99) . chr(1) . "\\0" x 96); select(undef, undef, undef, 0.05) }
          """,
        ])
      let words = "another version of the protocol"
      try rig.loadb1.waitForLine(words)
      let remedies = try rig.remedies(for: words, on: rig.loadb1)
      #expect(try rig.shell.type(try #require(remedies[.showVersion]).text, on: rig.loadb1.host).contains(version))
      sender.signal(SIGKILL)
    },
  ]

  // MARK: - Agents

  static let agents = [
    RemedyTrial("an agent that hangs", [.showLog, .restartAgent]) { rig in
      try rig.agents.startBoth()
      try rig.loadb1.signal(SIGSTOP)
      let words = "does not answer at"
      let remedies = try rig.remedies(for: words, on: rig.loadb1)
      for kind in [Remedy.Kind.showLog, .restartAgent] {
        try rig.shell.type(try #require(remedies[kind]).text, on: rig.loadb1.host)
      }
      #expect(try rig.shell.request() == "systemctl restart vipagent")
      try rig.loadb1.end(with: SIGKILL)
      try rig.loadb1.start()
      try rig.agents.waitForOwner("loadb1")
      try rig.expectGone(words, on: rig.loadb1)
    },
    RemedyTrial(
      "addresses that an agent has left", [.startAgent, .releaseAddresses],
      AgentConfig(groupLines: "lease = \"20s\"")
    ) { rig in
      let words = "was left behind by an agent"
      try rig.loadb1.start()
      try rig.agents.waitForOwner("loadb1")
      try rig.loadb1.end(with: SIGKILL)
      try rig.type(.releaseAddresses, for: words, on: rig.loadb1)
      try rig.loadb1.start()
      try rig.agents.waitForOwner("loadb1")
      try rig.loadb1.end(with: SIGKILL)
      let remedies = try rig.remedies(for: words, on: rig.loadb1)
      try rig.shell.type(try #require(remedies[.startAgent]).text, on: rig.loadb1.host)
      #expect(try rig.shell.request() == "systemctl start vipagent")
      try rig.loadb1.start()
      try rig.loadb1.waitForLine("owner of 195.46.64.21/24")
      try rig.expectGone(words, on: rig.loadb1)
    },
    RemedyTrial("a port that was changed in the file alone", [.reloadAgent]) { rig in
      try rig.agents.startBoth()
      try rig.loadb1.write(AgentConfig(heartbeatLines: "udpport = 695"))
      // What a living agent serves is not to be released.
      let words = "is held by an agent that does not use UDP port 695"
      let remedies = try rig.remedies(for: words, on: rig.loadb1)
      #expect(Array(remedies.keys) == [.reloadAgent], "\(remedies)")
      try rig.type(.reloadAgent, for: words, on: rig.loadb1)
    },
  ]

  // MARK: - Addresses

  static let addresses = [
    RemedyTrial(
      "an address that is a host's own", [.chooseAddress, .examinePeer], AgentConfig(vips: ["195.46.64.16/24"])
    ) { rig in
      for balancer in rig.agents.balancers { try balancer.start() }
      try rig.loadb2.waitForLine("backup for group")
      let there = try rig.remedies(for: "195.46.64.16 is on loadb2, which does not own its group", on: rig.loadb1)
      let examination = try rig.shell.type(
        try #require(there[.examinePeer]).text, on: rig.loadb2.host, expecting: 2)
      #expect(examination.contains("FREE_ADDRESS"), "\(examination)")
      let report = try rig.loadb2.examine()
      let isRemoved = report.findings.contains { $0.fix.contains { $0.contains("ip address del") } }
      #expect(!isRemoved && !examination.contains("ip address del"), "the host lives by it: \(examination)")
      let words = "195.46.64.16/24 on eth0 is not the agent's"
      let choice = try #require(try rig.remedies(for: words, on: rig.loadb2, examined: report)[.chooseAddress])
      #expect(choice.text(["FREE_ADDRESS": "195.46.64.21"]) == "address = \"195.46.64.21/24\"")
      for balancer in rig.agents.balancers {
        try balancer.write(AgentConfig())
        try balancer.reload()
      }
      try rig.agents.waitForOwner("loadb1")
      for balancer in rig.agents.balancers {
        try rig.expectGone("is not the agent's", on: balancer)
        try rig.expectGone("which does not own its group", on: balancer)
      }
    },
    RemedyTrial(
      "an address that is a host's own, with another prefix", [.chooseAddress], AgentConfig(vips: ["195.46.64.16/32"])
    ) { rig in
      let words = "195.46.64.16/24 is on eth0; the configuration has 195.46.64.16/32"
      let remedies = try rig.remedies(for: words, on: rig.loadb2)
      #expect(Array(remedies.keys) == [.chooseAddress], "\(remedies)")
      try rig.loadb2.write(AgentConfig())
      try rig.expectGone(words, on: rig.loadb2)
    },
    RemedyTrial("an address that was put there by hand", [.removeAddress, .findStranger]) { rig in
      try rig.agents.startBoth()
      try rig.loadb2.host.add("195.46.64.21/24")
      let words = "195.46.64.21/24 on eth0 is not the agent's"
      let twice = try rig.remedies(for: "195.46.64.21 is on 2 hosts at once", on: rig.loadb1)
      #expect(twice[.examinePeer]?.comment == "on loadb2", "\(twice)")
      try rig.type(.removeAddress, for: words, on: rig.loadb2)
      try rig.expectGone("is on 2 hosts at once", on: rig.loadb1)
      try rig.agents.client.add("195.46.64.21/24")
      let strange = try rig.remedies(for: "is on 2 hosts at once", on: rig.loadb1)
      try rig.shell.type(try #require(strange[.findStranger]).text, on: rig.loadb1.host)
    },
    RemedyTrial("an address on a node that is not heard", [.showAddresses]) { rig in
      try rig.loadb2.host.add("195.46.64.21/24")
      let remedies = try rig.remedies(for: "02:00:00:00:00:02 answers for 195.46.64.21", on: rig.loadb1)
      let show = try #require(remedies[.showAddresses])
      #expect(show.comment == "on loadb2")
      #expect(try rig.shell.type(show.text, on: rig.loadb2.host).contains("195.46.64.21/24"))
    },
    RemedyTrial("a packet that is not routed", [.showRoutes]) { rig in
      try rig.agents.startBoth()
      try rig.loadb1.host.ip("rule add from 195.46.64.21 unreachable")
      let remedies = try rig.remedies(for: "answers from 195.46.64.21 do not leave by eth0", on: rig.loadb1)
      #expect(try rig.shell.type(try #require(remedies[.showRoutes]).text, on: rig.loadb1.host).contains("unreachable"))
    },
    RemedyTrial("connections from the shared address", [.addAddress]) { rig in
      try rig.agents.startBoth()
      try rig.loadb1.host.remove("195.46.64.15/24")
      let words = "connections that this host opens to"
      let add = try #require(try rig.remedies(for: words, on: rig.loadb1)[.addAddress])
      try rig.shell.type(add.text(["FREE_ADDRESS": "195.46.64.15"]), on: rig.loadb1.host)
      try rig.expectGone(words, on: rig.loadb1)
    },
  ]

  // MARK: - Privileges

  private static let repository = #filePath.replacing("/Tests/LabTests/RemedyTrialsCluster.swift", with: "")

  static let privileges = [
    RemedyTrial("limits of the unit", [.grantPriority, .grantMemory]) { rig in
      let few = "-sys_nice,-ipc_lock"
      try rig.loadb1.start(under: [
        "/usr/bin/setpriv", "--inh-caps=\(few)", "--bounding-set=\(few)", "/usr/bin/prlimit", "--memlock=65536",
        "--rtprio=0",
      ])
      try rig.agents.waitForOwner("loadb1")
      let words = ["the heartbeat thread is not SCHED_FIFO", "the agent's memory is not locked"]
      let priority = try #require(try rig.remedies(for: words[0], on: rig.loadb1)[.grantPriority]).text
      let memory = try #require(try rig.remedies(for: words[1], on: rig.loadb1)[.grantMemory]).text
      try rig.loadb1.end()
      // The unit has these lines, and whoever starts the agent as it does gets what they allow.
      let unit = try contents(of: "\(repository)/packaging/systemd/vipagent.service").split(separator: "\n")
      #expect(unit.contains(Substring(priority)) && unit.contains(Substring(memory)))
      try rig.loadb1.start()
      try rig.agents.waitForOwner("loadb1")
      for words in words { try rig.expectGone(words, on: rig.loadb1) }
    },
    RemedyTrial("capabilities", [.grantCapability]) { rig in
      func report(with capabilities: [String]) throws -> DoctorReport {
        let list = (["-all"] + capabilities.map { "+\($0)" }).joined(separator: ",")
        return try rig.loadb1.examine(under: ["/usr/bin/setpriv", "--inh-caps=\(list)", "--bounding-set=\(list)"])
      }
      let lacking = try report(with: [])
      let lines = lacking.findings.flatMap(\.remedies).filter { $0.kind == "grantCapability" }.map(\.text)
      #expect(lines.count == 3, "\(lacking)")
      let granted = lines.map { $0.replacing("AmbientCapabilities=CAP_", with: "").lowercased() }
      let fit = try report(with: granted)
      #expect(fit.has("ok", "capabilities", "has every capability"), "\(fit)")
    },
  ]
}

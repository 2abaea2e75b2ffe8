import Glibc
import Lab
import Linux
import Testing

@testable import Doctor

/// What is wrong with a host, its files or its packet filter.
extension RemedyTrial {
  private static let settings = ["rp_filter", "arp_ignore", "proxy_arp", "drop_gratuitous_arp"]

  // MARK: - The host

  static let host = [
    RemedyTrial("settings of the kernel, now and after a boot", [.setSetting, .keepSetting]) { rig in
      let host = rig.loadb1.host
      func spoil() throws {
        for setting in settings { try host.set("ipv4/conf/eth0/\(setting)", setting == "arp_ignore" ? 8 : 1) }
        try host.set("ipv4/conf/all/proxy_arp", 1)
        try host.set("ipv4/conf/eth0/promote_secondaries", 0)
        try host.set("ipv4/icmp_echo_ignore_all", 1)
      }
      func findings() throws -> [DoctorReport.Entry] {
        try rig.loadb1.examine().findings.filter { finding in
          finding.remedies.contains { $0.kind == "setSetting" }
        }
      }
      try rig.agents.startBoth()
      try spoil()
      let found = try findings()
      #expect(found.count >= settings.count + 2, "\(found.map(\.what))")
      for remedy in found.flatMap(\.remedies) { try rig.shell.type(remedy.text, on: host) }
      #expect(try findings().isEmpty)
      try spoil()
      try rig.shell.type("sysctl -p /etc/sysctl.d/90-vipagent.conf", on: host)
      #expect(try findings().isEmpty)
    },
    RemedyTrial("a device that is down", [.setUp]) { rig in
      try rig.loadb1.host.ip("link set eth0 down")
      try rig.type(.setUp, for: "eth0 is down", on: rig.loadb1)
    },
    RemedyTrial("a device without carrier", [.showDevice]) { rig in
      try rig.loadb1.host.cut()
      let remedies = try rig.remedies(for: "eth0 has no carrier", on: rig.loadb1)
      #expect(try rig.shell.type(try #require(remedies[.showDevice]).text, on: rig.loadb1.host).contains("NO-CARRIER"))
    },
    RemedyTrial("a device that is not there", [.listDevices, .checkConfiguration], AgentConfig(device: "eth7")) { rig in
      let remedies = try rig.remedies(for: "eth7 is not a device", on: rig.loadb1)
      #expect(try rig.shell.type(try #require(remedies[.listDevices]).text, on: rig.loadb1.host).contains("eth0"))
      let check = try rig.shell.type(
        try #require(remedies[.checkConfiguration]).text, on: rig.loadb1.host, expecting: 78)
      #expect(check.contains("this host has") && check.contains("eth0"), "\(check)")
    },
    RemedyTrial("a port of a bridge", [.chooseDevice]) { rig in
      try rig.loadb1.host.enslave(to: "br0")
      let remedies = try rig.remedies(for: "eth0 is a port of bridge br0", on: rig.loadb1)
      #expect(remedies[.chooseDevice]?.text == "dev = \"br0\"")
      try rig.loadb1.write(AgentConfig(device: "br0"))
      try rig.expectGone("is a port of bridge", on: rig.loadb1)
    },
    RemedyTrial("spanning tree", [.stopSpanningTree, .lengthenInitdead], AgentConfig(device: "br0")) { rig in
      try rig.loadb1.host.ip("link add br0 type bridge stp_state 1 forward_delay 400")
      try rig.loadb1.host.ip("link set br0 up")
      let words = "br0 is a bridge with spanning tree"
      let line = try #require(try rig.remedies(for: words, on: rig.loadb1)[.lengthenInitdead]).text
      try rig.loadb1.write(AgentConfig(device: "br0", heartbeatLines: line))
      try rig.expectGone(words, on: rig.loadb1)
      try rig.loadb1.write(AgentConfig(device: "br0"))
      try rig.type(.stopSpanningTree, for: words, on: rig.loadb1)
    },
    RemedyTrial("a port in use", [.showPortUsers, .choosePort]) { rig in
      let taken = try rig.loadb1.host.takeHeartbeatPort()
      let remedies = try rig.remedies(for: "UDP port 694 on eth0 is in use by", on: rig.loadb1)
      #expect(!remedies.values.contains { $0.text.contains("kill") })
      #expect(try rig.shell.type(try #require(remedies[.showPortUsers]).text, on: rig.loadb1.host).contains(":694"))
      let line = try #require(remedies[.choosePort]).text
      for balancer in rig.agents.balancers { try balancer.write(AgentConfig(heartbeatLines: line)) }
      try withExtendedLifetime(taken) {
        try rig.agents.startBoth()
        try rig.expectGone("is in use by", on: rig.loadb1)
      }
    },
  ]

  // MARK: - Files

  static let files = [
    RemedyTrial("keys that others may read", [.mendFile]) { rig in
      try rig.loadb1.write(AgentKeys(), mode: 0o644)
      try rig.type(.mendFile, for: "mode is 0644", on: rig.loadb1)
    },
    RemedyTrial(
      "configurations that differ", [.compareConfigurations, .copyConfiguration, .reloadAgent]
    ) { rig in
      try rig.loadb2.write(AgentConfig(deadtime: "400ms"))
      try rig.agents.startBoth()
      let words = "loadb2 runs another configuration"
      let remedies = try rig.remedies(for: words, on: rig.loadb1)
      let difference = try rig.shell.type(
        try #require(remedies[.compareConfigurations]).text, on: rig.loadb1.host, expecting: 1)
      #expect(difference.contains("400ms"), "\(difference)")
      for kind in [Remedy.Kind.copyConfiguration, .reloadAgent] {
        try rig.shell.type(try #require(remedies[kind]).text, on: rig.loadb1.host)
      }
      #expect(remedies[.reloadAgent]?.comment?.contains("on loadb2") == true)
      #expect(try rig.shell.request() == "systemctl reload vipagent")
      try rig.loadb2.reload()
      try rig.expectGone(words, on: rig.loadb1)
    },
    RemedyTrial("a file that the agent has not read", [.reloadAgent]) { rig in
      try rig.agents.startBoth()
      // Programs of the same name that live long.
      let watchers = try ["events", "watch"].map { command in
        try rig.loadb1.host.start(rig.loadb1.program, [command, "--socket", rig.loadb1.socketPath])
      }
      for balancer in rig.agents.balancers { try balancer.write(AgentConfig(deadtime: "400ms")) }
      let count = rig.loadb1.lines.count
      try rig.type(.reloadAgent, for: "the agent runs another configuration", on: rig.loadb1)
      try rig.loadb1.waitForLine("reloaded: fingerprint", after: count)
      #expect(watchers[0].exit == nil, "`vipagent events` was hit, too")
    },
    RemedyTrial("keys that differ", [.compareKeys, .copyKeys, .reloadAgent]) { rig in
      try rig.agents.startBoth()
      try rig.loadb2.write(AgentKeys())
      try rig.loadb2.reload()
      let report = try rig.loadb1.examine()
      #expect(!report.findings.contains { $0.what.contains("nothing arrived") }, "\(report)")
      let words = "loadb2 is not heard"
      let remedies = try rig.remedies(for: words, on: rig.loadb1, examined: report)
      let compare = try #require(remedies[.compareKeys]).text
      let sums = try rig.agents.balancers.map { try rig.shell.type(compare, on: $0.host).prefix(64) }
      #expect(Set(sums).count == 2)
      for kind in [Remedy.Kind.copyKeys, .reloadAgent] {
        try rig.shell.type(try #require(remedies[kind]).text, on: rig.loadb1.host)
      }
      try rig.loadb2.reload()
      try rig.expectGone(words, on: rig.loadb1)
    },
  ]

  // MARK: - Packet filters

  static let filters = [
    RemedyTrial("a filter on the way in", [.listRules, .acceptHeartbeats, .keepRule, .examinePeer]) { rig in
      try rig.agents.startBoth()
      try rig.loadb2.host.filter(.heartbeats())
      try rig.loadb1.waitForLine("loadb2 is heard but does not hear us")
      let examination = try #require(
        try rig.remedies(for: "loadb2 does not hear this node", on: rig.loadb1)[.examinePeer])
      #expect(examination.comment == "on loadb2")
      let words = "do not come through to the agent's socket"
      #expect(
        try rig.shell.type(examination.text, on: rig.loadb2.host, expecting: 2).contains("error    heartbeats"))
      let remedies = try rig.remedies(for: words, on: rig.loadb2)
      let rules = try rig.shell.type(try #require(remedies[.listRules]).text, on: rig.loadb2.host)
      #expect(rules.contains("chain arriving"), "\(rules)")
      let chain = ["FAMILY": "ip", "TABLE": "faults", "CHAIN": "arriving"]
      try rig.shell.type(try #require(remedies[.acceptHeartbeats]).text(chain), on: rig.loadb2.host)
      try rig.expectGone(words, on: rig.loadb2)
      try rig.expectGone("does not hear this node", on: rig.loadb1)
      // A boot reads the file.
      let rule = try #require(remedies[.keepRule]).text
      try rig.agents.folder.write(
        "flush ruleset\ntable ip faults { chain arriving { type filter hook input priority 0\n\(rule)\nudp dport 694 drop\n}\n}\n",
        to: "nftables.conf")
      try rig.shell.type("nft -f '\(rig.agents.folder.path)/nftables.conf'", on: rig.loadb2.host)
      try rig.expectGone(words, on: rig.loadb2)
    },
    RemedyTrial("a filter on the way out", [.listRules, .acceptHeartbeats]) { rig in
      try rig.agents.startBoth()
      try rig.shell.type(
        "nft 'table ip faults { chain leaving { type filter hook output priority 0; udp dport 694 drop; }; }'",
        on: rig.loadb1.host)
      let words = "no heartbeat of the agent"
      let remedies = try rig.remedies(for: words, on: rig.loadb1)
      let chain = ["FAMILY": "ip", "TABLE": "faults", "CHAIN": "leaving"]
      try rig.shell.type(try #require(remedies[.acceptHeartbeats]).text(chain), on: rig.loadb1.host)
      try rig.expectGone(words, on: rig.loadb1)
    },
    RemedyTrial("a filter that changes the source", [.exemptHeartbeats, .keepRule]) { rig in
      try rig.agents.startBoth()
      try rig.shell.type(
        "nft 'table ip disguise { chain leaving { type nat hook postrouting priority 100; udp dport 694 snat to 195.46.64.21; }; }'",
        on: rig.loadb2.host)
      try rig.loadb1.waitForLine("loadb2 is dead")
      let words = "from 195.46.64.21, a shared address"
      let remedies = try rig.remedies(for: words, on: rig.loadb1)
      let exempt = try #require(remedies[.exemptHeartbeats]), kept = try #require(remedies[.keepRule])
      #expect(exempt.comment == "on loadb2")
      try rig.shell.type(exempt.text, on: rig.loadb2.host)
      try rig.expectGone(words, on: rig.loadb1)
      try rig.agents.folder.write(kept.text, to: "nftables.conf")
      try rig.shell.type("nft -c -f '\(rig.agents.folder.path)/nftables.conf'", on: rig.loadb2.host)
    },
  ]
}

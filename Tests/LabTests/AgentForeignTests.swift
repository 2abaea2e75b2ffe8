import Glibc
import Lab
import Linux
import Netlink
import Testing

@testable import Control
@testable import Status

/// What is on the hosts and on the network that is not the cluster's, and what the agents say of it.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentForeignTests {
  private func concerns(_ balancer: Balancer) throws -> [String] {
    try AgentTalk(path: balancer.socketPath).status().concerns().map(\.text)
  }

  /// The node that has the address says so, and the others say that it is heard and does not own it.
  @Test func anAddressThatIsNotTheAgentsIsToldByTheHostThatHasIt() throws {
    try withAgents { rig in
      try rig.loadb2.host.ip("address add 195.46.64.21/24 dev eth0")
      for balancer in rig.balancers { try balancer.start() }
      try rig.loadb2.waitForLine(
        "this host has 195.46.64.21/24 of group director on eth0, and the agent did not put it there")
      try rig.loadb1.waitForLine(
        "loadb2 is heard and does not own group director, but its host answers for 195.46.64.21/24")
      #expect(!rig.loadb1.lines.contains { $0.contains("its heartbeats do not arrive") }, "\(rig.loadb1.lines)")
      #expect(try concerns(rig.loadb2).contains { $0.contains("this host has 195.46.64.21/24 on eth0, which is not") })
      let heldBack = try concerns(rig.loadb1).filter { $0.contains("held back") }
      #expect(heldBack.contains { $0.contains("it is heard and does not own them") }, "\(heldBack)")
      // Gone again, and taken.
      try rig.loadb2.host.ip("address del 195.46.64.21/24 dev eth0")
      try rig.loadb2.waitForLine("195.46.64.21/24 of group director, which was not the agent's, is gone from this host")
      try rig.waitForOwner("loadb1")
      #expect(try !concerns(rig.loadb2).contains { $0.contains("which is not the agent's") })
      // Whatever comes while it runs, too; the agent's own is none.
      try rig.loadb2.host.ip("address add 195.46.64.21/32 dev lo")
      try rig.loadb2.waitForLine("this host has 195.46.64.21/32 of group director on lo")
      #expect(!rig.loadb1.lines.contains { $0.contains("this host has") }, "\(rig.loadb1.lines)")
    }
  }

  /// Its name and its network are the same; its nodes and its keys are not.
  @Test func anotherClusterOfTheSameNameIsCalledThat() throws {
    try withAgents { rig in
      try rig.startBoth()
      let other = try rig.addBalancer("web7", "195.46.64.17/24", AgentConfig(nodes: ["web7", "web8"]), AgentKeys())
      try other.start()
      let words = "from 195.46.64.17 on port 694: another cluster is named loadb, too"
      try rig.loadb1.waitForLine(words)
      #expect(!rig.loadb1.lines.contains { $0.contains("the signature is wrong") }, "\(rig.loadb1.lines)")
      let report = try rig.loadb2.examine()
      #expect(report.has("warning", "heartbeats", "another cluster is named loadb, too"), "\(report)")
      #expect(!report.has("error", "heartbeats", "signed with another secret"), "\(report)")
    }
  }

  @Test func anotherNameOfADeviceIsRefusedWithTheOneThatWorks() throws {
    try withAgents { rig in
      try rig.loadb1.host.ip("link property add dev eth0 altname uplink0")
      try rig.loadb1.write(AgentConfig(device: "uplink0"))
      let check = try rig.loadb1.run("check", "--user", "root", "--config", rig.loadb1.configPath)
      for process in [check, try rig.loadb1.start()] {
        #expect(process.waitForExit(timeout: .seconds(10)) == .code(EX_CONFIG), "\(process.lines.map(\.text))")
        let text = process.lines.map(\.text).joined(separator: "\n")
        for key in ["bcast", "dev"] {
          #expect(text.contains("\(key) = \"uplink0\" is another name of eth0"), "\(text)")
        }
        #expect(text.contains("hint: write \"eth0\"") && !text.contains("is not a device of this host"), "\(text)")
      }
    }
  }

  @Test func aLongerPrefixThanTheHostsOwnIsDoubted() throws {
    try withAgents { rig in
      var config = AgentConfig()
      config.vips = ["195.46.64.21/28"]
      try rig.loadb1.write(config)
      let words = "195.46.64.21/28 on eth0 has a longer prefix than the host's own 195.46.64.15/24"
      let check = try rig.loadb1.run("check", "--user", "root", "--config", rig.loadb1.configPath)
      #expect(check.exit == .code(0) && check.lines.contains { $0.text.contains("warning: \(words)") })
      #expect(check.lines.contains { $0.text == "  hint: address = \"195.46.64.21/24\", or noprefixroute = true" })
      try rig.loadb1.start()
      try rig.loadb1.waitForLine(words)
      // It is said before there is anybody to ask.
      try rig.loadb1.waitForLine("owner of")
      #expect(try concerns(rig.loadb1).contains { $0.contains(words) })
      try rig.loadb1.write(AgentConfig())
      let well = try rig.loadb1.run("check", "--user", "root", "--config", rig.loadb1.configPath)
      #expect(well.exit == .code(0) && well.lines.count == 1, "\(well.lines.map(\.text))")
    }
  }

  @Test func anAddressOnADeviceWithoutNeighboursIsNotCalledAnnounced() throws {
    try withAgents { rig in
      let text = AgentConfig().text(keys: rig.loadb1.keysPath).replacing(
        "dev     = \"eth0\"\nlabel   = \"eth0:0\"", with: "dev = \"lo\"")
      try rig.loadb1.write(configText: text.replacing("195.46.64.21/24", with: "195.46.64.21/32"))
      let words = "195.46.64.21/32 on lo is not announced: the device has no neighbours"
      let check = try rig.loadb1.run("check", "--user", "root", "--config", rig.loadb1.configPath)
      #expect(check.exit == .code(0) && check.lines.contains { $0.text.contains("warning: \(words)") })
      try rig.loadb1.start()
      try rig.loadb1.waitForLine(words)
      let owner = try rig.loadb1.waitForLine("owner of 195.46.64.21/32 on lo: added", within: .seconds(20))
      #expect(!owner.contains("added and announced"))
    }
  }

  /// A real server behind a director has the address on lo, and is silent about it.
  @Test func aRealServersAddressIsNoMistake() throws {
    try withAgents { rig in
      try rig.loadb1.host.tune()
      try rig.loadb2.start()
      try rig.waitForOwner("loadb2")
      try rig.loadb1.host.ip("address add 195.46.64.21/32 dev lo")
      let loud = try rig.loadb1.examine()
      #expect(loud.has("error", "addresses", "this host answers ARP for it on eth0"), "\(loud)")
      #expect(loud.findings.contains { $0.fix.contains { $0.hasPrefix("sysctl -w net/ipv4/conf/all/arp_ignore=1") } })
      try rig.loadb1.host.set("ipv4/conf/all/arp_ignore", 1)
      let quiet = try rig.loadb1.examine()
      #expect(quiet.has("ok", "addresses", "which nobody asks by ARP"), "\(quiet)")
      #expect(!quiet.findings.contains { $0.severity == "error" }, "\(quiet)")
    }
  }
}

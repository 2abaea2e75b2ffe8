import Glibc
import Lab
import Linux
import Netlink
import Testing

/// Heartbeat devices without an address of their own: by design, not yet, not any more, and in a packet filter's
/// opinion.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(4))) struct FaultSourceTests {
  private static let own = ["loadb1": "195.46.64.15/24", "loadb2": "195.46.64.16/24"]

  /// Takes the host's own address away.
  private func strip(_ balancer: Balancer) throws {
    try balancer.host.remove(try #require(Self.own[balancer.name]))
  }

  private func restore(_ balancer: Balancer) throws {
    try balancer.host.add(try #require(Self.own[balancer.name]))
  }

  @Test func withoutAddressesByDesignEverythingWorks() throws {
    var config = AgentConfig()
    config.heartbeatLines = "unnumbered = true"
    try withAgents(config) { rig in
      for balancer in rig.balancers { try strip(balancer) }
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      try rig.loadb1.signal(SIGUSR2)
      try rig.waitForOwner("loadb2")
      rig.expectHolder("loadb2", for: .seconds(1))
      try rig.loadb1.signal(SIGUSR2)
      try rig.waitForOwner("loadb1")
      rig.expectHolder("loadb1", for: .seconds(1))
      rig.expectNoOverlap()
      let report = pinger.report(since: mark)
      print("unnumbered, two hand-overs: lost \(report.lost) of \(report.sent)")
      #expect(report.lost == 0)
      try rig.loadb1.host.powerOff()
      try rig.waitForOwner("loadb2")
    }
  }

  /// A boot with DHCP: the link is up long before the address.
  @Test func aNodeIsNotReadyBeforeItsDeviceHasAnAddress() throws {
    try withAgents { rig in
      for balancer in rig.balancers { try strip(balancer) }
      for balancer in rig.balancers { try balancer.start() }
      for balancer in rig.balancers { try balancer.waitForLine("eth0 has no address of its own yet") }
      let isTaken = rig.watch.waitUntil(timeout: .seconds(3)) { !$0.isEmpty }
      #expect(!isTaken, "\(rig.watch.holdings)")
      let status = try rig.loadb1.status()
      #expect(status.contains("eth0 has no address of its own yet"), "\(status)")
      for balancer in rig.balancers { try restore(balancer) }
      for balancer in rig.balancers { try balancer.waitForLine("eth0 has the address 195.46.64.1") }
      try rig.waitForOwner("loadb1")
      let own = try rig.loadb1.host.addresses().first { "\($0.prefix)" == Self.own["loadb1"] }
      #expect(own?.isSecondary == false, "the host speaks from its own address")
    }
  }

  /// The DHCP server is away for longer than its lease.
  @Test func anOwnerWhoseDeviceLosesItsAddressGoesOn() throws {
    try withAgents { rig in
      try rig.startBoth()
      for balancer in rig.balancers { try strip(balancer) }
      for balancer in rig.balancers { try balancer.waitForLine("eth0 has lost its own address") }
      try rig.waitForOwner("loadb1")
      rig.expectHolder("loadb1", for: .seconds(3))
      let status = try rig.loadb1.status()
      #expect(status.contains("director: connections of this host come from"), "\(status)")
      #expect(!rig.loadb2.everything.contains { $0.text.contains("loadb1 is dead") })
      try rig.loadb1.signal(SIGUSR2)
      try rig.waitForOwner("loadb2")
      rig.expectHolder("loadb2", for: .seconds(1))
      rig.expectNoOverlap()
    }
  }

  /// The backup's heartbeats leave with the owner's address for their source, and the owner's kernel drops them.
  @Test func aPacketFilterThatMakesASharedAddressTheSourceIsNamed() throws {
    try withAgents { rig in
      try rig.startBoth()
      let rule = "udp dport 694 snat to 195.46.64.21"
      try rig.loadb2.host.rule(
        "table ip disguise { chain leaving { type nat hook postrouting priority 100; \(rule); }; };")
      try rig.loadb1.waitForLine("loadb2 is dead")
      let line = try rig.loadb1.waitForLine("sends heartbeats on eth0 from 195.46.64.21, a shared address")
      #expect(line.contains("loadb2 (\(rig.loadb2.host.hardwareAddress))"))
      rig.expectHolder("loadb1", for: .seconds(2))
      let status = try rig.loadb1.status()
      #expect(status.contains("sends from 195.46.64.21, a shared address"), "\(status)")
      let report = try rig.loadb1.examine()
      #expect(
        report.has(
          "error", "heartbeats", "the heartbeats of loadb2 arrive at eth0 from 195.46.64.21, a shared address"),
        "\(report)")
    }
  }
}

extension Balancer {
  /// What `vipagent status` says, in one line.
  func status() throws -> String {
    let process = try run("status", "--socket", AgentConfig.socket(besides: keysPath))
    try #require(process.waitForExit(timeout: .seconds(10)) != nil)
    return process.lines.map(\.text).joined(separator: " ")
  }
}

extension Host {
  /// From now on these rules and no others are in force.
  fileprivate func rule(_ rules: String) throws {
    let nft = try start("/usr/sbin/nft", ["flush ruleset; \(rules)"])
    try #require(nft.waitForExit(timeout: .seconds(10)) == .code(0), "\(nft.lines.map(\.text))")
  }
}

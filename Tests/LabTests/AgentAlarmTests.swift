import Glibc
import Lab
import Linux
import Testing

@testable import Control
@testable import Status

/// What is well is not called ill, and what is ill is called by its cause.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentAlarmTests {
  private func status(_ balancer: Balancer) throws -> Status { try AgentTalk(path: balancer.socketPath).status() }

  private func concerns(_ balancer: Balancer) throws -> [String] { try status(balancer).concerns().map(\.text) }

  /// Asks again and again until a status is as it should be.
  private func wait(_ balancer: Balancer, until condition: (Status) -> Bool) throws -> Status {
    let end = BootClock.now() + 10_000_000_000
    while BootClock.now() < end {
      let status = try status(balancer)
      if condition(status) { return status }
      usleep(10_000)
    }
    throw NotInTime("status of \(balancer.name): \(try concerns(balancer))")
  }

  /// Between two nodes it takes a heartbeat or two to say that one hears the other.
  @Test func aStartIsNoAlarm() throws {
    try withAgents(AgentConfig(keepalive: "300ms", deadtime: "900ms")) { rig in
      try rig.startBoth()
      _ = try wait(rig.loadb2) { $0.concerns().isEmpty }
      try rig.loadb2.end()
      try rig.loadb2.start()
      try rig.loadb2.waitForLine("loadb1 is here")
      var wasUnheard = false
      let settled = try wait(rig.loadb2) { status in
        wasUnheard = wasUnheard || status.peers.contains { $0.unheardUs != nil }
        #expect(!status.concerns().contains { $0.text.contains("does not hear this node") })
        return status.peers.allSatisfy(\.hearsUs) && status.concerns().isEmpty
      }
      #expect(settled.exitCode == 0 && wasUnheard)
    }
  }

  /// A group that a reload has added is nobody's before somebody has listened for it.
  @Test func aReloadIsNoAlarm() throws {
    try withAgents { rig in
      try rig.startBoth()
      let more = AgentConfig().text(keys: rig.loadb2.keysPath).replacing("[control]", with: Self.second + "[control]")
      try rig.loadb2.write(configText: more)
      try rig.loadb2.reload()
      _ = try wait(rig.loadb2) { status in
        #expect(!status.concerns().contains { $0.severity == .critical }, "\(status.concerns())")
        return status.groups.contains { $0.name == "second" && $0.owner == "loadb2" }
      }
      // The other one has not read it yet.
      let reasons = try concerns(rig.loadb2)
      #expect(reasons.contains { $0.contains("loadb1: its configuration does not have the group") }, "\(reasons)")
      #expect(!reasons.contains { $0.contains("a device is down there") }, "\(reasons)")
    }
  }

  private static let second = """
    [[group]]
    name = "second"
    [[group.vip]]
    address = "195.46.64.31/24"
    dev     = "eth0"


    """

  @Test func aPlannedRestartIsNoDeath() throws {
    try withAgents { rig in
      try rig.startBoth()
      try rig.loadb1.end(with: SIGUSR1)
      try rig.loadb2.waitForLine("loadb1 is silent for")
      let status = try status(rig.loadb2)
      #expect(status.peers.first?.condition == "restarting", "\(status.peers)")
      #expect(!status.concerns().contains { $0.text.contains("dead") }, "\(status.concerns())")
      #expect(status.concerns().contains { $0.text == "loadb1 restarts its agent" }, "\(status.concerns())")
      try rig.loadb1.start()
      try rig.loadb1.waitForLine("owner of 195.46.64.21/24")
      try rig.loadb2.waitForLine("loadb1 is here")
      #expect(!rig.loadb2.lines.contains { $0.contains("is dead") || $0.contains("is late") }, "\(rig.loadb2.lines)")
      #expect(rig.watch.holdings.map(\.host) == ["loadb1"])
      // One without a successor is dead when its lease is over.
      try rig.loadb1.end(with: SIGUSR1)
      try rig.waitForOwner("loadb2")
      let dead = try wait(rig.loadb2) { $0.peers.first?.condition == "dead" }
      #expect(dead.concerns().contains { $0.text.contains("loadb1 is dead") }, "\(dead.concerns())")
    }
  }

  @Test func wrongKeysAreTheCause() throws {
    try withAgents { rig in
      try rig.startBoth()
      try rig.loadb2.write(AgentKeys())
      try rig.loadb2.reload()
      let words = "loadb2 is dead, silent for", cause = "; heartbeats in its name, from 195.46.64.16, are refused"
      _ = try wait(rig.loadb1) { status in
        status.concerns().contains { $0.text.hasPrefix(words) && $0.text.contains(cause) }
      }
    }
  }

  @Test func aPulledCableIsNamed() throws {
    try withAgents { rig in
      try rig.startBoth()
      try rig.loadb1.host.cut()
      let line = try rig.loadb1.waitForLine("eth0 has no carrier: its cable, the switch port or the other end is off")
      #expect(line.contains("warning"), "\(line)")
      let status = try wait(rig.loadb1) { $0.groups.first?.role == "listening" }
      #expect(status.concerns().contains { $0.severity == .warning && $0.text.hasPrefix("eth0 has no carrier") })
      let reason = status.groups.first?.nodes.first { $0.node == "loadb1" }?.reason
      #expect(reason?.hasPrefix("eth0 has no carrier") == true, "\(reason ?? "none")")
      try rig.loadb1.host.plug()
      try rig.loadb1.waitForLine("eth0 is up again, with carrier")
      _ = try wait(rig.loadb1) { !$0.concerns().contains { $0.text.contains("carrier") } }
    }
  }

  /// Of three nodes one is absent: the third could take over.
  @Test func oneOfThreeThatIsAbsentIsNotAll() throws {
    let config = AgentConfig(nodes: ["loadb1", "loadb2", "loadb3"])
    try withAgents(config) { rig in
      try rig.startBoth()
      let report = try rig.loadb1.examine()
      let finding = report.findings.first { $0.what.contains("loadb3 is not heard") }
      #expect(finding?.severity == "warning", "\(report)")
      #expect(finding?.why?.contains("loadb3 could not take over from this node") == true, "\(finding?.why ?? "")")
      #expect(!report.findings.contains { $0.why?.contains("Nobody could take over") == true }, "\(report)")
      try rig.loadb2.end()
      let alone = try rig.loadb1.examine()
      #expect(alone.has("error", "heartbeats", "loadb3 is not heard"), "\(alone)")
    }
  }
}

import Glibc
import Lab
import Testing

/// A standby lasts until the operator ends it, and keeps nothing from being served.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(2))) struct AgentStandbyTests {
  private func command(_ balancer: Balancer, _ words: String...) throws -> String {
    let process = try balancer.host.start(
      balancer.program, words + ["--socket", balancer.socketPath], environment: ["COLUMNS": "200"])
    try #require(process.waitForExit(timeout: .seconds(20)) != nil)
    return process.lines.map(\.text).joined(separator: "\n")
  }

  @Test func neitherARestartNorACrashEndsIt() throws {
    try withAgents { rig in
      try rig.startBoth()
      _ = try command(rig.loadb1, "standby")
      try rig.waitForOwner("loadb2")
      for signal in [SIGTERM, SIGUSR1, SIGKILL] {
        try rig.loadb1.end(with: signal)
        try rig.loadb1.start()
        try rig.loadb1.waitForLine("standby: on standby for every group, as with a former agent")
        try rig.loadb1.waitForLine("backup for group director")
        #expect(
          try command(rig.loadb1, "status").contains("NOTE      director: loadb1 is on standby for it, until `vipagent")
        )
        #expect(rig.watch.holders == ["loadb2"])
      }
      // Once to loadb2, for the standby.
      #expect(rig.overlaps().count == 1)
      _ = try command(rig.loadb1, "available")
      try rig.waitForOwner("loadb1")
      try rig.loadb1.end()
      try rig.loadb1.start()
      try rig.waitForOwner("loadb1")
      #expect(!rig.loadb1.lines.contains { $0.contains("on standby for") })
    }
  }

  /// When the other host dies the one on standby serves, and gives the address back without a gap.
  @Test func itServesWhatNobodyElseCan() throws {
    try withAgents { rig in
      try rig.startBoth()
      _ = try command(rig.loadb1, "standby", "director")
      try rig.waitForOwner("loadb2")
      try rig.loadb2.host.powerOff()
      try rig.waitForOwner("loadb1")
      let pinger = try rig.ping()
      #expect(try command(rig.loadb1, "status").contains("on standby for it, and owns it because nobody else can"))
      let mark = pinger.mark()
      try rig.loadb2.reboot()
      try rig.waitForOwner("loadb2")
      // What no other can take the leaving owner gives to it, too.
      try rig.loadb2.waitForLine("owner of 195.46.64.21/24")
      try rig.loadb2.end()
      try rig.waitForOwner("loadb1")
      try calm(pinger)
      #expect(pinger.report(since: mark).lost == 0)
    }
  }

  @Test func whoeverStartsItWithoutAFolderIsTold() throws {
    try withAgents { rig in
      try rig.loadb1.start(hasState: false)
      try rig.loadb2.start()
      try rig.waitForOwner("loadb1")
      try rig.loadb2.waitForLine("backup for group")
      #expect(try command(rig.loadb1, "standby").contains("the next one will not know: no state directory"))
      #expect(try command(rig.loadb1, "status").contains("or its agent ends: no state directory ($STATE_DIRECTORY)"))
      try rig.loadb1.waitForLine("the next agent will not know what is on standby now")
      try rig.loadb1.end()
      try rig.loadb1.start(hasState: false)
      try rig.waitForOwner("loadb1")
    }
  }
}

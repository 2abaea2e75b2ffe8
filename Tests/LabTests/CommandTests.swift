import Glibc
import Lab
import Linux
import Testing

@testable import Control
@testable import Status

/// The commands that talk to a running agent, as an administrator or a monitoring system would run them.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1)))
struct CommandTests {
  /// Runs a command at a balancer's agent.
  private func run(_ balancer: Balancer, _ arguments: String...) throws -> (exit: HostProcess.Exit?, text: String) {
    let process = try balancer.host.start(Lab.agentBinary(), arguments + ["--socket", balancer.socketPath])
    let exit = process.waitForExit(timeout: .seconds(20))
    return (exit, process.lines.map(\.text).joined(separator: "\n"))
  }

  private func withSettledAgents(_ body: (AgentRig) throws -> Void) throws {
    try withAgents { rig in
      try rig.startBoth()
      for balancer in rig.balancers { try waitForStatus("peace", of: balancer) { exit, _ in exit == .code(0) } }
      try body(rig)
    }
  }

  /// Asks until the status is as it shall be.
  private func waitForStatus(
    _ what: String, of balancer: Balancer, _ isReached: (HostProcess.Exit?, String) -> Bool
  ) throws {
    let deadline = BootClock.now() + 10_000_000_000
    while true {
      let (exit, text) = try run(balancer, "status")
      if isReached(exit, text) { return }
      if BootClock.now() > deadline { throw NotInTime("\(what): \(text)") }
    }
  }

  @Test func statusSaysHowItGoes() throws {
    try withSettledAgents { rig in
      let table = try run(rig.loadb2, "status")
      #expect(
        table.text.hasPrefix("OK        owner of 0 of 1 groups; ready to take over 1\nloadb2 in cluster loadb, running")
      )
      #expect(table.text.contains("\ndirector  loadb1     1  backup"))
      #expect(!table.text.contains("\u{1b}"))
      let json = try run(rig.loadb1, "status", "--json")
      #expect(json.exit == .code(0))
      let answer = ControlAnswer.parse(Array(#"{"v":1,"status":\#(json.text)}"#.utf8))
      #expect(answer?.status?.groups.first?.owner == "loadb1")
      // One of two is gone: all is served, but not for long.
      try rig.loadb2.end(with: SIGKILL)
      try waitForStatus("the death of loadb2", of: rig.loadb1) { exit, text in
        exit == .code(1) && text.hasPrefix("WARNING   director: nobody could take it over now")
          && text.contains("\nWARNING   loadb2 is dead")
      }
    }
  }

  @Test func groupsMoveOnCommand() throws {
    try withSettledAgents { rig in
      let takeover = try run(rig.loadb2, "takeover", "director")
      #expect(takeover.exit == .code(0) && takeover.text.hasPrefix("director: takeover done after "), "\(takeover)")
      try rig.waitForOwner("loadb2")
      let again = try run(rig.loadb2, "takeover")
      #expect(again.exit == .code(0) && again.text == "director: loadb2 owns it already", "\(again)")
      let failBack = try run(rig.loadb2, "fail-back")
      #expect(failBack.exit == .code(0), "\(failBack)")
      try rig.waitForOwner("loadb1")
      let standby = try run(rig.loadb1, "standby")
      #expect(standby.exit == .code(0), "\(standby)")
      try rig.waitForOwner("loadb2")
      let refused = try run(rig.loadb2, "standby")
      #expect(refused.exit == .code(1) && refused.text.contains("refused: director: "), "\(refused)")
      #expect(rig.watch.holders == ["loadb2"])
      let available = try run(rig.loadb1, "available", "director")
      #expect(available.exit == .code(0), "\(available)")
      // With auto_failback it comes back by itself.
      try rig.waitForOwner("loadb1")
      #expect(rig.overlaps().allSatisfy { $0 < 1_000 })
    }
  }

  @Test func aReloadSaysWhatCameOfIt() throws {
    try withSettledAgents { rig in
      let reload = try run(rig.loadb1, "reload")
      #expect(reload.exit == .code(0) && reload.text.hasPrefix("reloaded: fingerprint "), "\(reload)")
      try rig.loadb1.write(configText: "cluster = 1\n")
      let refused = try run(rig.loadb1, "reload")
      #expect(refused.exit == .code(1) && refused.text.contains("cluster"), "\(refused)")
      try waitForStatus("the refusal", of: rig.loadb1) { exit, text in
        exit == .code(1) && text.contains("the last reload was refused")
      }
    }
  }

  @Test func whatIsWrongHasAnExitCode() throws {
    try withAgents { rig in
      for arguments in [["status"], ["events"], ["standby"], ["metrics"], ["reload"], ["takeover", "x"]] {
        let process = try rig.loadb1.host.start(Lab.agentBinary(), arguments + ["--socket", rig.loadb1.socketPath])
        #expect(process.waitForExit(timeout: .seconds(10)) == .code(EX_UNAVAILABLE), "\(arguments)")
        let lines = process.lines.map(\.text)
        #expect(lines.contains { $0.hasPrefix("vipagent: no agent answers at ") }, "\(lines)")
        #expect(
          lines.contains { $0.hasPrefix("UNKNOWN   No agent answers at ") } == (arguments == ["status"]), "\(lines)")
      }
      let typo = try run(rig.loadb1, "stauts")
      #expect(typo.exit == .code(EX_USAGE) && typo.text.contains("hint: did you mean 'status'?"), "\(typo)")
      try rig.startBoth()
      let unknown = try run(rig.loadb1, "standby", "dirctor")
      #expect(unknown.exit == .code(EX_USAGE) && unknown.text.contains("did you mean director?"), "\(unknown)")
      // Another user may not even ask, whether or not he reaches the socket.
      for (mode, words) in [(mode_t(0o755), "forbidden: user 65534 may not ask"), (0o700, "Permission denied")] {
        try #require(chmod(rig.folder.path, mode) == 0)
        let command = ["--reuid=65534", "--regid=65534", "--clear-groups", try Lab.agentBinary(), "status"]
        let stranger = try rig.loadb1.host.start("/usr/bin/setpriv", command + ["--socket", rig.loadb1.socketPath])
        #expect(stranger.waitForExit(timeout: .seconds(10)) == .code(EX_NOPERM))
        #expect(stranger.lines.contains { $0.text.contains(words) }, "\(stranger.lines.map(\.text))")
      }
    }
  }
}

/// `vipagent events`: who follows, and until when.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1)))
struct EventsCommandTests {
  @Test func endsWithTheAgent() throws {
    try withAgents { rig in
      try rig.startBoth()
      let events = try follow(rig)
      try rig.loadb1.end()
      #expect(events.waitForExit(timeout: .seconds(10)) == .code(EX_UNAVAILABLE))
      #expect(events.lines.last?.text == "vipagent: the agent at \(rig.loadb1.socketPath) ended the connection")
    }
  }

  /// Each line is one of the log's, and as JSON it has its kind and its fields.
  @Test func tellsWhatTheLogTells() throws {
    try withAgents { rig in
      try rig.startBoth()
      let events = try follow(rig, "--json")
      try rig.loadb1.waitForLine("owner of 195.46.64.21/24")
      let talk = try AgentTalk(path: rig.loadb2.socketPath)
      while try talk.status().groups[0].owner != "loadb1" {}
      _ = try talk.ask(.takeover(group: "director", force: false))
      let line = try #require(events.waitForLine(containing: "\"handingOver\"", timeout: .seconds(10))).text
      let event = try #require(ControlAnswer.parse(Array(#"{"v":1,"event":\#(line)}"#.utf8))?.event)
      #expect(event.kind == "handingOver" && event.priority == "notice")
      #expect(event.fields["group"] == "director" && event.fields["peer"] == "loadb2")
      #expect(event.fields["address"] == "195.46.64.21/24" && event.fields["reason"] == "requested")
      try rig.loadb1.waitForLine(event.message)
    }
  }

  @Test func waitsForTheNextAgentIfAskedTo() throws {
    try withAgents { rig in
      try rig.startBoth()
      let events = try follow(rig, "--wait")
      try rig.loadb1.end()
      let words = "vipagent: waiting for an agent at \(rig.loadb1.socketPath)"
      #expect(events.waitForLine(containing: words, timeout: .seconds(10)) != nil)
      try rig.loadb1.start()
      try waitForFollower(of: rig)
      #expect(events.exit == nil)
    }
  }

  /// A reader that has gone ends it at once, not with the next event.
  @Test func endsWithItsReader() throws {
    try withAgents { rig in
      try rig.startBoth()
      let program = try Lab.agentBinary()
      let shell = try rig.loadb1.host.start(
        "/bin/sh", ["-c", "('\(program)' events --socket '\(rig.loadb1.socketPath)'; echo \"code $?\" >&2) | true"])
      #expect(shell.waitForLine(containing: "code 0", timeout: .seconds(10)) != nil)
    }
  }

  private func follow(_ rig: AgentRig, _ arguments: String...) throws -> HostProcess {
    let process = try rig.loadb1.host.start(
      Lab.agentBinary(), ["events", "--socket", rig.loadb1.socketPath] + arguments)
    try waitForFollower(of: rig)
    return process
  }

  /// The follower is the second client, beside who asks.
  private func waitForFollower(of rig: AgentRig) throws {
    let deadline = BootClock.now() + 10_000_000_000
    while BootClock.now() < deadline {
      if let talk = try? AgentTalk(path: rig.loadb1.socketPath), try talk.status().counters.controlClients == 2 {
        return
      }
    }
    throw NotInTime("somebody follows events")
  }
}

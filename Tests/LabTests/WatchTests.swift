import Glibc
import Lab
import Linux
import Testing

/// `vipagent watch` on a real pseudo-terminal, with a real agent.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1)))
struct WatchTests {
  /// A terminal, what it shows, and the program on it.
  private final class Viewer {
    let terminal: PseudoTerminal
    var screen: TerminalScreen
    let process: HostProcess

    init(_ balancer: Balancer, columns: Int = 80, lines: Int = 24) throws {
      terminal = try PseudoTerminal(columns: UInt16(columns), lines: UInt16(lines))
      screen = TerminalScreen(columns: columns, lines: lines)
      // A session of its own whose terminal this is: size changes and hang-ups come as signals.
      let command = "exec setsid --ctty --wait '\(try Lab.agentBinary())' watch --socket '\(balancer.socketPath)'"
      process = try balancer.host.start(
        "/bin/sh", ["-c", "\(command) <\(terminal.path) >\(terminal.path) 2>&1"],
        environment: ["TERM": "xterm", "PATH": "/usr/bin:/bin"])
    }

    func resize(columns: Int, lines: Int) throws {
      screen.resize(columns: columns, lines: lines)
      try terminal.resize(columns: UInt16(columns), lines: UInt16(lines))
    }

    func wait(_ what: String, _ isReached: (TerminalScreen) -> Bool) throws {
      let deadline = BootClock.now() + 15_000_000_000
      while !isReached(screen) {
        if BootClock.now() > deadline { throw NotInTime("\(what); the screen shows:\n\(screen.text)") }
        screen.take(terminal.read(timeout: .milliseconds(100)))
      }
    }

    /// Waits for the end, reading what is still written, and looks whether the terminal is as it was.
    func expectCleanEnd() throws {
      let deadline = BootClock.now() + 10_000_000_000
      while process.exit == nil, BootClock.now() < deadline { screen.take(terminal.read(timeout: .milliseconds(50))) }
      screen.take(terminal.read(timeout: .milliseconds(50)))
      #expect(process.exit == .code(0))
      #expect(!screen.isAlternate && screen.showsCursor && terminal.isOrdinary)
    }

    /// The program itself: `setsid` has started it and waits for it.
    func identifier() throws -> pid_t {
      let setsid = process.identifier
      let children = try contents(of: "/proc/\(setsid)/task/\(setsid)/children")
      return try #require(pid_t(children.split(separator: " ").first ?? ""))
    }
  }

  private func withViewer(_ body: (AgentRig, Viewer) throws -> Void) throws {
    try withAgents { rig in
      try rig.startBoth()
      let viewer = try Viewer(rig.loadb1)
      try viewer.wait("the group with its owner and backup") { screen in
        screen.lines.contains { $0.hasPrefix("director  loadb1     1  owner") && $0.hasSuffix("loadb2") }
      }
      try body(rig, viewer)
    }
  }

  @Test func showsTheStatusAndFollowsIt() throws {
    try withViewer { rig, viewer in
      #expect(viewer.screen.isAlternate && !viewer.screen.showsCursor && !viewer.terminal.isOrdinary)
      #expect(viewer.screen.lines[0].hasPrefix("vipagent watch  20") && viewer.screen.lines[0].hasSuffix("q quits"))
      #expect(viewer.screen.lines[1] == "OK        owner of 1 of 1 groups; 1 backup ready")
      #expect(viewer.screen.lines[2].hasPrefix("loadb1 in cluster loadb, running for"))
      #expect(viewer.screen.text.contains("\nloadb2  alive"))
      try rig.loadb2.signal(SIGKILL)
      try viewer.wait("that loadb2 is dead") {
        $0.text.contains("\nloadb2  dead") && $0.text.contains("\nWARNING   director: nobody could take it over now")
      }
      try viewer.wait("the event") { $0.text.contains(" warning: loadb2 is dead: silent for ") }
      viewer.terminal.type("q")
      try viewer.expectCleanEnd()
    }
  }

  @Test func fitsWhateverSizeTheTerminalHas() throws {
    try withViewer { _, viewer in
      try viewer.resize(columns: 60, lines: 10)
      try viewer.wait("a small picture") { $0.lines[0].hasSuffix("q quits") && $0.text.contains("\ndirector") }
      #expect(!viewer.screen.text.contains("HEARTBEAT"))
      try viewer.resize(columns: 132, lines: 60)
      try viewer.wait("a large picture") { $0.text.contains("\nHEARTBEAT\n") && $0.text.contains("\nAGENT\n") }
      try viewer.resize(columns: 1, lines: 1)
      try viewer.wait("the smallest picture") { $0.text.count == 1 }
      viewer.terminal.type("\u{3}")
      try viewer.expectCleanEnd()
    }
  }

  @Test func waitsForTheNextAgent() throws {
    try withViewer { rig, viewer in
      try rig.loadb1.end()
      // The last events stay to be read, the status of an agent that has gone does not; a picture comes in pieces.
      try viewer.wait("that there is no agent") {
        $0.text.contains("\nno agent, trying again\n") && !$0.text.contains("\ndirector")
      }
      try rig.loadb1.start()
      try viewer.wait("the next agent") { $0.text.contains("\nloadb1 in cluster loadb, running for") }
      kill(try viewer.identifier(), SIGTERM)
      try viewer.expectCleanEnd()
    }
  }

  @Test func refusesWhereThereIsNoTerminal() throws {
    try withAgents { rig in
      let process = try rig.loadb1.run("watch", "--socket", rig.loadb1.socketPath)
      #expect(process.exit == .code(EX_USAGE))
      #expect(process.lines.first?.text == "vipagent: watch needs a terminal")
    }
  }
}

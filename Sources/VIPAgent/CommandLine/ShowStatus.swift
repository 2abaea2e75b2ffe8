import ArgumentParser
import Glibc

/// `vipagent status`: what the agent knows, as a table or as JSON.
struct ShowStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show who owns what, whether a standby could take over, and how the nodes hear each other.",
    discussion: """
      What needs attention comes first. Exit codes, fit for monitoring:
        0   all is well
        1   everything is served, but something needs attention: no node could take over now, a node is dead or does \
      not hear us, configurations differ, a reload was refused, …
        2   something is not served: a group has no owner or several, or cannot be held
        69  no agent answers
        77  you may not ask
        78  the configuration file given is wrong
      """)

  @OptionGroup var agent: AgentOptions

  @Flag(name: .long, help: "Print all of it as one JSON object; docs/control.md describes the keys.")
  var json = false

  func run() throws {
    try reporting {
      let status = try agent.connect().status()
      let terminal = Terminal()
      let text =
        json ? status.json : StatusReport(status: status, width: terminal.width).text(terminal.style)
      do {
        try printOut(text)
      } catch {
        // The exit code is the answer, whether or not anybody reads the table to its end.
      }
      if status.exitCode != 0 { throw ExitCode(status.exitCode) }
    }
  }
}

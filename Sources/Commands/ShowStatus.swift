import ArgumentParser
import Control
import Glibc
import Status
import Support
import TerminalUI

/// `vipagent status`: what the agent knows, as a table or as JSON.
struct ShowStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show who owns what, whether a backup could take over, and how the nodes hear each other.",
    discussion: """
      The first line is the verdict: OK, WARNING, CRITICAL, or UNKNOWN where no agent answers, and the first reason. The exit \
      code says the same, fit for monitoring. A warning: no node could take over now, a \
      node is dead or does not hear this one, configurations differ, a reload was refused, … Critical: a group has no \
      owner or several, or cannot be held.

      \(ExitCodes.table(
        (0, "all is well"), (1, "a warning: everything is served, for now"), (2, "critical: something is not served"),
        mayNot: .ask))
      """)

  @OptionGroup var agent: AgentOptions

  @Flag(name: .long, help: "Print all of it as one JSON object; docs/control.md describes the keys.")
  var json = false

  @Flag(
    name: .long,
    help: "Print one line with performance data, as Nagios, Icinga and Zabbix read it; exit code 3 if no agent answers."
  )
  var check = false

  func validate() throws {
    if json, check { throw ValidationError("--json and --check exclude each other") }
  }

  func run() throws {
    if check { return try runCheck() }
    try reporting {
      let status = try fetch()
      let terminal = Terminal()
      let text =
        json
        ? StatusDocument(status: status).json
        : StatusReport(status: status, width: terminal.width).text(terminal.style)
      do {
        try printOut(text)
      } catch {
        // The exit code is the answer, whether or not anybody reads the table to its end.
      }
      if status.exitCode != 0 { throw ExitCode(status.exitCode) }
    }
  }

  /// Whoever reads the first line alone is told that nobody can tell, too.
  private func fetch() throws(CommandFailure) -> Status {
    do throws(CommandFailure) {
      return try agent.connect().status()
    } catch {
      if !json { try? printOut("\(MonitoringLine.unknown)   \(error.reason.printable)\n") }
      throw error
    }
  }

  /// Whoever reads the line reads nothing else, so that also says why there is no status.
  private func runCheck() throws {
    do {
      let status = try agent.connect().status()
      try? printOut(MonitoringLine(of: status).text + "\n")
      if status.exitCode != 0 { throw ExitCode(status.exitCode) }
    } catch let failure as CommandFailure {
      try? printOut(MonitoringLine(without: failure.reason).text + "\n")
      throw ExitCode(MonitoringLine.unknownCode)
    }
  }
}

import ArgumentParser
import Control
import Glibc
import TerminalUI

/// `vipagent metrics`: what Prometheus would be told.
struct PrintMetrics: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Print the agent's metrics in the text format of Prometheus.",
    discussion: """
      The same that the listener of [metrics] serves; fit for the textfile collector of the node exporter.

      \(ExitCodes.table((0, "printed"), mayNot: .ask))
      """)

  @OptionGroup var agent: AgentOptions

  func run() throws {
    try reporting { try printOut(agent.connect().ask(.metrics).metrics ?? "") }
  }
}

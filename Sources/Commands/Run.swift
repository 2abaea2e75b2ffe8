import Agent
import ArgumentParser
import Configuration
import Glibc
import Linux
import TerminalUI

/// `vipagent run`, or `vipagent --config FILE`: the daemon, in the foreground.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the agent in the foreground, logging to standard error (the default command).",
    discussion: """
      SIGTERM and SIGINT hand over and end it, SIGUSR1 ends it for a restart and leaves the addresses where they are, \
      SIGHUP reloads, SIGUSR2 is standby and available by turns.

      Exit codes: 0 ended as it was told to, 1 something failed, 64 wrong use, 78 the configuration is wrong.
      """)

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config = AgentOptions.usualConfig

  @Option(
    name: .long,
    help: ArgumentHelp("The node that this host is; the one that `uname -n` names if left out.", valueName: "name"))
  var node: String?

  func run() throws {
    let status: Int32
    do {
      status = try Agent(configPath: config, nodeName: node).run()
    } catch {
      printError("\(error)")
      throw ExitCode(error is ConfigRefusal ? EX_CONFIG : EXIT_FAILURE)
    }
    throw ExitCode(status)
  }
}

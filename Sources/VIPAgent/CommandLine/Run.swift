import ArgumentParser
import Glibc
import Linux

/// `vipagent --config FILE`: the daemon, in the foreground.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the agent in the foreground, logging to standard error (the default command).")

  @Option(name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"))
  var config: String

  func run() throws {
    let status: Int32
    do {
      status = try Agent(configPath: config).run()
    } catch {
      printError("\(error)")
      throw ExitCode(error is ConfigRefusal ? EX_CONFIG : EXIT_FAILURE)
    }
    throw ExitCode(status)
  }
}

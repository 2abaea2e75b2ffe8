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
    let log = Log()
    do {
      let status = try Agent(configPath: config, log: log).run()
      log.close(flushWithin: 500)
      throw ExitCode(status)
    } catch let error as ExitCode {
      throw error
    } catch {
      log.close(flushWithin: 500)
      printError("\(error)")
      throw ExitCode(error is ConfigError || error is KeyFileError ? EX_CONFIG : EXIT_FAILURE)
    }
  }
}

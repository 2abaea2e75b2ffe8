import ArgumentParser
import Support
import TerminalUI

/// The command line: everything that may be said to `vipagent`.
package struct Vipagent: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "vipagent",
    abstract: "IP takeover between hosts, by heartbeat.",
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Host", subcommands: [Run.self, Check.self, Keygen.self, Release.self, DoctorCommand.self]),
      CommandGroup(
        name: "Observing",
        subcommands: [ShowStatus.self, Watch.self, FollowEvents.self, PrintMetrics.self, ShowVersion.self]),
      CommandGroup(
        name: "Operating",
        subcommands: [Standby.self, Available.self, TakeOver.self, FailBack.self, ReloadConfiguration.self]),
    ],
    defaultSubcommand: Run.self)

  package init() {}

  /// Does what the words say, and ends the process.
  package static func start(_ arguments: [String]) -> Never {
    do {
      if let script = CompletionScript(askedForBy: arguments) {
        try printOut(script.text + "\n")
        exit()
      }
      var command = try read(arguments)
      try command.run()
    } catch let error as CommandLineError {
      printError("\(error)")
      exit(withError: ExitCode.validationFailure)
    } catch {
      exit(withError: error)
    }
    exit()
  }

  /// The command that the words are.
  /// - Throws: ``CommandLineError`` where they are none; what help and version come by, too.
  package static func read(_ arguments: [String]) throws -> any ParsableCommand {
    do {
      if let complaint = complaint(about: arguments) { throw ValidationError(complaint) }
      return try parseAsRoot(arguments)
    } catch {
      guard exitCode(for: error) == .validationFailure else { throw error }
      throw CommandLineError(
        arguments: arguments, message: message(for: error), help: help(in: error), commands: commands)
    }
  }

  /// The names of all commands.
  static var commands: [String] { configuration.subcommands.map { $0._commandName } }

  /// What is wrong with the words before the parser looks at them. The default command would take a word that is no command
  /// for an argument of its own.
  static func complaint(about arguments: [String]) -> String? {
    guard let first = arguments.first else {
      return "There is nothing to do. Give a command, or --config <file> to run the agent."
    }
    guard !first.hasPrefix("-"), let word = first == "help" ? arguments.dropFirst().first : first,
      !word.hasPrefix("-"), !commands.contains(word)
    else { return nil }
    let suggestion = Spelling.closest(to: word, among: commands).map { " Did you mean '\($0)'?" } ?? ""
    return "There is no command '\(word.printable)'.\(suggestion)"
  }

  /// The line that the parser adds about the option in question.
  private static func help(in error: any Error) -> String? {
    let mark = "Help:  "
    return fullMessage(for: error).split(separator: "\n").first { $0.hasPrefix(mark) }.map {
      String($0.dropFirst(mark.count))
    }
  }
}

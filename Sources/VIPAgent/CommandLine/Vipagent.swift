import ArgumentParser

@main
struct Vipagent: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vipagent",
    abstract: "IP takeover between hosts, by heartbeat.",
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Host", subcommands: [Run.self, Check.self, Keygen.self, Release.self, DoctorCommand.self, Demo.self]),
      CommandGroup(
        name: "Observing",
        subcommands: [ShowStatus.self, Watch.self, FollowEvents.self, PrintMetrics.self, ShowVersion.self]),
      CommandGroup(
        name: "Operating",
        subcommands: [Standby.self, Available.self, TakeOver.self, FailBack.self, ReloadConfiguration.self]),
    ],
    defaultSubcommand: Run.self)

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let complaint = complaint(about: arguments) {
      exit(withError: ValidationError(complaint))
    }
    main(arguments)
  }

  /// What is wrong with the first word. The default command would take it for an argument of its own.
  static func complaint(about arguments: [String]) -> String? {
    guard let word = arguments.first, !word.hasPrefix("-"), word != "help" else { return nil }
    let commands = configuration.subcommands.map { $0._commandName }
    if commands.contains(word) { return nil }
    let suggestion = Spelling.closest(to: word, among: commands).map { " Did you mean '\($0)'?" } ?? ""
    return "There is no command '\(word.printable)'.\(suggestion)"
  }
}

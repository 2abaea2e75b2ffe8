import ArgumentParser

@main
struct Vipagent: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vipagent",
    abstract: "IP takeover between hosts, by heartbeat.",
    version: version,
    subcommands: [Run.self, Check.self, Keygen.self, Release.self, DoctorCommand.self, Demo.self],
    defaultSubcommand: Run.self)
}

import ArgumentParser

@main
struct Vipagent: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vipagent",
    abstract: "IP takeover between hosts, by heartbeat.",
    subcommands: [Check.self, Keygen.self])
}

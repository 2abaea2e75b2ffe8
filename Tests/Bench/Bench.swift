import ArgumentParser

/// vipagent and its peers through the same faults, in hosts made of network namespaces.
@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vipagent-bench", abstract: "Compare vipagent with its peers.",
    subcommands: [Run.self, WriteReport.self])
}

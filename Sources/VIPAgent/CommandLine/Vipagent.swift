import ArgumentParser

@main
struct Vipagent: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "vipagent", subcommands: [Demo.self])
}

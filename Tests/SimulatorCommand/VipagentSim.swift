import ArgumentParser

/// `vipagent-sim`: the protocol core through random faults.
@main struct VipagentSim: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vipagent-sim",
    abstract: "Plays random faults against the protocol core, over virtual time.",
    subcommands: [RunCommand.self, ReplayCommand.self, ShowCommand.self])
}

import ArgumentParser
import Lab
import Linux
import Support

/// `vipagent-demo`: shows takeover, fail-back and planned stop on hosts made of network namespaces.
@main struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vipagent-demo",
    abstract: "Show a takeover on two hosts made of network namespaces.",
    discussion: """
      Builds a switch, two load balancers and a client inside the kernel, runs vipagent on both load balancers, \
      pulls a plug and counts the pings that a client loses. Needs root, or user namespaces. Touches nothing of the \
      machine's own network.

      Exit codes: 0 it went as it should, 1 something did not happen in time, 64 wrong use.
      """)

  @Option(
    help: ArgumentHelp("Time between two heartbeats, as 100ms or 1s.", valueName: "time"), transform: readDuration)
  var keepalive = Duration.milliseconds(100)

  @Option(
    help: ArgumentHelp("Silence after which a node is dead, as 300ms or 1s.", valueName: "time"),
    transform: readDuration)
  var deadtime = Duration.milliseconds(300)

  mutating func validate() throws {
    guard keepalive > .zero, keepalive < deadtime, deadtime <= .seconds(2) else {
      throw ValidationError("0 < keepalive < deadtime <= 2s must hold.")
    }
  }

  mutating func run() throws {
    try Lab.enterUserNamespaceIfNeeded()
    let settings = Demonstration.Settings(
      agent: try Lab.agentBinary(), keepalive: keepalive, deadtime: deadtime)
    let status = try Demonstration.run(settings)
    if status != 0 { throw ExitCode(status) }
  }
}

private func readDuration(_ text: String) throws -> Duration {
  guard let duration = Duration(configured: text) else {
    throw ValidationError("'\(text)' is not a time, as 100ms or 1s.")
  }
  return duration
}

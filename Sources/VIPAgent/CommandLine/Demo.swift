import ArgumentParser
import Lab
import Linux

/// `vipagent demo`: shows takeover, fail-back and planned stop on hosts made of network namespaces.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a takeover on two hosts made of network namespaces.",
    discussion: """
      Builds a switch, two load balancers and a client inside the kernel, runs this program on both load balancers, \
      pulls a plug and counts the pings that a client loses. Needs root, or user namespaces. Touches nothing of the \
      machine's own network.

      Exit codes: 0 it went as it should, 1 something did not happen in time, 64 wrong use.
      """)

  @Option(help: ArgumentHelp("Time between two heartbeats, as 100ms or 1s.", valueName: "time"))
  var keepalive = DurationOption(.milliseconds(100))

  @Option(help: ArgumentHelp("Silence after which a node is dead, as 300ms or 1s.", valueName: "time"))
  var deadtime = DurationOption(.milliseconds(300))

  mutating func validate() throws {
    guard keepalive.duration > .zero, keepalive.duration < deadtime.duration, deadtime.duration <= .seconds(2) else {
      throw ValidationError("0 < keepalive < deadtime <= 2s must hold.")
    }
  }

  mutating func run() throws {
    try Lab.enterUserNamespaceIfNeeded()
    let settings = Demonstration.Settings(
      agent: try Lab.runningExecutable(), keepalive: keepalive.duration, deadtime: deadtime.duration)
    let status = try Demonstration.run(settings)
    if status != 0 { throw ExitCode(status) }
  }
}

/// A duration as an option's value: whole milliseconds or seconds.
struct DurationOption: ExpressibleByArgument {
  let duration: Duration

  init(_ duration: Duration) {
    self.duration = duration
  }

  init?(argument: String) {
    for (unit, one) in [("ms", Duration.milliseconds(1)), ("s", .seconds(1))] where argument.hasSuffix(unit) {
      // Int32 keeps the product in range.
      guard let number = Int32(argument.dropLast(unit.count)) else { continue }
      duration = one * Int(number)
      return
    }
    return nil
  }

  var defaultValueDescription: String {
    let (seconds, attoseconds) = duration.components
    return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
  }
}

import ArgumentParser
import Control
import Status
import TerminalUI

/// What the exit codes of the commands that move groups mean.
private let moveExitCodes = """
  Waits until it is done, at most 15 s, and prints one line for each group.

  \(ExitCodes.table(
    (0, "done, or so already"), (1, "refused or not done, with the reason"),
    usage: "wrong use, or there is no such group", mayNot: .command))
  """

/// `vipagent standby`: this node gives its groups away and takes none that another can (heartbeat's hb_standby).
struct Standby: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "standby",
    abstract: "Hand this node's groups over, and until `available` take none that another node can.",
    discussion: """
      Restarts of the agent and reboots do not end it. What nobody else can take this node takes all the same, and hands it \
      over when somebody comes. Refused where no other node could take a group now; --force lets go of it, and takes \
      nothing, as long as the agent runs.

      \(moveExitCodes)
      """)

  @OptionGroup var target: GroupArgument
  @Flag(name: .long, help: "Let go even if nobody could take over: the addresses are then nowhere.")
  var force = false
  @OptionGroup var agent: AgentOptions

  func run() throws {
    try move(.standby(force: force), target, agent)
    // Whether it is done has been said; this is no reason to fail.
    guard let why = try? agent.connect().status().agent.standbyForgotten else { return }
    printError("vipagent: this ends with the agent, for the next one will not know: \(why)")
  }
}

/// `vipagent takeover`: this node takes groups from their owners (heartbeat's hb_takeover).
struct TakeOver: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "takeover",
    abstract: "Take groups over to this node, whatever the order of preference says.",
    discussion: """
      An owner that lives hands over: nothing is lost. Refused where this node could not carry the addresses now, where \
      a better node should be asked, and where the owner is silent but something still answers for the addresses. Only \
      in the last case --force claims them all the same: two hosts have them until the other's lease ends.

      \(moveExitCodes)
      """)

  @OptionGroup var target: GroupArgument
  @Flag(name: .long, help: "Claim although something still answers for the addresses.")
  var force = false
  @OptionGroup var agent: AgentOptions

  func run() throws { try move(.takeover(force: force), target, agent) }
}

/// `vipagent fail-back`: groups go where they belong.
struct FailBack: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fail-back",
    abstract: "Bring groups back to their preferred node now, whatever auto_failback says.",
    discussion: "Works at the owner and at the preferred node.\n\n\(moveExitCodes)")

  @OptionGroup var target: GroupArgument
  @OptionGroup var agent: AgentOptions

  func run() throws { try move(.failBack, target, agent) }
}

private func move(_ kind: Move.Kind, _ target: GroupArgument, _ agent: AgentOptions) throws {
  try reporting {
    try Move(kind: kind, agent: agent).run(target.group)
  }
}

/// `vipagent available`: the end of a standby.
struct Available: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "available",
    abstract: "End the standby: this node may take groups again.",
    discussion: """
      Moves nothing by itself; where auto_failback is on, a group that belongs here comes back.

      \(ExitCodes.table(
        (0, "done, or so already"), (1, "refused, with the reason"), usage: "wrong use, or there is no such group",
        mayNot: .command))
      """)

  @OptionGroup var target: GroupArgument
  @OptionGroup var agent: AgentOptions

  func run() throws {
    try reporting {
      let talk = try agent.connect()
      _ = try talk.status().groups(named: target.group)
      let answer = try talk.ask(.available(group: target.group), within: 20_000)
      try printOut((answer.message ?? "done").printableLines + "\n")
    }
  }
}

/// `vipagent reload`: the agent reads its configuration and keys anew.
struct ReloadConfiguration: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload",
    abstract: "Make the agent read its configuration and its keys anew.",
    discussion: """
      No address moves unless the new configuration says so. A configuration that is wrong is refused, and the agent goes \
      on with the one it has.

      \(ExitCodes.table((0, "reloaded"), (1, "refused, with the reason"), mayNot: .command))
      """)

  @OptionGroup var agent: AgentOptions

  func run() throws {
    try reporting {
      let answer = try agent.connect().ask(.reload, within: 20_000)
      try printOut("\(answer.message?.printableLines ?? "reloaded")\n")
    }
  }
}

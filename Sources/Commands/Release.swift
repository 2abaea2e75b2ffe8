import Addresses
import Agent
import ArgumentParser
import Configuration
import Engine
import Glibc
import Netlink
import TerminalUI

/// `vipagent release`: what systemd runs after an agent has ended in whatever way (`ExecStopPost=`), see ``AfterStop``.
struct Release: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove the addresses that an agent which died has left behind.",
    discussion: """
      Removes the addresses that carry the agent's mark (IFA_PROTO 0x56), and nothing else: those of the configuration, or all of \
      them where none is given. With --after-stop all of them, too, if the configuration cannot be read: that may be why the agent \
      has ended. While an agent runs it would put them back: stop it instead.

      Exit codes: 0 none is left, 1 the kernel refused, 64 wrong use, 78 the configuration is wrong.
      """)

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config: String?

  @Flag(
    name: .long,
    help:
      "Only if nobody will adopt the addresses, going by what systemd says about the end of the agent (ExecStopPost=).")
  var afterStop = false

  func run() throws {
    if afterStop, AfterStop({ name in getenv(name).map { String(cString: $0) } }).leavesTheAddresses { return }
    do {
      try remove(from: try groups())
    } catch let error as ConfigError {
      printError("\(error)")
      throw ExitCode(EX_CONFIG)
    } catch let error as NetlinkError {
      printError("\(error)")
      throw ExitCode(EXIT_FAILURE)
    }
  }

  /// The groups of the configuration; nil for whatever carries the mark.
  private func groups() throws -> [GroupAddresses]? {
    guard let config else { return nil }
    do {
      return try LoadedConfiguration.load(config).configuration.groups.map(GroupAddresses.init)
    } catch {
      // The agent has just said the same.
      if afterStop { return nil }
      throw error
    }
  }

  private func remove(from groups: [GroupAddresses]?) throws {
    var ownedAddresses = try OwnedAddresses()
    let leftovers = Leftovers.marked(of: groups, among: try ownedAddresses.snapshot().addresses)
    let refusals = try ownedAddresses.remove(leftovers)
    for leftover in leftovers where !refusals.contains(where: { $0.address == leftover.identity }) {
      print("removed \(leftover.prefix)")
    }
    for refusal in refusals { printError("\(refusal)") }
    if !refusals.isEmpty { throw ExitCode(EXIT_FAILURE) }
  }
}

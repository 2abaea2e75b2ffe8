import ArgumentParser
import Configuration
import Glibc
import Support
import TerminalUI

/// `vipagent check`: says whether an agent would start with this configuration, on this host.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a configuration file, and whether this host fits it.",
    discussion: """
      Prints everything that is wrong to standard error, with the line, the rule and a hint, and warns of what may not be meant. The files are judged as the user \
      vipagent may read them, if this host has that user.

      Exit codes: 0 nothing is wrong, 64 wrong use, 77 --user takes root, 78 something is wrong.
      """)

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config = AgentOptions.usualConfig

  @OptionGroup var judging: JudgingOptions

  @Flag(name: .long, help: "Check the file only: not the devices, name and key file of this host.")
  var noHost = false

  func run() throws {
    try reporting {
      let account = try judging.account()
      do {
        let configuration =
          try noHost ? LoadedConfiguration.load(config, as: nil).configuration : fit(for: account)
        print("\(config): ok: \(configuration.summary)")
      } catch {
        printError("\(error)")
        throw ExitCode(EX_CONFIG)
      }
    }
  }
}

extension Check {
  /// The configuration, if it fits this host with the devices that it has now.
  private func fit(for account: Account) throws -> Configuration {
    let host = try HostConfiguration(path: config, nodeName: judging.node, as: account)
    let misfits = host.missingDevices + host.takenAddresses + host.missingPrincipals
    guard misfits.isEmpty else { throw ConfigError(file: config, misfits) }
    let file = SourceText.visible(config)
    for doubt in host.doubts { printError(doubt.description(file: file, as: "warning")) }
    return host.configuration
  }
}

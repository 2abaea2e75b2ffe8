import ArgumentParser
import Support
import TerminalUI

/// `vipagent version`: the version of this program.
struct ShowVersion: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version of this program; `status` has that of the running agent.")

  func run() throws {
    try reporting { try printOut("vipagent \(version)\n") }
  }
}

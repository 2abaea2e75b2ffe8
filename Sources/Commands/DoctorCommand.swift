import ArgumentParser
import Configuration
import Doctor
import Glibc
import Support
import TakeoverCore
import TerminalUI

/// `vipagent doctor`: what is wrong with this host, why it matters, and what to do about it.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Examine this host: what would keep a takeover from working, and what to do about it.",
    discussion: """
      Looks at devices, kernel, privileges, settings and addresses, listens to the wire, and asks it who has the shared \
      addresses. Changes nothing, starts nothing, and works with the agent running or not. Without root it says what it could \
      not look at.

      Exit codes: 0 all is well (notes do not count), 1 a warning, 2 an error, 64 wrong use, 77 --user takes root, 78 the \
      configuration cannot be read.
      """)

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config = AgentOptions.usualConfig

  @OptionGroup var judging: JudgingOptions

  @Flag(name: .long, help: "Print JSON, for a program to read.")
  var json = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How long to listen, as 500ms or 10s; three keepalives if left out, at least 2.2 s.", valueName: "time"))
  var listen: DurationOption?

  mutating func validate() throws {
    if let listen, listen.duration <= .zero || listen.duration > .seconds(600) {
      throw ValidationError("--listen: more than 0 and at most 600s.")
    }
  }

  func run() throws {
    try reporting { try examine(as: judging.account()) }
  }

  private func examine(as account: Account) throws {
    let host: HostSnapshot
    do throws(ConfigError) {
      host = try HostSnapshot(configPath: config, as: account, nodeName: judging.node)
    } catch {
      printError("\(error)")
      throw ExitCode(EX_CONFIG)
    }
    let listening = listen.map { Interval($0.duration) } ?? Doctor.usualListening(host.configuration)
    let doctor = Doctor(host, listening: listening)
    print(json ? try DoctorDocument(doctor).text() : DoctorText(doctor, for: Terminal()).text)
    throw ExitCode(doctor.exitCode)
  }
}

import ArgumentParser
import Configuration
import Control
import Glibc
import Status
import Support

/// Which agent a command talks to.
struct AgentOptions: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("The agent's control socket.", valueName: "path"), completion: .file())
  var socket: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The configuration file that names the control socket.", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config: String?

  mutating func validate() throws {
    guard socket == nil || config == nil else {
      throw ValidationError("--socket and --config both say where the agent is: give one of them.")
    }
  }

  /// Where the agent's configuration is if nobody says.
  static let usualConfig = "/etc/vipagent/config.toml"

  /// The path of the control socket: as given, else of the configuration file given, else of the usual one if it can be
  /// read, else the usual path.
  func socketPath() throws(CommandFailure) -> String {
    if let socket { return socket }
    guard let config else {
      // An agent keeps running on the configuration it has read: what is wrong with the file by now is not our business.
      guard let settings = try? LoadedConfiguration.load(Self.usualConfig).configuration.control else {
        return ControlSettings.defaultSocket
      }
      return try Self.path(settings, of: Self.usualConfig)
    }
    do {
      return try Self.path(LoadedConfiguration.load(config).configuration.control, of: config)
    } catch let error as ConfigError {
      throw CommandFailure(text: "\(error)", exitCode: EX_CONFIG)
    } catch let error as CommandFailure {
      throw error
    } catch {
      throw CommandFailure(text: "\(error)", exitCode: EX_CONFIG)
    }
  }

  private static func path(_ settings: ControlSettings, of config: String) throws(CommandFailure) -> String {
    if let socket = settings.socket { return socket }
    throw CommandFailure(
      text: """
        \(config.printable): [control] socket = "off": this agent cannot be talked to
          hint: give [control] a socket and restart the agent
        """, exitCode: EX_CONFIG)
  }

  /// Connects to the agent.
  func connect() throws(CommandFailure) -> AgentTalk { try AgentTalk(path: socketPath()) }
}

/// The exit codes of a command that talks to an agent, for its help: its own, and those that all of them have.
enum ExitCodes {
  /// What the agent is asked for, and so who may.
  enum Deed: String { case ask, command }

  static func table(_ own: (code: Int, meaning: String)..., usage: String = "wrong use", mayNot deed: Deed) -> String {
    let common = [
      (64, usage), (69, "no agent answers"), (74, "standard output cannot be written to"),
      (75, "the agent serves too many clients already"), (77, "you may not \(deed)"),
      (78, "the configuration file given with --config is wrong"),
    ]
    let lines = (own.map { ($0.code, $0.meaning) } + common).map { code, meaning in
      "  \(code)\(code < 10 ? " " : "")  \(meaning)"
    }
    return (["Exit codes:"] + lines).joined(separator: "\n")
  }
}

/// Which group a command is about.
struct GroupArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The group; every group if it is left out.", valueName: "group"),
    completion: .custom { words, _, _ in GroupCompletion.names(after: words) })
  var group: String?
}

/// The names of groups for a shell that completes them.
enum GroupCompletion {
  /// What the running agent knows, if it may be asked and answers at once.
  static func names(after words: [String]) -> [String] {
    func value(of option: String) -> String? {
      words.firstIndex(of: option).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    }
    var options = AgentOptions()
    options.socket = value(of: "--socket")
    options.config = options.socket == nil ? value(of: "--config") ?? value(of: "-c") : nil
    guard let talk = try? options.connect(), let status = try? talk.status(within: 1_000) else { return [] }
    return status.groups.map(\.name)
  }
}

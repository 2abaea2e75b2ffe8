import Glibc
import Lab
import Linux
import Netlink
import Testing

/// A load balancer: a host with its own copy of the configuration and of the keys, and the agent that runs there.
final class Balancer {
  let host: Host
  let configPath: String
  let keysPath: String
  /// The agent, or the last one that ran.
  private(set) var agent: HostProcess?
  let program: String
  private let folder: TemporaryFolder
  private var former: [HostProcess] = []

  init(_ host: Host, program: String, in folder: TemporaryFolder, _ config: AgentConfig, _ keys: AgentKeys) throws {
    self.host = host
    self.program = program
    self.folder = folder
    configPath = "\(folder.path)/\(host.name).toml"
    keysPath = "\(folder.path)/\(host.name).keys"
    try write(config)
    try write(keys)
  }

  var name: String { host.name }
  var socketPath: String { AgentConfig.socket(besides: keysPath) }

  /// The folder for what an agent leaves to its successor.
  var statePath: String { "\(folder.path)/\(host.name).state" }

  func write(_ config: AgentConfig) throws { try write(configText: config.text(keys: keysPath)) }

  func write(configText: String) throws { try folder.write(configText, to: "\(name).toml") }

  func write(_ keys: AgentKeys, mode: mode_t = 0o600) throws {
    try folder.write(keys.text, to: "\(name).keys", mode: mode)
  }

  // MARK: - The agent

  /// Starts an agent.
  /// - Parameters:
  ///   - copy: of the program, to be started instead of it.
  ///   - wrapper: a program and its arguments that run the agent, whose command line follows them.
  ///   - hasState: whether it has a folder for what its successor shall know, as the packaged unit gives it.
  @discardableResult
  func start(_ copy: String? = nil, under wrapper: [String] = [], hasState: Bool = true) throws -> HostProcess {
    let command = wrapper + [copy ?? program, "--config", configPath]
    mkdir(statePath, 0o700)
    let process = try host.start(
      command[0], Array(command.dropFirst()), environment: hasState ? ["STATE_DIRECTORY": statePath] : [:])
    if let agent { former.append(agent) }
    agent = process
    return process
  }

  /// Runs `vipagent` with other arguments to its end.
  func run(_ arguments: String...) throws -> HostProcess {
    let process = try host.start(program, arguments)
    try #require(process.waitForExit(timeout: .seconds(10)) != nil)
    return process
  }

  func signal(_ number: Int32) throws { try #require(agent).signal(number) }

  /// Ends the agent with a signal and waits until it has gone.
  /// - Returns: how it ended, and how many milliseconds that took.
  @discardableResult
  func end(with number: Int32 = SIGTERM) throws -> (exit: HostProcess.Exit, took: Double) {
    let start = BootClock.now()
    let agent = try #require(agent)
    agent.signal(number)
    let exit = try #require(agent.waitForExit(timeout: .seconds(5)), "\(name)'s agent did not end")
    return (exit, Double(BootClock.now() - start) / 1e6)
  }

  /// Sends SIGHUP and waits until the agent says what came of it.
  func reload(expecting words: String = "reloaded: fingerprint") throws {
    let count = lines.count
    try signal(SIGHUP)
    try waitForLine(words, after: count)
  }

  /// Gives power back, and starts an agent.
  func reboot() throws {
    try host.boot()
    try start()
  }

  // MARK: - What it says

  /// The lines of the agent that runs.
  var lines: [String] { agent?.lines.map(\.text) ?? [] }

  /// The lines of all agents that ran here.
  var everything: [HostProcess.Line] { (former + [agent].compactMap(\.self)).flatMap(\.lines) }

  /// Waits until the agent says something.
  /// - Parameter after: so many of its lines are not looked at.
  @discardableResult
  func waitForLine(_ text: String, after: Int = 0, within bound: Duration = .seconds(10)) throws -> String {
    guard let line = try #require(agent).waitForLine(containing: text, after: after, timeout: bound) else {
      throw NotInTime("\(name) says `\(text)`")
    }
    return line.text
  }

  /// Number and name of every thread of the agent.
  func threads() throws -> [(identifier: pid_t, name: String)] {
    let tasks = "/proc/\(try #require(agent).identifier)/task"
    let folder = try #require(opendir(tasks))
    defer { closedir(folder) }
    var threads: [(pid_t, String)] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard let identifier = pid_t(name) else { continue }
      threads.append((identifier, String(try contents(of: "\(tasks)/\(name)/comm").dropLast())))
    }
    return threads
  }
}

/// A configuration file, with the values that the tests vary.
struct AgentConfig {
  var cluster = "loadb"
  var keepalive = "100ms"
  var deadtime = "300ms"
  var nodes = ["loadb1", "loadb2"]
  var autoFailback = true
  var device = "eth0"
  var vips = ["195.46.64.21/24"]
  /// More lines of `[heartbeat]`.
  var heartbeatLines = ""
  /// More lines of `[[group]]`.
  var groupLines = ""
  /// More lines of `[control]`, and further tables.
  var controlLines = ""

  /// Each host has its own socket, although all share one file system.
  static func socket(besides keys: String) -> String { keys.replacing(".keys", with: ".sock") }

  func text(keys: String) -> String {
    """
    cluster = "\(cluster)"

    [heartbeat]
    bcast     = ["\(device)"]
    keepalive = "\(keepalive)"
    deadtime  = "\(deadtime)"\(heartbeatLines.isEmpty ? "" : "\n\(heartbeatLines)")

    [auth]
    keys = "\(keys)"

    \(nodes.map { "[[node]]\nname = \"\($0)\"" }.joined(separator: "\n"))

    [[group]]
    name          = "director"
    preferred     = [\(nodes.map { "\"\($0)\"" }.joined(separator: ", "))]
    auto_failback = \(autoFailback)
    \(groupLines)

    \(vips.enumerated().map { index, vip in
      """
      [[group.vip]]
      address = "\(vip)"
      dev     = "\(device)"
      label   = "\(device):\(index)"
      """
    }.joined(separator: "\n\n"))

    [control]
    socket = "\(Self.socket(besides: keys))"
    \(controlLines)

    """
  }
}

/// A key file with one key, drawn at random.
struct AgentKeys {
  var number = 1
  private let digits = (0..<64).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()

  init(number: Int = 1) { self.number = number }

  var text: String { "auth \(number)\n\(number) hmac-sha256 \(digits)\n" }
}

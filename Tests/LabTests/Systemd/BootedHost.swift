import Glibc
import Lab
import Linux
import Testing

/// A host of the lab with systemd as its first process (`Tests/systemd/boot-host`): a real boot, real units, a disk
/// that outlives a loss of power.
final class BootedHost {
  /// How a command ended.
  struct Outcome {
    let exit: HostProcess.Exit
    let output: String
  }

  let host: Host
  private let room: String
  private var listener: NotifyListener?
  private var machine: HostProcess?
  /// The number of its first process, as seen from outside.
  private var leader = ""

  /// - Parameter room: a folder for its disk.
  init(_ host: Host, room: String) {
    self.host = host
    self.room = room
    name = host.name
  }

  /// As `uname -n` prints it.
  private(set) var name: String

  /// Gives it another name, as an administrator does.
  func rename(to name: String) throws {
    try shell("hostnamectl set-hostname \(name)")
    self.name = name
  }

  // MARK: - Power

  /// Switches it on and returns when it has booted.
  func powerOn() throws {
    try switchOn()
    try waitForBoot()
  }

  /// Switches it on; it boots.
  func switchOn() throws {
    if !host.isRunning { try host.boot() }
    try expectBoot()
    machine = try host.start(
      "/usr/bin/unshare",
      // The end of unshare(1) is the end of all that it has started: systemd-nspawn alone would leave its host running.
      ["--mount", "--propagation", "private", "--pid", "--mount-proc", "--fork", "--kill-child"]
        + ["\(Self.tools)/boot-host", room, host.name],
      environment: ["PATH": Self.path, "NOTIFY_SOCKET": notifySocket])
  }

  /// Listens for the boot that is to come. Only for that one: a first process that nobody listens to waits for ever.
  func expectBoot() throws {
    unlink(notifySocket)
    listener = try NotifyListener(notifySocket, patience: 60)
  }

  private var notifySocket: String { "\(room)/\(host.name).notify" }

  /// Returns when it has booted as expected.
  func waitForBoot() throws {
    defer { listener = nil }
    do {
      try #require(listener).wait(for: "X_NSPAWN_LEADER_PID=")
      try #require(listener).wait(for: "READY=1")
      // unshare, boot-host, systemd-nspawn, and the first process: the numbers in between are of another namespace.
      leader = "\(try #require(machine).identifier)"
      for _ in 0..<3 {
        let children = try contents(of: "/proc/\(leader)/task/\(leader)/children")
        leader = String(try #require(children.split(separator: " ").first))
      }
    } catch {
      print(machine?.lines.map(\.text).joined(separator: "\n") ?? "no machine")
      throw error
    }
  }

  /// Boots again as it is told to from inside.
  func reboot() throws {
    try expectBoot()
    try shell("systemctl --no-block reboot")
    try waitForBoot()
  }

  /// Pulls the plug.
  func powerOff() throws { try host.powerOff() }

  private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  private static let tools = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/systemd"

  // MARK: - Commands

  /// Runs commands on it, as root, in `/root`.
  func run(_ script: String, within bound: Duration = .seconds(30)) throws -> Outcome {
    let process = try host.start(
      "/usr/bin/nsenter",
      [
        "--target", leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd", "/bin/sh", "-ec",
        "cd /root\n\(script)",
      ], environment: ["PATH": Self.path, "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"])
    guard let exit = process.waitForExit(timeout: bound) else {
      process.kill()
      throw NotInTime("\(name): \(script); said: \(process.lines.map(\.text))")
    }
    return Outcome(exit: exit, output: process.lines.map(\.text).joined(separator: "\n"))
  }

  /// Runs commands that must succeed.
  /// - Returns: what they wrote.
  @discardableResult
  func shell(_ script: String, within bound: Duration = .seconds(30)) throws -> String {
    let outcome = try run(script, within: bound)
    guard outcome.exit == .code(0) else {
      throw CommandFailed("\(name): \(script): \(outcome.exit): \(outcome.output)")
    }
    return outcome.output
  }

  /// A property of the service.
  func property(_ name: String) throws -> String { try shell("systemctl show --property=\(name) --value vipagent") }

  /// What the agent has said since the host was installed.
  func journal() throws -> String { try shell("journalctl --no-pager --output=cat --unit=vipagent") }

  /// Waits until a test of the shell succeeds.
  func wait(until condition: String, within bound: Duration = .seconds(20)) throws {
    try shell("until \(condition); do sleep 0.02; done", within: bound)
  }
}

/// A command that did not do what it should.
struct CommandFailed: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

import Glibc
import Lab
import Linux
import Testing

@testable import Doctor

/// A host's shell, as an administrator has it who types what the doctor prints.
///
/// The hosts of the lab share one file system and have no systemd and no sshd. So each has files of its own name, `ssh` and
/// `scp` go to those of the other host, and what systemd would be asked for is written down for the trial to do.
struct AdministratorsShell {
  private let folder: TemporaryFolder
  /// What systemd was asked for, one request a line.
  private var requests: String { "\(folder.path)/requests" }
  /// What a boot reads.
  var settings: String { "\(folder.path)/sysctl.d" }

  init(_ folder: TemporaryFolder, program: String) throws {
    self.folder = folder
    for name in ["bin", "sysctl.d"] { try #require(mkdir("\(folder.path)/\(name)", 0o755) == 0) }
    try #require(symlink(program, "\(folder.path)/bin/vipagent") == 0)
    for name in ["systemctl", "hostnamectl", "journalctl"] {
      try self.program(name, "echo \"\(name) $*\" >> '\(requests)'")
    }
    try self.program("ssh", "host=$1; shift; echo \"$*\" | sed \"s,/loadb1[.],/$host.,g\" | sh")
    try self.program(
      "scp",
      "shift $(($# - 2)); to=${2#*:}; host=${2%%:*}; new=$(echo \"$to\" | sed \"s,/loadb1[.],/$host.,\")\n"
        + "sed \"s,/loadb1[.],/$host.,g\" \"$1\" > \"$new\" && chmod 600 \"$new\"")
  }

  private func program(_ name: String, _ script: String) throws {
    try folder.write("#!/bin/sh\n\(script)\n", to: "bin/\(name)", mode: 0o755)
  }

  /// Types a line, and waits for its end.
  /// - Returns: what it printed.
  @discardableResult
  func type(_ line: String, on host: Host, expecting code: Int32 = 0) throws -> String {
    // On another host the files have its name.
    let line = line.replacing("/loadb1.", with: "/\(host.name).")
    let script = "mount --bind '\(settings)' /etc/sysctl.d && PATH='\(folder.path)/bin':$PATH && \(line)"
    let shell = try host.start(
      "/usr/bin/unshare", ["-m", "sh", "-c", script], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    let exit = try #require(shell.waitForExit(timeout: .seconds(20)))
    let output = shell.lines.map(\.text).joined(separator: "\n")
    #expect(exit == .code(code), "\(line): \(exit), \(output)")
    return output
  }

  /// What systemd was asked for last.
  func request() throws -> String { try contents(of: requests).split(separator: "\n").last.map(String.init) ?? "" }
}

/// Two load balancers, and what the doctor says to do about what a trial has done to them.
struct RemedyRig {
  let agents: AgentRig
  let shell: AdministratorsShell
  var loadb1: Balancer { agents.loadb1 }
  var loadb2: Balancer { agents.loadb2 }

  init(_ agents: AgentRig) throws {
    self.agents = agents
    shell = try AdministratorsShell(agents.folder, program: agents.agentBinary)
  }

  /// The remedies of the first finding that contains these words and has some; it must be there.
  func remedies(
    for words: String, on balancer: Balancer, examined report: DoctorReport? = nil
  ) throws -> [Remedy.Kind: DoctorReport.Cure] {
    let report = try report ?? balancer.examine()
    let finding = try #require(
      report.findings.first { $0.what.contains(words) && $0.severity != "ok" && !$0.remedies.isEmpty },
      "\(words): \(report)")
    return Dictionary(
      try finding.remedies.map { (try #require(Remedy.Kind(rawValue: $0.kind)), $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Does what the doctor prints for a finding, in the order of these kinds, and sees the finding gone.
  func type(_ kinds: Remedy.Kind..., for words: String, on balancer: Balancer) throws {
    let remedies = try remedies(for: words, on: balancer)
    for kind in kinds { try shell.type(try #require(remedies[kind], "\(remedies)").text, on: balancer.host) }
    try expectGone(words, on: balancer)
  }

  func expectGone(_ words: String, on balancer: Balancer) throws {
    // What others must notice first takes a heartbeat or two; the source of heartbeats that have ended is told for two seconds.
    let deadline = BootClock.now() + 10_000_000_000
    var report = try balancer.examine()
    while has(words, report), BootClock.now() < deadline { report = try balancer.examine() }
    #expect(!has(words, report), "\(report)")
  }

  private func has(_ words: String, _ report: DoctorReport) -> Bool {
    report.findings.contains { $0.what.contains(words) && $0.severity != "ok" }
  }
}

extension DoctorReport.Cure {
  /// With the words in capitals filled in.
  func text(_ words: [String: String]) -> String {
    words.reduce(text) { $0.replacing($1.key, with: $1.value) }
  }
}

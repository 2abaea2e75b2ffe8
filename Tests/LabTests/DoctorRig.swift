import CLinux
import FoundationEssentials
import Glibc
import Lab
import Linux
import Netlink
import Testing

/// What `vipagent doctor --json` has said.
struct DoctorReport: Decodable, CustomStringConvertible {
  struct Entry: Decodable {
    let check: String
    let severity: String
    let what: String
    let why: String?
    let fix: [String]
    let remedies: [Cure]
  }

  /// What ends a finding.
  struct Cure: Decodable {
    let kind: String
    let manner: String
    let text: String
    let comment: String?
  }

  let version: Int
  let node: String
  let agent: Int32?
  let severity: String
  let findings: [Entry]
  private(set) var exit: HostProcess.Exit?

  private enum CodingKeys: CodingKey { case version, node, agent, severity, findings }

  init(_ process: HostProcess) throws {
    let text = process.lines.map(\.text).joined(separator: "\n")
    self = try JSONDecoder().decode(DoctorReport.self, from: Data(text.utf8))
    exit = process.exit
  }

  /// Whether a check has found something that contains these words.
  func has(_ severity: String, _ check: String, _ words: String) -> Bool {
    findings.contains { $0.severity == severity && $0.check == check && $0.what.contains(words) }
  }

  /// What is worse than a note.
  var troubles: [Entry] { findings.filter { $0.severity == "warning" || $0.severity == "error" } }

  var description: String { findings.map { "\($0.severity) \($0.check): \($0.what)" }.joined(separator: "\n") }
}

extension Balancer {
  /// Examines the host. 400 ms are four keepalives and three ARP probes.
  func examine(
    listening: String = "400ms", under wrapper: [String] = [], as user: String = "root", named node: String? = nil
  ) throws -> DoctorReport {
    let command =
      wrapper + [program, "doctor", "--json", "--listen", listening, "--user", user, "--config", configPath]
      + (node.map { ["--node", $0] } ?? [])
    let process = try host.start(command[0], Array(command.dropFirst()))
    try #require(process.waitForExit(timeout: .seconds(20)) != nil)
    return try DoctorReport(process)
  }
}

extension Host {
  /// Sets something below `/proc/sys/net`, which is this host's own.
  func set(_ setting: String, _ value: Int) throws {
    try namespace().perform("set \(setting)") {
      let path = "/proc/sys/net/\(setting)"
      let file = try Descriptor(open(path, O_WRONLY | O_CLOEXEC), "open", on: path)
      let (raw, text) = (file.raw, "\(value)\n")
      try retryOnInterrupt("write", on: path) { write(raw, text, text.utf8.count) }
    }
  }

  /// What a good administrator has set, and nothing to complain about.
  func tune() throws { try set("ipv4/conf/all/promote_secondaries", 1) }

  /// Runs `ip(8)`.
  func ip(_ arguments: String) throws {
    let ip = try start("/sbin/ip", arguments.split(separator: " ").map(String.init))
    try #require(ip.waitForExit(timeout: .seconds(10)) == .code(0), "ip \(arguments): \(ip.lines.map(\.text))")
  }

  /// Takes the heartbeats' UDP port for this process.
  func takeHeartbeatPort() throws -> Descriptor {
    try namespace().perform("take the port") { () throws -> Descriptor in
      let taken = try Descriptor(socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(694).bigEndian
      let raw = taken.raw
      try retryOnInterrupt("bind") {
        withUnsafeBytes(of: &address) {
          bind(raw, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
      }
      return taken
    }
  }
}

import Glibc
import Lab
import Linux
import Netlink
import Testing

/// The cluster of the documentation on real kernels: loadb1 and loadb2 share 195.46.64.21, a client looks on.
final class AgentRig {
  static let shared = IPPrefix("195.46.64.21/24")

  let lab: Lab
  let agentBinary: String
  let folder: TemporaryFolder
  /// Who has the shared address.
  let watch: HolderWatch
  let loadb1: Balancer
  let loadb2: Balancer
  let client: Host
  /// Those two, and what a test has added.
  private(set) var balancers: [Balancer]

  /// Boots the three hosts; no agent runs yet.
  /// - Parameters:
  ///   - config: what both load balancers are configured with.
  ///   - keys: what both sign with.
  init(_ config: AgentConfig, _ keys: AgentKeys) throws {
    let lab = try Lab()
    self.lab = lab
    agentBinary = try Lab.agentBinary()
    folder = try TemporaryFolder("vipagent-tests")
    watch = try lab.watchHolders(of: try #require(Self.shared).address)
    let hosts = try ["loadb1", "loadb2"].enumerated().map { index, name in
      try lab.bootHost(name, "195.46.64.\(15 + index)/24")
    }
    client = try lab.bootHost("client", "195.46.64.100/24")
    loadb1 = try Balancer(hosts[0], program: agentBinary, in: folder, config, keys)
    loadb2 = try Balancer(hosts[1], program: agentBinary, in: folder, config, keys)
    balancers = [loadb1, loadb2]
  }

  /// The load balancer that is not this one.
  func peer(of balancer: Balancer) -> Balancer { balancer === loadb1 ? loadb2 : loadb1 }

  /// Boots a third host.
  func addBalancer(_ name: String, _ prefix: String, _ config: AgentConfig, _ keys: AgentKeys) throws -> Balancer {
    let host = try lab.bootHost(name, prefix)
    let balancer = try Balancer(host, program: agentBinary, in: folder, config, keys)
    balancers.append(balancer)
    return balancer
  }

  /// Starts both agents and waits until loadb1 owns the address and loadb2 is its backup.
  func startBoth() throws {
    try loadb1.start()
    try loadb2.start()
    try waitForOwner("loadb1")
    try loadb2.waitForLine("backup for group")
  }

  /// Waits until one host alone has the shared address.
  func waitForOwner(_ name: String, within bound: Duration = .seconds(10)) throws {
    if !watch.waitUntil(timeout: bound, { $0 == [name] }) {
      throw NotInTime("\(name) alone holds the shared address; now: \(watch.holders)")
    }
  }

  /// A pinger on the client that has got its first answer.
  func ping(_ address: IPAddress? = nil) throws -> Pinger {
    let pinger = try lab.ping(address ?? watch.address, from: client)
    try #require(pinger.waitForAnswer(since: pinger.mark(), timeout: .seconds(5)))
    return pinger
  }

  /// What two hosts held at once, of the overlaps after this time, in milliseconds.
  func overlaps(since time: Int64 = .min) -> [Double] {
    watch.overlaps().filter { $0.start >= time }.map { $0.duration.map(milliseconds) ?? .infinity }
  }

  /// Everything that all agents have said, in the order of time.
  var transcript: String {
    balancers.flatMap(\.everything).sorted { $0.time < $1.time }.map(\.text).joined(separator: "\n")
  }
}

/// Runs a test on a rig, and tears it down whatever happens; when the test throws, what the agents said is shown.
func withAgents(
  _ config: AgentConfig = AgentConfig(), _ keys: AgentKeys = AgentKeys(), _ body: (AgentRig) throws -> Void
) throws {
  let rig = try AgentRig(config, keys)
  defer { rig.lab.tearDown() }
  do {
    try body(rig)
  } catch {
    print(rig.transcript)
    throw error
  }
}

/// Waits until this many more pings were sent and the last of them was answered: some peace to see that it lasts.
func calm(_ pinger: Pinger, pings: Int = 300) throws {
  let mark = pinger.mark().later(by: pings)
  try #require(pinger.waitForAnswer(since: mark, timeout: .seconds(10)))
}

/// Something that did not happen.
struct NotInTime: Error, CustomStringConvertible {
  let description: String

  init(_ what: String) { description = "not in time: \(what)" }
}

/// For a reader.
func milliseconds(_ duration: Duration) -> Double {
  let (seconds, attoseconds) = duration.components
  return Double(seconds) * 1e3 + Double(attoseconds / 1_000_000_000_000) / 1e3
}

/// For a reader: `1.23 4.56`.
func listed(_ milliseconds: [Double]) -> String {
  milliseconds.map { "\(($0 * 100).rounded() / 100)" }.joined(separator: " ")
}

extension TemporaryFolder {
  /// Writes a file as an editor would: a new one takes the old one's place.
  @discardableResult
  func write(_ text: String, to name: String, mode: mode_t = 0o600) throws -> String {
    let (file, fresh) = ("\(path)/\(name)", "\(path)/\(name).new")
    let descriptor = try Descriptor(open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode), "create", on: fresh)
    try #require(Glibc.write(descriptor.raw, text, text.utf8.count) == text.utf8.count)
    try #require(fchmod(descriptor.raw, mode) == 0 && rename(fresh, file) == 0)
    return file
  }
}

import Glibc
import Lab
import Linux
import Netlink

/// Two hosts that share addresses, a client, and a watch on who has the first address.
final class Rig {
  static let names = ["loadb1", "loadb2"]
  static func ownAddress(_ place: Int) -> String { "10.77.255.\(place + 1)" }

  /// The shared addresses: as many as wanted, all in one subnet.
  static func vip(_ number: Int) -> String { "10.77.\(number / 250).\(number % 250 + 1)/16" }

  let lab: Lab
  let contender: Contender
  let watch: HolderWatch
  let client: Host
  let nodes: [Node]
  let rules: SwitchRules
  let pace: Pace
  /// How much of a keepalive later than otherwise the fault comes, so that of several runs each meets another phase of
  /// the heartbeats: 0..<1.
  private let phase: Double
  private let folder: TemporaryFolder

  /// Boots the hosts; no agent runs yet.
  init(_ contender: Contender, _ pace: Pace, addresses: Int, phase: Double) throws {
    folder = try TemporaryFolder("vipagent-bench")
    let lab = try Lab()
    self.lab = lab
    self.contender = contender
    self.pace = pace
    self.phase = phase
    watch = try lab.watchHolders(of: try Self.prefix(Self.vip(0)).address)
    let secret = (0..<64).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
    let agent = try Lab.agentBinary()
    let folder = folder.path
    nodes = try (0..<2).map { place in
      let host = try lab.addHost(Self.names[place], try Self.prefix("\(Self.ownAddress(place))/16"))
      try host.boot()
      let seat = Seat(
        place: place, agent: agent, folder: "\(folder)/\(Self.names[place])", pace: pace, addresses: addresses,
        secret: secret)
      return try Node(host, contender, seat)
    }
    client = try lab.addHost("client", try Self.prefix("10.77.255.100/16"))
    try client.boot()
    rules = SwitchRules(network: lab.network, from: client)
  }

  static func prefix(_ text: String) throws -> IPPrefix {
    guard let prefix = IPPrefix(text) else { throw BenchError("\(text) is no prefix") }
    return prefix
  }

  /// Starts both agents and waits until the preferred one has the address and all is quiet.
  func startBoth() throws {
    for node in nodes { try node.start() }
    try waitForHolder(0, within: .seconds(60))
    for node in nodes { try node.findLeader() }
    pause(contender.settling + pace.silence * 2)
    try waitForHolder(0, within: .seconds(10))
  }

  /// Ends everything, and waits for those whose parents were killed with them: this process has adopted them.
  func tearDown() {
    lab.tearDown()
    for _ in 0..<1000 {
      switch waitpid(-1, nil, WNOHANG) {
      case 0: pause(.milliseconds(1))
      case ..<0: return
      default: continue
      }
    }
  }

  /// Waits until this host alone has the address.
  func waitForHolder(_ place: Int, within bound: Duration) throws {
    if !watch.waitUntil(timeout: bound, { $0 == [Self.names[place]] }) {
      throw BenchError(
        "\(Self.names[place]) alone should have the address, but it is held by \(watch.holders)"
          + nodes.map(\.words).joined())
    }
  }

  /// A pinger that has got its first answer.
  func ping(every interval: Duration = .milliseconds(1)) throws -> Pinger {
    let pinger = try lab.ping(watch.address, from: client, every: interval)
    guard pinger.waitForAnswer(since: pinger.mark(), timeout: .seconds(5)) else {
      throw BenchError("no answer from the address")
    }
    pause(.milliseconds(300))
    awaitPhase()
    return pinger
  }

  /// Lets so much of a keepalive pass that a fault which follows meets the heartbeats in this run's phase.
  func awaitPhase() { pause(.microseconds(Int(phase * Double(pace.keepalive)))) }
}

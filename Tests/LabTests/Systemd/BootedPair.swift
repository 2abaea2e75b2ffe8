import Glibc
import Lab
import Linux
import Netlink
import Testing

/// loadb1 and loadb2, booted with systemd, and a client that pings the address they share a thousand times a second.
final class BootedPair {
  let lab: Lab
  let watch: HolderWatch
  let loadb1: BootedHost
  let loadb2: BootedHost
  let client: Host
  /// What is done to them first.
  let manual: Manual
  /// Where the disks are, if this runs under `Tests/systemd/run`.
  static let room = getenv("VIPAGENT_HOSTS").map { String(cString: $0) }

  /// Both are off.
  init() throws {
    manual = try Manual(#filePath.replacing("Tests/LabTests/Systemd/BootedPair.swift", with: "README.md"))
    let lab = try Lab()
    self.lab = lab
    watch = try lab.watchHolders(of: try #require(AgentRig.shared).address)
    let room = try #require(Self.room)
    loadb1 = BootedHost(try lab.addHost("loadb1", try #require(IPPrefix("195.46.64.15/24"))), room: room)
    loadb2 = BootedHost(try lab.addHost("loadb2", try #require(IPPrefix("195.46.64.16/24"))), room: room)
    client = try lab.bootHost("client", "195.46.64.100/24")
  }

  var balancers: [BootedHost] { [loadb1, loadb2] }

  func named(_ name: String) -> BootedHost? { balancers.first { $0.name == name } }

  /// Waits until one host alone has the shared address.
  func waitForOwner(_ name: String, within bound: Duration = .seconds(15)) throws {
    if !watch.waitUntil(timeout: bound, { $0 == [name] }) {
      throw NotInTime("\(name) alone holds the shared address; now: \(watch.holders)")
    }
  }

  /// Waits until the other could take over at once.
  func waitForBackup() throws {
    try loadb1.wait(until: "systemctl show --property=StatusText vipagent | grep -q 'owner of 1 .*; 1 backup ready'")
  }

  // MARK: - A disturbance, measured

  /// What a client and the kernels have seen of a disturbance.
  struct Effect {
    let lost: Int
    /// The longest time without an answer, in milliseconds.
    let outage: Double
    /// How often somebody has taken the address.
    let moves: Int
    /// Times that two hosts had the address, in milliseconds.
    let overlaps: [Double]
  }

  /// Does something while the client pings, waits until the address answers again, and says what was seen.
  func measure(_ what: String, _ body: () throws -> Void) throws -> Effect {
    let pinger = try lab.ping(watch.address, from: client)
    defer { pinger.stop() }
    try #require(pinger.waitForAnswer(since: pinger.mark(), timeout: .seconds(5)))
    let (mark, holdings, start) = (pinger.mark(), watch.holdings.count, BootClock.now())
    try body()
    try calm(pinger)
    let report = pinger.report(since: mark)
    let effect = Effect(
      lost: report.lost, outage: report.longest?.duration.map(milliseconds) ?? (report.longest == nil ? 0 : .infinity),
      moves: watch.holdings.count - holdings,
      overlaps: watch.overlaps().filter { $0.start >= start }.map { $0.duration.map(milliseconds) ?? .infinity })
    print(
      """
      \(what): \(report.lost) of \(report.sent) pings lost, outage \(listed([effect.outage])) ms, address moved \
      \(effect.moves) times, held twice for [\(listed(effect.overlaps))] ms
      """)
    return effect
  }
}

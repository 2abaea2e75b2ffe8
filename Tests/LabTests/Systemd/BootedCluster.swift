import Glibc
import Lab
import Linux
import Netlink
import Testing

/// loadb1 and loadb2, booted with systemd, later loadb3, and a client that pings the address they share a thousand times a
/// second.
final class BootedCluster {
  let lab: Lab
  /// Who has the first group's address, and who the second's.
  let watch: HolderWatch
  let mailWatch: HolderWatch
  let loadb1: BootedHost
  let loadb2: BootedHost
  let loadb3: BootedHost
  let client: Host
  /// What is done to them first, and what afterwards.
  let manual: Manual
  let recipes: Manual
  /// The recipes that were followed.
  var followed: Set<String> = []
  /// Where the disks are, if this runs under `Tests/systemd/run`.
  static let room = getenv("VIPAGENT_HOSTS").map { String(cString: $0) }

  /// All are off.
  init() throws {
    manual = try Manual("README.md")
    recipes = try Manual("docs/recipes.md")
    let lab = try Lab()
    self.lab = lab
    watch = try lab.watchHolders(of: try #require(AgentRig.shared).address)
    mailWatch = try lab.watchHolders(of: try #require(IPPrefix("195.46.64.22/24")).address)
    let room = try #require(Self.room)
    func host(_ name: String, _ prefix: String) throws -> BootedHost {
      BootedHost(try lab.addHost(name, try #require(IPPrefix(prefix))), room: room)
    }
    loadb1 = try host("loadb1", "195.46.64.15/24")
    loadb2 = try host("loadb2", "195.46.64.16/24")
    loadb3 = try host("loadb3", "195.46.64.17/24")
    client = try lab.bootHost("client", "195.46.64.100/24")
  }

  var balancers: [BootedHost] { [loadb1, loadb2, loadb3] }
  /// The first two.
  var pair: [BootedHost] { [loadb1, loadb2] }
  var running: [BootedHost] { balancers.filter(\.host.isRunning) }

  func named(_ name: String) -> BootedHost? { balancers.first { $0.name == name } }

  /// Waits until one host alone has the shared address.
  func waitForOwner(_ name: String, within bound: Duration = .seconds(15)) throws {
    if !watch.waitUntil(timeout: bound, { $0 == [name] }) {
      throw NotInTime("\(name) alone holds the shared address; now: \(watch.holders)")
    }
  }

  /// Waits until loadb1 owns and another could take over at once.
  func waitForBackup() throws {
    try loadb1.wait(
      until: "systemctl show --property=StatusText vipagent | grep -Eq 'owner of 1 .*; [1-9] backups? ready'")
  }

  /// Waits until one host alone has the second group's address.
  func waitForMail(on name: String) throws {
    if !mailWatch.waitUntil(timeout: .seconds(15), { $0 == [name] }) {
      throw NotInTime("\(name) alone holds the second address; now: \(mailWatch.holders)")
    }
  }

  /// Waits until no node has anything to complain of.
  func waitForPeace() throws {
    for host in running { try host.wait(until: "vipagent status >/dev/null") }
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
  @discardableResult
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

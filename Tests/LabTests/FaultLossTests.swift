import Glibc
import Lab
import Linux
import Netlink
import Testing

/// Heartbeats are lost at random, here at the receiver. A run of losses as long as deadtime comes often (three in a row
/// once in 37 heartbeats at 30 %), and then the second opinion keeps the address where it is.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(5))) struct FaultLossTests {
  struct Case: Sendable {
    let percent: Int
    let keepalive: Int
    let isEverything: Bool

    var config: AgentConfig {
      var config = AgentConfig()
      (config.keepalive, config.deadtime) = ("\(keepalive)ms", "\(3 * keepalive)ms")
      return config
    }

    /// Heartbeats that three losses in a row follow.
    var silencesASecond: Double {
      let loss = Double(percent) / 100
      return 1000 / Double(keepalive) * (1 - loss) * pow(loss, 3)
    }

    /// Silences in which eight probes in a row are lost too, each on its way there or on its way back.
    var movesASecond: Double {
      let loss = Double(percent) / 100
      return isEverything ? silencesASecond * pow(1 - (1 - loss) * (1 - loss), 8) : 0
    }
  }

  private static let cases = [
    Case(percent: 10, keepalive: 10, isEverything: false), Case(percent: 30, keepalive: 10, isEverything: false),
    Case(percent: 10, keepalive: 100, isEverything: false), Case(percent: 30, keepalive: 100, isEverything: false),
    Case(percent: 30, keepalive: 10, isEverything: true), Case(percent: 30, keepalive: 100, isEverything: true),
  ]

  /// CI has 15 s for what docs/faults.md reports of 60 (`VIPAGENT_LOSS_SECONDS=60`).
  private static let seconds = getenv("VIPAGENT_LOSS_SECONDS").flatMap { Int(String(cString: $0)) } ?? 15

  /// All cases at once, each in a lab of its own.
  @Test func lostHeartbeatsMoveNothing() throws {
    let rigs = try Self.cases.map { ($0, try AgentRig($0.config, AgentKeys())) }
    defer { for (_, rig) in rigs { rig.lab.tearDown() } }
    for (_, rig) in rigs { try rig.startBoth() }
    let start = BootClock.now()
    for (loss, rig) in rigs {
      try rig.filterBoth { _ in loss.isEverything ? .frames(lost: loss.percent) : .heartbeats(lost: loss.percent) }
    }
    _ = rigs[0].1.watch.waitUntil(timeout: .seconds(Self.seconds)) { _ in false }
    for (loss, rig) in rigs { try report(loss, rig, since: start) }
  }

  private func report(_ loss: Case, _ rig: AgentRig, since start: Int64) throws {
    let seconds = milliseconds(from: start) / 1000
    print(
      """
      \(loss.percent) % of all \(loss.isEverything ? "frames" : "heartbeats") lost for \(Int(seconds)) s, keepalive \
      \(loss.keepalive) ms: some \(Int(loss.silencesASecond * seconds)) silences of deadtime, \(rig.moves(since: start)) \
      moves (\(listed([loss.movesASecond * seconds])) to be expected), both had it \(listed(rig.overlaps(since: start))) ms
      """)
    if loss.isEverything { return }
    #expect(rig.watch.holdings.map(\.host) == ["loadb1"], "\(rig.transcript)")
    let isDead = rig.loadb2.lines.contains { $0.contains("loadb1 is dead") }
    #expect(isDead || loss.percent < 30 || loss.keepalive > 10, "without a single silence this proves nothing")
  }
}

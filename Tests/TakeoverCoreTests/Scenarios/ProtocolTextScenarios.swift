import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// What docs/protocol.md decides and what nothing else would notice.
@Suite struct ProtocolTextScenarios {
  private static let director = Tag(of: "director")
  private static let loadb1 = NodeIndex(0)

  /// loadb2, which hears heartbeats of loadb1.
  private struct Listener {
    var core: TakeoverCore
    var actions = ActionList()
    private var sequence: UInt64 = 0

    init(_ agreement: Agreement = Agreement()) {
      core = TakeoverCore(cluster: agreement.cluster(of: "loadb2"), session: 22)
      core.handle(.started, at: .origin, into: &actions)
      core.handle(.hearing, at: .origin, into: &actions)
      core.handle(.linkUp(GroupIndex(0)), at: .origin, into: &actions)
      _ = core.composeHeartbeat(at: .origin)
    }

    mutating func hear(at now: Instant = .origin, _ fill: (inout Heartbeat) -> Void) {
      sequence += 1
      var heartbeat = Heartbeat(
        cluster: Tag(of: "loadb"), node: Tag(of: "loadb1"), fingerprint: 1, session: 11, sequence: sequence,
        keepalive: .milliseconds(100), deadtime: .milliseconds(300))
      heartbeat.echoes.append(.init(node: Tag(of: "loadb2"), alive: true, session: 22, sequence: 1))
      fill(&heartbeat)
      core.handle(.heartbeat(heartbeat, arrived: now), at: now, into: &actions)
    }
  }

  /// A group that is listed twice counts as listed last; one that is not listed is held by nobody there.
  @Test func groupsListedTwiceAndNotAtAll() {
    var listener = Listener()
    listener.hear { heartbeat in
      heartbeat.groups.append(GroupReport(group: Self.director, role: .standby, flags: .eligible, term: 3))
      heartbeat.groups.append(GroupReport(group: Self.director, role: .owner, flags: .eligible, term: 4))
    }
    #expect(listener.core.report(by: 0, on: 0).role == .owner && listener.core.report(by: 0, on: 0).term == 4)
    // Who held it has not said that he let go of it.
    listener.hear { _ in }
    #expect(listener.core.report(by: 0, on: 0).role == .owner && !listener.core.mentions(0, 0))
    listener.hear { heartbeat in
      heartbeat.groups.append(GroupReport(group: Self.director, role: .standby, flags: .eligible, rank: 0, term: 4))
    }
    listener.hear { _ in }
    #expect(listener.core.report(by: 0, on: 0) == GroupReport(group: Self.director))
    #expect(listener.core.report(by: 0, on: 0).rank == 255)
  }

  /// Only the lowest bit of *alive* counts.
  @Test(arguments: [(UInt8(0), false), (1, true), (2, false), (3, true), (0xfe, false), (0xff, true)])
  func aliveIsABit(byte: UInt8, isAlive: Bool) throws {
    var datagram = Datagram(HeartbeatCodecTests.sample)
    datagram.bytes[HeartbeatCodec.headerLength + 4] = byte
    #expect(try datagram.parsed().echoes[0].alive == isAlive)
  }

  /// An unproven session is echoed as not alive.
  @Test func theEchoOfAnUnprovenSession() throws {
    var listener = Listener()
    listener.hear { heartbeat in heartbeat.echoes = FixedList(filler: heartbeat.echoes[0]) }
    let said = listener.core.composeHeartbeat(at: .origin)
    try #require(said.echoes.count == 1)
    #expect(!said.echoes[0].alive && said.echoes[0].session == 11 && said.echoes[0].sequence == 1)
    // It has perhaps proven this node's session there: as long as nobody else with the name is alive it is echoed on.
    let later = listener.core.composeHeartbeat(at: .origin + .seconds(60))
    #expect(later.echoes.count == 1 && later.echoes[0].session == 11)
  }

  /// What says *present* holds, and so holds a claim back.
  @Test func presentHolds() {
    #expect(GroupReport(group: Self.director, role: .standby, flags: .present).holds)
    #expect(!GroupReport(group: Self.director, role: .standby, flags: .eligible).holds)
  }

  /// All three notices of a restart say that the sender could carry what it holds.
  @Test func eligibleInAllThreeNotices() throws {
    let trial = Agreement.cautious().settledTrial()
    trial.restart(0)
    trial.run(for: .milliseconds(50))
    let notices = try #require(trial.world.journal).datagrams.filter {
      $0.host == 0 && $0.heartbeat.flags.contains(.restarting)
    }
    #expect(notices.count == 3)
    for notice in notices { #expect(notice.heartbeat.groups[0].flags.contains(.eligible)) }
    #expect(zip(notices, notices.dropFirst()).allSatisfy { $1.at - $0.at == .milliseconds(10) })
  }

  /// Of several Ethernet addresses the first is asked.
  @Test func theFirstHardwareAddressIsAsked() {
    var listener = Listener(.cautious())
    listener.hear { heartbeat in
      heartbeat.groups.append(GroupReport(group: Self.director, role: .owner, flags: .eligible, rank: 0, term: 1))
      for number in 5...7 { heartbeat.hardware.append(EthernetAddress(rawValue: UInt64(number))) }
    }
    listener.actions.clear()
    for step in 1...40 {
      listener.core.handle(.timer, at: .origin + .milliseconds(Int64(step) * 8), into: &listener.actions)
    }
    let asked = Set(listener.actions.all.compactMap { if case .probe(_, let hardware?) = $0 { hardware } else { nil } })
    #expect(asked == [EthernetAddress(rawValue: 5)])
  }

  /// Its own rank a node takes from its configuration, another's from what that says.
  @Test func ranks() {
    var listener = Listener()
    listener.hear { heartbeat in
      heartbeat.groups.append(
        GroupReport(group: Self.director, role: .standby, flags: .eligible, rank: 200, term: 0))
    }
    #expect(listener.core.candidateOrder(of: 0, for: 0).rank == 200)
    #expect(listener.core.myCandidateOrder(0, at: .origin).rank == 1)
  }

  /// A namesake is current for the deadtime that it announces, but at most for this node's own.
  @Test(arguments: [(Int64(200), Int64(200)), (600_000, 300)])
  func aNamesakeIsCurrent(for announced: Int64, expected: Int64) {
    var listener = Listener()
    listener.hear { heartbeat in
      heartbeat.node = Tag(of: "loadb2")
      heartbeat.session = 77
      heartbeat.deadtime = .milliseconds(announced)
    }
    #expect(listener.core.namesakeEnd(at: .origin) == .origin + .milliseconds(expected))
  }
}

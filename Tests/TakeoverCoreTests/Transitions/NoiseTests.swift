import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// R7: whatever authentic nonsense comes in whatever order, the core goes on, and says nothing that it would not read.
@Suite struct NoiseTests {
  private static let agreement: Agreement = {
    var agreement = Agreement(nodes: ["loadb1", "loadb2", "loadb3"])
    agreement.groups = (0..<3).map { .init(name: "vip\($0)", preferred: ["loadb1", "loadb2", "loadb3"]) }
    return agreement
  }()

  @Test(arguments: 0..<20)
  func anyEventAtAnyTime(seed: UInt64) {
    var dice = Dice(seed: seed)
    var cluster = Self.agreement.cluster(of: "loadb2")
    cluster.groups[0].onConflict = .wait
    cluster.groups[1].lease = .seconds(3)
    var core = TakeoverCore(cluster: cluster, session: 5)
    var actions = ActionList()
    var now = Instant.origin
    var roles = Array(repeating: GroupReport.Role.listening, count: 3)
    var terms = Array(repeating: UInt64(0), count: 3)
    var transitions = 0
    var unreadable = 0
    var outdated = 0
    for step in 0..<5_000 {
      let pause = dice.chance(0.002) ? 2_000_000 : dice.chance(0.5) ? 0 : 50_000
      now = now + .microseconds(Int64.random(in: 0...Int64(pause), using: &dice))
      let event = step == 0 ? .started : anyEvent(with: &dice, to: core, claimed: terms, at: now)
      actions.clear()
      core.handle(event, at: now, into: &actions)
      if case .timer = event { #expect(core.nextDeadline > now) }
      for action in actions.all {
        switch action {
        case .sendHeartbeat:
          if (try? Datagram(core.composeHeartbeat(at: now)).parsed()) == nil { unreadable += 1 }
        case .addAddresses(let group, let term): terms[Int(group.position)] = term
        case .report(.transitioned(let group, let from, let to, _, _)):
          transitions += 1
          #expect(roles[Int(group.position)] == from)
          roles[Int(group.position)] = to
        default: continue
        }
      }
      if dice.chance(0.001) {
        var successor = TakeoverCore(cluster: cluster, session: core.currentSession)
        actions.clear()
        successor.succeed(core, at: now, into: &actions)
        core = successor
      }
      for later in [.zero, Interval.milliseconds(1), .seconds(2)] where isOutdated(core, at: now + later) {
        outdated += 1
      }
      for end in [Event.stop, .restart] {
        var leaving = core
        actions.clear()
        leaving.handle(end, at: now, into: &actions)
        if isOutdated(leaving, at: now) { outdated += 1 }
      }
    }
    #expect(transitions > 100)
    #expect(unreadable == 0)
    #expect(outdated == 0)
  }

  /// Whether what is kept about the groups from one change to the next differs from what would be worked out now.
  private func isOutdated(_ core: TakeoverCore, at now: Instant) -> Bool {
    var speaker = core
    let heartbeat = speaker.composeHeartbeat(at: now)
    return core.groups.indices.contains { position in
      heartbeat.groups[position] != core.report(on: position, at: now)
        || core.nextDecision > core.groups[position].deadline && core.nextDecision != .never
        || core.mayHearLater && !core.isAtRest(position)
    }
  }

  private func anyEvent(with dice: inout Dice, to core: TakeoverCore, claimed terms: [UInt64], at now: Instant) -> Event
  {
    let position = Int.random(in: 0...3, using: &dice)
    let group = GroupIndex(position)
    let term = position < 3 && dice.chance(0.9) ? terms[position] : UInt64.random(in: 0...20, using: &dice)
    let hardware = EthernetAddress(rawValue: UInt64.random(in: 1...4, using: &dice))
    switch Int.random(in: 0..<38, using: &dice) {
    case 0: return .started
    case 1: return .addressesFailed(group, term: term)
    case 2...3: return .addressesRemoved(group)
    case 4: return .addressesLost(group)
    case 5...6: return .announced(group, term: term, at: now)
    case 7...8: return .addressesAdded(group, term: term, at: now)
    case 9...11: return .linkUp(group)
    case 12: return dice.chance(0.2) ? .linkDown(group) : .timer
    case 13...14: return .hearing
    case 15: return dice.chance(0.2) ? .deaf : .timer
    case 16...19: return .timer
    case 20: return dice.chance(0.1) ? .addressesFound(group) : .timer
    case 21...22: return .leased(group, until: now + .milliseconds(Int64.random(in: 1...3_000, using: &dice)))
    case 23: return .answered(group, by: hardware)
    case 24: return .echoed(group, by: hardware)
    case 25...26:
      let request = Request.allCases[Int.random(in: 0..<Request.allCases.count, using: &dice)]
      return .request(request, dice.chance(0.2) ? nil : group, force: dice.chance(0.2))
    default:
      let waited = Interval.milliseconds(Int64.random(in: -1...20, using: &dice))
      return .heartbeat(anyHeartbeat(with: &dice, to: core), arrived: now - waited)
    }
  }

  private func anyHeartbeat(with dice: inout Dice, to core: TakeoverCore) -> Heartbeat {
    func any<Number: FixedWidthInteger & UnsignedInteger>(_ usual: ClosedRange<Number>, _ most: Number = .max) -> Number
    {
      dice.chance(0.001) ? most : Number.random(in: usual, using: &dice)
    }
    let keepalive = Int64(any(1...200_000 as ClosedRange<UInt32>))
    var heartbeat = Heartbeat(
      cluster: Tag(of: dice.chance(0.01) ? "another" : "loadb"),
      node: Tag(of: "loadb\(any(1...4 as ClosedRange<UInt8>))"),
      fingerprint: any(1...2), session: any(1...2), sequence: any(core.sequence * 3 + 1...core.sequence * 3 + 9),
      keepalive: .microseconds(keepalive),
      deadtime: .microseconds(keepalive + Int64(any(1...1_000_000 as ClosedRange<UInt32>))),
      flags: Heartbeat.Flags(rawValue: any(0...1)))
    for _ in 0..<any(0...3 as ClosedRange<UInt8>, 30) {
      heartbeat.echoes.append(
        .init(
          node: Tag(of: dice.chance(0.9) ? "loadb2" : "loadb1"), alive: dice.chance(0.9),
          session: dice.chance(0.9) ? 5 : any(0...9), sequence: any(0...max(1, core.sequence))))
    }
    for _ in 0..<any(0...5 as ClosedRange<UInt8>, 32) {
      heartbeat.groups.append(
        GroupReport(
          group: Tag(of: "vip\(any(0...3 as ClosedRange<UInt8>))"),
          role: GroupReport.Role(rawValue: any(0...5, 5)) ?? .listening, flags: .init(rawValue: any(0...127)),
          rank: any(0...3), degraded: any(0...1), term: any(0...20, HeartbeatCodec.maximumTerm),
          target: Tag(of: "loadb\(any(1...3 as ClosedRange<UInt8>))")))
    }
    return heartbeat
  }
}

import Testing

@testable import TakeoverCore

/// A reload while the node is about to do something else.
@Suite struct AwkwardReloadTests {
  private let cluster = Agreement().cluster(of: "loadb1")

  /// After a timer the next deadline lies ahead: otherwise the heartbeat thread would spin.
  @Test func aReloadDuringARestartIsNoReasonToSpin() {
    var core = TakeoverCore(cluster: cluster, session: 5)
    var actions = ActionList()
    core.handle(.started, at: .origin, into: &actions)
    core.handle(.restart, at: .origin, into: &actions)
    var successor = TakeoverCore(cluster: cluster, session: 5)
    successor.succeed(core, at: .origin, into: &actions)
    successor.handle(.timer, at: .origin, into: &actions)
    #expect(successor.nextDeadline > .origin)
  }

  /// A stall silences the node until it has let go of everything; a group that a reload drops is no reason to wait.
  @Test func aReloadThatDropsAStalledGroupEndsTheSilence() {
    var agreement = Agreement()
    let other = Agreement.Group(name: "other", preferred: agreement.nodes)
    agreement.groups.append(other)
    var core = TakeoverCore(cluster: agreement.cluster(of: "loadb1"), session: 5)
    var actions = ActionList()
    for event in [.started, .hearing, .linkUp(GroupIndex(1))] as [Event] {
      core.handle(event, at: .origin, into: &actions)
    }
    var now = Instant.origin
    while !actions.all.contains(where: { if case .addAddresses = $0 { true } else { false } }),
      now < .origin + .seconds(5)
    {
      now = core.nextDeadline
      core.handle(.timer, at: now, into: &actions)
    }
    actions.clear()
    now = now + .seconds(2)
    core.handle(.timer, at: now, into: &actions)
    #expect(!actions.says, "it lets go first")
    var successor = TakeoverCore(cluster: cluster, session: 5)
    successor.succeed(core, at: now, into: &actions)
    actions.clear()
    successor.handle(.timer, at: now, into: &actions)
    #expect(actions.says)
  }
}

extension ActionList {
  fileprivate var says: Bool { all.contains { if case .sendHeartbeat = $0 { true } else { false } } }
}

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

  /// What both configurations hold does not move, whatever it is called.
  @Test func aGroupOfAnotherNameGoesOn() {
    var core = TakeoverCore(cluster: cluster, session: 5)
    var actions = ActionList()
    let now = becomeOwner(&core, &actions)
    var agreement = Agreement()
    agreement.groups[0].name = "web"
    agreement.groups.append(.init(name: "other", preferred: agreement.nodes))
    var successor = TakeoverCore(cluster: agreement.cluster(of: "loadb1"), session: 5)
    actions.clear()
    successor.succeed(core, inheriting: [Inheritance(GroupIndex(0), of: GroupIndex(0))], at: now, into: &actions)
    #expect(successor.role(of: GroupIndex(0)) == .owner && successor.role(of: GroupIndex(1)) == .listening)
    #expect(actions.all.contains { if case .addAddresses(GroupIndex(0), term: 1) = $0 { true } else { false } })
    let said = successor.composeHeartbeat(at: now)
    #expect(said.groups[0].group == Tag(of: "web") && said.groups[0].role == .owner && said.groups[0].term == 1)
  }

  /// The removal was ordered under a name that nobody knows any more, and its end is told under it.
  @Test func aRemovalIsOrderedAnewUnderTheNewName() {
    var core = TakeoverCore(cluster: cluster, session: 5)
    var actions = ActionList()
    let now = becomeOwner(&core, &actions)
    core.handle(.linkDown(GroupIndex(0)), at: now, into: &actions)
    var agreement = Agreement()
    agreement.groups[0].name = "web"
    var successor = TakeoverCore(cluster: agreement.cluster(of: "loadb1"), session: 5)
    actions.clear()
    successor.succeed(core, inheriting: [Inheritance(GroupIndex(0), of: GroupIndex(0))], at: now, into: &actions)
    #expect(successor.role(of: GroupIndex(0)) == .releasing)
    #expect(actions.all.contains { if case .removeAddresses(GroupIndex(0)) = $0 { true } else { false } })
    successor.handle(.addressesRemoved(GroupIndex(0)), at: now, into: &actions)
    #expect(successor.role(of: GroupIndex(0)) == .listening)
  }

  /// What a holder answers from the others shall know before they take it for a stranger's.
  @Test func anotherEthernetAddressOfAHolderIsSaidAtOnce() {
    var core = TakeoverCore(cluster: cluster, session: 5)
    var actions = ActionList()
    let now = becomeOwner(&core, &actions)
    var hardware = HardwareList(filler: .zero)
    hardware.append(EthernetAddress(rawValue: 0x0200_0000_0011))
    for says in [true, false] {
      actions.clear()
      core.handle(.hardware(hardware), at: now, into: &actions)
      #expect(actions.says == says)
    }
    #expect(core.composeHeartbeat(at: now).hardware[0] == EthernetAddress(rawValue: 0x0200_0000_0011))
  }

  private func becomeOwner(_ core: inout TakeoverCore, _ actions: inout ActionList) -> Instant {
    for event in [.started, .hearing, .linkUp(GroupIndex(0))] as [Event] {
      core.handle(event, at: .origin, into: &actions)
    }
    while core.role(of: GroupIndex(0)) != .claiming, core.nextDeadline < .origin + .seconds(5) {
      core.handle(.timer, at: core.nextDeadline, into: &actions)
    }
    let now = core.nextDeadline
    core.handle(.addressesAdded(GroupIndex(0), term: 1, at: now), at: now, into: &actions)
    core.handle(.announced(GroupIndex(0), term: 1, at: now), at: now, into: &actions)
    #expect(core.role(of: GroupIndex(0)) == .owner)
    return now
  }
}

extension ActionList {
  fileprivate var says: Bool { all.contains { if case .sendHeartbeat = $0 { true } else { false } } }
}

import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// R8: a new configuration moves nothing unless it says so.
@Suite struct ReloadScenarios {
  @Test(arguments: 0..<20)
  func theSameConfiguration(seed: UInt64) {
    let agreement = Agreement()
    let trial = agreement.settledTrial(seed: seed)
    let since = trial.now
    for round in 0..<6 {
      trial.run(for: .milliseconds(Int64(seed) * 17 + 3))
      trial.reload(round % 2, with: agreement.cluster(of: agreement.nodes[round % 2]))
    }
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty && trial.record.gaps.isEmpty)
    #expect(trial.transitions(since: since) == 0)
    for host in 0...1 {
      #expect(trial.reports(by: host, since: since) { if case .joined = $0 { true } else { false } } == 0)
    }
  }

  @Test func otherTimes() {
    var agreement = Agreement()
    let trial = agreement.settledTrial()
    let since = trial.now
    agreement.keepalive = .milliseconds(20)
    agreement.warntime = .milliseconds(60)
    agreement.deadtime = .milliseconds(100)
    for host in 0...1 {
      trial.reload(host, with: agreement.cluster(of: agreement.nodes[host]))
      trial.run(for: .milliseconds(500))
    }
    #expect(trial.transitions(since: since) == 0)
    trial.crash(0)
    trial.run(for: .milliseconds(103))
    trial.expectOwner(1)
  }

  @Test func aNewGroup() {
    var agreement = Agreement()
    let trial = agreement.settledTrial()
    let since = trial.now
    agreement.groups.insert(.init(name: "vip7", preferred: ["loadb2", "loadb1"]), at: 0)
    for host in 0...1 {
      trial.reload(host, with: agreement.cluster(of: agreement.nodes[host]))
      trial.run(for: .milliseconds(250))
    }
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    trial.expectOwner(1, of: Tag(of: "vip7"))
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
    // A first heartbeat that does not know of the link yet would have the worse node claim, and hand over at once.
    #expect(trial.changes(to: .releasing, by: 0, since: since).count <= 1)
  }

  @Test func aGroupLess() {
    var agreement = Agreement()
    agreement.groups.insert(.init(name: "vip7", preferred: ["loadb1", "loadb2"]), at: 0)
    let trial = agreement.settledTrial()
    let claims = trial.changes(to: .claiming, by: 0).count
    agreement.groups.removeFirst()
    for host in 0...1 {
      trial.reload(host, with: agreement.cluster(of: agreement.nodes[host]))
      trial.run(for: .milliseconds(50))
    }
    trial.run(for: .seconds(3))
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 0).count == claims)
    #expect(trial.record.gaps.allSatisfy { $0.group != Trial.director })
    // Nor between the two reloads: who does not mention a group that he held may have it under another name.
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    #expect(trial.holders(of: Tag(of: "vip7")).isEmpty)
  }

  /// A node that was the owner and does not mention the group any more has not said that it let go.
  @Test(arguments: [GroupRules.ConflictPolicy.claim, .wait])
  func aGroupThatOnlyOneNodeStillKnows(_ policy: GroupRules.ConflictPolicy) {
    var agreement = Agreement.cautious(onConflict: policy)
    agreement.groups.append(.init(name: "vip7", preferred: agreement.nodes, lease: .seconds(3), onConflict: policy))
    let trial = agreement.settledTrial()
    trial.expectOwner(0)
    agreement.groups.removeFirst()
    agreement.fingerprint = 2
    trial.reload(0, with: agreement.cluster(of: "loadb1"))
    // Less than eight deadtimes.
    trial.run(for: .seconds(2))
    #expect(trial.holders().isEmpty)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    trial.run(for: .seconds(3))
    // The silence of the wire says so in the end.
    #expect(trial.holders() == [1])
    trial.crash(0)
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
  }

  /// The same, but it goes on holding the addresses under another name: no time makes a second holder.
  @Test func aNameThatOnlyOneNodeKnows() {
    var agreement = Agreement.cautious()
    let trial = agreement.settledTrial()
    agreement.groups[0].name = "vip7"
    // Its kernel answers on for what it has, whatever it is called.
    trial.place([.init(group: Trial.director, hardware: trial.hosts[0].hardware)])
    trial.reload(0, with: agreement.cluster(of: "loadb1"))
    trial.run(for: .seconds(30))
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
  }

  /// A node owned the group, died, and comes back with another name for it: what it said before is over.
  @Test(arguments: [GroupRules.ConflictPolicy.claim, .wait])
  func backWithAnotherName(_ policy: GroupRules.ConflictPolicy) {
    var agreement = Agreement.cautious(onConflict: policy)
    let trial = agreement.settledTrial()
    trial.crash(0)
    trial.run(for: .seconds(5))
    trial.expectOwner(1)
    agreement.groups[0].name = "vip7"
    trial.configure(0, with: agreement.cluster(of: "loadb1"))
    trial.start(0)
    trial.run(for: .milliseconds(900))
    #expect(trial.reports(by: 1) { if case .joined = $0 { true } else { false } } == 2)
    #expect(trial.reports(by: 1) { if case .conflict = $0 { true } else { false } } == 0)
  }

  /// Whatever the policy, a claim of what a live node does not mention waits for the wire.
  @Test(arguments: [GroupRules.ConflictPolicy.claim, .wait])
  func startedWithAnotherName(_ policy: GroupRules.ConflictPolicy) {
    var agreement = Agreement.cautious(onConflict: policy)
    let trial = agreement.settledTrial()
    trial.crash(1)
    trial.run(for: .seconds(5))
    agreement.groups[0].name = "vip7"
    trial.configure(1, with: agreement.cluster(of: "loadb2"))
    // The owner's kernel answers for the same addresses, whatever they are called.
    let kernel = Trial.Bystander(group: Tag(of: "vip7"), hardware: trial.hosts[0].hardware)
    trial.place([kernel])
    trial.start(1)
    trial.run(for: .seconds(30))
    // Shorter than a deadtime, in which many probes would be lost.
    trial.place([])
    trial.run(for: .milliseconds(90))
    trial.place([kernel])
    trial.run(for: .seconds(1))
    #expect(trial.holders(of: Tag(of: "vip7")).isEmpty)
  }

  @Test func groupsAndNodesInAnotherOrder() {
    var agreement = Agreement(nodes: ["loadb1", "loadb2", "loadb3"])
    agreement.groups = (0..<3).map { number in
      .init(name: "vip\(number)", preferred: (0..<3).map { "loadb\(1 + ($0 + number) % 3)" })
    }
    let trial = agreement.settledTrial()
    let since = trial.now
    agreement.nodes.reverse()
    agreement.groups.swapAt(0, 2)
    for (host, name) in ["loadb1", "loadb2", "loadb3"].enumerated() {
      trial.reload(host, with: agreement.cluster(of: name))
      trial.run(for: .milliseconds(130))
    }
    trial.run(for: .seconds(2))
    #expect(trial.transitions(since: since) == 0, "\(trial.transcript())")
    for number in 0..<3 { trial.expectOwner(number, of: Tag(of: "vip\(number)")) }
    #expect(trial.record.overlaps.isEmpty && trial.record.gaps.isEmpty)
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.expectOwner(2, of: Tag(of: "vip1"))
  }

  @Test func aNewNode() {
    let smaller = Agreement()
    let larger = Agreement(nodes: ["loadb3", "loadb1", "loadb2"])
    let trial = Trial(
      [smaller.cluster(of: "loadb1"), smaller.cluster(of: "loadb2"), larger.cluster(of: "loadb3")],
      names: ["loadb1", "loadb2", "loadb3"], seed: 1)
    trial.start(0)
    trial.start(1)
    trial.run(for: .seconds(2))
    let since = trial.now
    for host in 0...1 { trial.reload(host, with: larger.cluster(of: trial.hosts[host].name)) }
    trial.run(for: .seconds(1))
    #expect(trial.transitions(since: since) == 0)
    trial.start(2)
    trial.run(for: .seconds(2))
    trial.expectOwner(2)
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
  }

  /// The new configuration says that the other node goes first: a move, but a planned one.
  @Test func anotherPreference() {
    var agreement = Agreement()
    let trial = agreement.settledTrial()
    agreement.groups[0].preferred.reverse()
    for host in 0...1 { trial.reload(host, with: agreement.cluster(of: agreement.nodes[host])) }
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    trial.expectOnlyHandOvers()
    trial.expectNoGap()
  }

  /// Reloads of the giver, of the target or of both, in the middle of a hand-over.
  @Test(arguments: [[0], [1], [0, 1]], [1, 5, 12, 19, 20, 21, 22] as [Int64])
  func duringAHandOver(hosts: [Int], milliseconds: Int64) {
    let agreement = Agreement()
    let trial = agreement.settledTrial()
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.hosts[0].addTakes = .milliseconds(20)
    let start = trial.now
    trial.start(0)
    trial.run(until: trial.now + .seconds(2)) { trial.hosts[0].roles[Trial.director] == .claiming }
    trial.run(for: .milliseconds(milliseconds))
    for host in hosts { trial.reload(host, with: agreement.cluster(of: agreement.nodes[host])) }
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    // The target adds twice.
    trial.expectOnlyHandOvers(within: .milliseconds(25))
    trial.expectNoGap(since: start)
    #expect(trial.changes(to: .claiming, by: 0, since: start).count == 1)
  }

  /// The target of a hand-over is not in the new configuration: the owner goes on.
  @Test func theTargetIsGone() {
    let trial = Agreement().settledTrial()
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.hosts[0].addTakes = .milliseconds(50)
    let start = trial.now
    trial.start(0)
    trial.run(until: trial.now + .seconds(2)) { trial.hosts[1].roles[Trial.director] == .releasing }
    trial.crash(0)
    trial.reload(1, with: Agreement(nodes: ["loadb2"]).cluster(of: "loadb2"))
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    trial.expectNoGap(since: start)
  }

  /// An owner that this node hears but that does not hear it holds a claim back, across a reload too.
  @Test func anUnprovenOwnerStillHoldsAClaimBack() {
    let agreement = Agreement()
    let trial = agreement.settledTrial()
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.paths[1][0].isCut = true
    trial.start(1)
    trial.run(for: .milliseconds(2_050))
    for _ in 0..<10 {
      trial.reload(1, with: agreement.cluster(of: "loadb2"))
      trial.run(for: .milliseconds(33))
    }
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    #expect(trial.record.overlaps.isEmpty)
  }

  @Test func whileStopping() {
    let agreement = Agreement()
    let trial = agreement.settledTrial()
    trial.hosts[1].addTakes = .milliseconds(50)
    trial.stop(0)
    trial.run(for: .milliseconds(10))
    trial.reload(0, with: agreement.cluster(of: "loadb1"))
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    #expect(trial.hosts[0].finishedAt != nil)
    #expect(trial.goodbyes(of: 0).count == 3)
    trial.expectNoGap()
  }

  @Test func aCoreThatIsDoneStaysDone() {
    let cluster = Agreement().cluster(of: "loadb1")
    var done = TakeoverCore(cluster: cluster, session: 1)
    var actions = ActionList()
    done.handle(.started, at: .origin, into: &actions)
    done.handle(.stop, at: .origin, into: &actions)
    for _ in 0..<3 { done.handle(.timer, at: done.nextDeadline, into: &actions) }
    #expect(done.nextDeadline == .never)
    var successor = TakeoverCore(cluster: cluster, session: 1)
    actions.clear()
    successor.succeed(done, at: .origin + .seconds(1), into: &actions)
    #expect(successor.nextDeadline == .never && actions.all.isEmpty)
  }

  /// Files that say different things: once at the beginning, once at the end.
  @Test func differentConfigurations() {
    var agreement = Agreement()
    let trial = agreement.settledTrial()
    let since = trial.now
    agreement.fingerprint = 2
    trial.reload(0, with: agreement.cluster(of: "loadb1"))
    trial.run(for: .seconds(3))
    trial.reload(1, with: agreement.cluster(of: "loadb2"))
    trial.run(for: .seconds(3))
    #expect(trial.transitions(since: since) == 0)
    let differ = (0...1).map { trial.reports(by: $0) { if case .configurationDiffers = $0 { true } else { false } } }
    #expect(differ == [1, 1])
    let agree = (0...1).map { trial.reports(by: $0) { if case .configurationAgrees = $0 { true } else { false } } }
    #expect(agree == [1, 0])
  }
}

extension Trial {
  fileprivate func transitions(since: Instant) -> Int {
    hosts.indices.map { reports(by: $0, since: since) { if case .transitioned = $0 { true } else { false } } }.reduce(
      0, +)
  }
}

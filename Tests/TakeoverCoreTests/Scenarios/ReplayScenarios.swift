import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// Somebody recorded the network and plays it back, or has a key and the wrong name.
@Suite struct ReplayScenarios {
  /// The recorded owner is dead, and its would-be successor has restarted: the recording holds the claim back while
  /// it lasts, once, and makes nobody alive.
  @Test func recordingFromBeforeTheStart() {
    let trial = Agreement().settledTrial()
    let recording = trial.recording(of: 0)
    trial.crash(0)
    trial.crash(1)
    trial.start(1)
    let end = trial.play(recording, to: 1)
    trial.run(until: end)
    #expect(trial.holders().isEmpty)
    #expect(trial.hosts[1].roles[Trial.director] == .standby)
    trial.run(for: .milliseconds(310))
    trial.expectOwner(1)
    let again = trial.play(recording, to: 1)
    trial.run(until: again)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    #expect(trial.changes(to: .claiming, by: 1).count == 1)
    #expect(trial.reports(by: 1, since: .origin + .seconds(4)) { if case .joined = $0 { true } else { false } } == 0)
    #expect(trial.reports(by: 1) { if case .unproven = $0 { true } else { false } } == 1)
    #expect(trial.hosts[1].drops[.unproven, default: 0] >= 2 * recording.count)
  }

  /// Replayed to a standby that has not restarted, the recording is old news of a session it knows.
  @Test func recordingOfTheSessionItKnows() {
    let trial = Agreement().settledTrial()
    let recording = trial.recording(of: 0)
    trial.crash(0)
    let end = trial.play(recording, to: 1)
    trial.run(for: .milliseconds(305))
    trial.expectOwner(1)
    trial.run(until: end)
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    let echoing = recording.count { $0.bytes[41] != 0 }
    #expect(trial.hosts[1].drops[.notNewer, default: 0] == echoing)
  }

  /// The peer has restarted meanwhile: what its former session said cannot echo what was said to it later.
  @Test func recordingOfAFormerSession() {
    let trial = Agreement(autoFailback: false).settledTrial()
    let recording = trial.recording(of: 0)
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.start(0)
    trial.run(for: .seconds(2))
    trial.expectOwner(1)
    let moves = trial.moves
    let proven = recording.count { $0.bytes[41] != 0 }
    trial.play(recording, to: 1)
    trial.run(for: .seconds(6))
    trial.expectOwner(1)
    #expect(trial.moves == moves)
    #expect(trial.hosts[1].drops[.formerSession, default: 0] >= proven - 1)
    #expect(trial.hosts[1].drops[.formerSession, default: 0] <= recording.count)
    // And the former session of the peer is not alive again when the new one dies.
    trial.crash(0)
    trial.play(recording, to: 1)
    trial.run(for: .seconds(6))
    #expect(trial.reports(by: 1) { if case .dead = $0 { true } else { false } } == 2)
    trial.expectOwner(1)
  }

  /// What an owner said before its own restart comes back to it: the name is taken, it thinks; but nothing moves.
  @Test func recordingOfOnesOwnFormerSession() {
    let trial = Agreement().settledTrial()
    let recording = trial.recording(of: 0)
    trial.stop(0)
    trial.run(for: .seconds(1))
    trial.start(0)
    trial.run(for: .seconds(2))
    trial.expectOwner(0)
    let moves = trial.moves
    trial.play(recording, to: 0)
    trial.run(for: .seconds(6))
    trial.expectOwner(0)
    #expect(trial.moves == moves, "\(trial.transcript())")
    #expect(trial.hosts[0].drops[.namesake, default: 0] == recording.count)
  }

  /// A live owner that does not hear the newcomer: the newcomer may not claim, and says why.
  @Test func anUnprovenOwnerHoldsAClaimBack() {
    let trial = Agreement().settledTrial()
    trial.crash(1)
    trial.run(for: .seconds(1))
    trial.paths[1][0].isCut = true
    trial.start(1)
    trial.run(for: .seconds(10))
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    #expect(trial.reports(by: 1) { if case .unproven = $0 { true } else { false } } == 1)
    trial.crash(0)
    trial.run(for: .milliseconds(310))
    trial.expectOwner(1)
  }

  /// Two agents with one name: both say so, the second never claims, and the address stays where it is.
  @Test func namesake() {
    let agreement = Agreement()
    let trial = Trial(
      [agreement.cluster(of: "loadb1"), agreement.cluster(of: "loadb2"), agreement.cluster(of: "loadb2")],
      names: ["loadb1", "loadb2", "impostor"], seed: 1)
    trial.start(0)
    trial.start(1)
    trial.run(for: .seconds(2))
    trial.start(2)
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 2).isEmpty)
    for host in 1...2 { #expect(trial.reports(by: host) { if case .namesake = $0 { true } else { false } } == 1) }
    // Neither may claim, for the other could claim too.
    trial.crash(0)
    trial.run(for: .seconds(5))
    #expect(trial.holders().isEmpty)
    trial.crash(2)
    trial.run(for: .milliseconds(310))
    trial.expectOwner(1)
  }

  /// A cloned machine: the second loadb1 must not take the first one's place in the ears of loadb2, which would
  /// then claim from a live owner.
  @Test func namesakeOfTheOwner() {
    let agreement = Agreement()
    let trial = Trial(
      [agreement.cluster(of: "loadb1"), agreement.cluster(of: "loadb2"), agreement.cluster(of: "loadb1")],
      names: ["loadb1", "loadb2", "impostor"], seed: 1)
    trial.start(0)
    trial.start(1)
    trial.run(for: .seconds(2))
    trial.start(2)
    trial.run(for: .seconds(10))
    trial.expectOwner(0)
    #expect(trial.record.overlaps.isEmpty)
    #expect((1...2).allSatisfy { trial.changes(to: .claiming, by: $0).isEmpty })
    // The first one dies: now the second is as good a loadb1 as any.
    trial.crash(0)
    trial.run(for: .seconds(1))
    trial.expectOwner(2)
  }

  /// A node that the others' configurations do not name, with the right key.
  @Test func unknownNode() {
    let larger = Agreement(nodes: ["loadb1", "loadb2", "loadb3"])
    let smaller = Agreement()
    let trial = Trial(
      [smaller.cluster(of: "loadb1"), smaller.cluster(of: "loadb2"), larger.cluster(of: "loadb3")],
      names: larger.nodes, seed: 1)
    for host in 0...2 { trial.start(host) }
    trial.run(for: .milliseconds(900))
    trial.expectOwner(0)
    let stranger = Tag(of: "loadb3")
    for host in 0...1 {
      #expect(trial.reports(by: host) { if case .unknownNode(stranger) = $0 { true } else { false } } > 0)
      #expect(trial.hosts[host].drops[.unknownNode, default: 0] >= 9)
    }
    // To the stranger the others are live holders that do not prove that they hear it.
    trial.run(for: .seconds(5))
    trial.expectOwner(0)
    #expect(trial.changes(to: .claiming, by: 2).isEmpty)
  }

  @Test func anotherClusterOnTheSamePort() {
    let agreement = Agreement()
    var other = agreement.cluster(of: "loadb2")
    other.tag = Tag(of: "another")
    let trial = Trial([agreement.cluster(of: "loadb1"), other], names: agreement.nodes, seed: 1)
    trial.startAll(within: .milliseconds(100))
    trial.run(for: .seconds(3))
    #expect(trial.owners() == [0, 1])
    for host in 0...1 { #expect(trial.hosts[host].drops[.cluster, default: 0] >= 28) }
  }
}

extension Trial {
  /// Everything a host has said so far.
  fileprivate func recording(of host: Int) -> [Datagram] {
    record.datagrams.filter { $0.host == host }.map(\.datagram)
  }

  /// Plays a recording to a host, a datagram a keepalive. Returns when the last one arrives.
  @discardableResult
  fileprivate func play(_ recording: [Datagram], to host: Int) -> Instant {
    var time = now
    for datagram in recording {
      time = time + .milliseconds(100)
      at(time) { [unowned self] in inject(datagram, to: host) }
    }
    return time
  }

  /// How often a group changed hands or was about to.
  fileprivate var moves: Int {
    hosts.indices.map { changes(to: .claiming, by: $0).count + changes(to: .releasing, by: $0).count }.reduce(0, +)
  }
}

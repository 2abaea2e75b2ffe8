import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// Somebody else than the owner's kernel answers for the owner's addresses.
@Suite struct ProxyScenarios {
  /// The fabric answers in the name of the dead: that holds the claim back for a lease and a second, and no longer.
  @Test func aFabricAnswersForTheDead() throws {
    let trial = Agreement.cautious().settledTrial()
    trial.bystanders = [.init(group: Trial.director, hardware: trial.hosts[0].hardware, isFabric: true)]
    trial.crash(0)
    trial.run(for: .seconds(6))
    trial.expectOwner(1)
    let dead = try #require(trial.times(of: 1) { if case .dead = $0 { true } else { false } }.first)
    let claim = try #require(trial.changes(to: .claiming, by: 1).first)
    guard case .ownerProxied = claim.cause else { return #expect(Bool(false), "\(trial.transcript())") }
    #expect(claim.at - dead >= .seconds(4) && claim.at - dead <= .milliseconds(4_005))
    #expect(trial.reports(by: 1) { if case .proxied = $0 { true } else { false } } == 1)
    #expect((8...12).contains(trial.record.echoes.count))
  }

  /// A living host behind a firewall that eats heartbeats answers echoes: for ever.
  @Test func aFabricAnswersForTheLiving() {
    let trial = Agreement.cautious().settledTrial()
    trial.bystanders = [.init(group: Trial.director, hardware: trial.hosts[0].hardware, isFabric: true)]
    let since = trial.now
    trial.muffle(0)
    trial.run(for: .seconds(30))
    trial.expectOwner(0)
    trial.expectUnmoved(since: since)
    #expect(trial.answers(to: 1) == 1)
    #expect(!trial.record.echoes.isEmpty)
    trial.crash(0)
    trial.run(for: .milliseconds(50))
    trial.expectOwner(1)
  }

  /// A host that answers ARP but no echo is, after a lease and a second, taken for a fabric.
  @Test func aHostThatAnswersNoEchoes() {
    let trial = Agreement.cautious().settledTrial()
    trial.hosts[0].answersEchoes = false
    trial.muffle(0)
    trial.run(for: .milliseconds(4_200))
    trial.expectOwner(0)
    trial.run(for: .milliseconds(200))
    #expect(trial.owners() == [0, 1])
  }

  /// Somebody who is none of the nodes has the address: never claimed, said once, and claimed when he is gone.
  @Test(arguments: [true, false])
  func aStrangerAnswers(answersEchoes: Bool) throws {
    let trial = Agreement.cautious().settledTrial()
    trial.bystanders = [.init(group: Trial.director, hardware: Trial.stranger, answersEchoes: answersEchoes)]
    trial.crash(0)
    trial.run(for: .seconds(20))
    #expect(trial.changes(to: .claiming, by: 1).isEmpty)
    #expect(trial.answers(to: 1) == 1)
    trial.bystanders = []
    let gone = trial.now
    trial.run(for: .seconds(1))
    trial.expectOwner(1)
    #expect(trial.changes(to: .claiming, by: 1).allSatisfy { $0.at - gone <= .milliseconds(40) })
  }

  /// The owner's kernel and somebody else answer by turns: each is reported once, not each answer.
  @Test func twoAnswerByTurns() {
    let trial = Agreement.cautious().settledTrial()
    trial.bystanders = [.init(group: Trial.director, hardware: Trial.stranger, isFabric: true)]
    trial.muffle(0)
    trial.run(for: .seconds(10))
    trial.expectOwner(0)
    #expect(trial.answers(to: 1) == 2)
  }
}

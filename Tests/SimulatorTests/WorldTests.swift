import Simulator
import TakeoverCore
import Testing

/// The world by hand, and a checker that can fail.
@Suite struct WorldTests {
  private func settledWorld(_ change: (inout Schedule) -> Void = { _ in }) -> World {
    var schedule = Schedule(seed: 1, nodes: 2)
    change(&schedule)
    let world = World(schedule, keepsJournal: true)
    world.run(until: .origin + .seconds(4))
    return world
  }

  private func owners(_ world: World) -> [Int] {
    world.hosts.indices.filter { world.hosts[$0].core != nil && world.hosts[$0].roles[0] == .owner }
  }

  @Test func thePreferredOwnsAndTheOtherTakesOver() {
    let world = settledWorld()
    #expect(owners(world) == [0])
    world.crash(0)
    world.run(for: .milliseconds(310))
    #expect(owners(world) == [1])
    world.boot(0)
    world.run(for: .seconds(2))
    #expect(owners(world) == [0])
    #expect(world.violations.isEmpty)
  }

  /// The lease ends by itself, at the earliest where the agent expects it and at the latest a second later.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aKilledAgentsAddressEndsWithItsLease(seed: UInt64) throws {
    let world = settledWorld { $0.seed = seed }
    let killed = world.now
    world.kill(0)
    world.run(for: .seconds(6))
    let holdings = try #require(world.journal?.holdings)
    let end = try #require(holdings.last { $0.host == 0 && !$0.holds }?.at)
    #expect(end - killed >= .milliseconds(2_200) && end - killed <= .milliseconds(4_010))
    let next = try #require(holdings.last { $0.host == 1 && $0.holds }?.at)
    #expect(next >= end && next - end <= .milliseconds(45))
  }

  @Test func whatIsStoppedLetsGoBeforeItSpeaks() {
    let world = settledWorld { $0.groups[0].asksFirst = false }
    world.suspend(0, for: .seconds(2))
    world.run(for: .seconds(8))
    #expect(world.violations.isEmpty, "\(world.journal?.transcript ?? "")")
    #expect(owners(world) == [0])
  }

  /// A second holder that nobody's protocol made: the checker sees it.
  @Test func theCheckerSeesTwoHolders() {
    var schedule = Schedule(seed: 1, nodes: 2)
    schedule.groups[0].autoFailback = false
    let world = World(schedule, keepsJournal: true)
    world.run(until: .origin + .seconds(4))
    world.removeTakes = .init(.seconds(9), .seconds(9))
    var cut = Fault(.cut, at: .zero, for: .seconds(10))
    cut.from = 1
    cut.to = 2
    cut.isBothWays = true
    world.begin(cut)
    world.run(for: .seconds(20))
    #expect(world.violations.first != nil, "\(world.journal?.transcript ?? "")")
  }
}

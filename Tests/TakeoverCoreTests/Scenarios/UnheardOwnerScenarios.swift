import Testing

@testable import TakeoverCore
import struct TakeoverCore.Tag

/// What answers on the wire while the heartbeats are silent, and what it holds back for how long.
@Suite struct UnheardOwnerScenarios {
  private static let owners = EthernetAddress(rawValue: 0x02_0000_0000_01)
  private static let strangers = EthernetAddress(rawValue: 0x02_0000_0000_99)
  private static let all: [Interval] = [.zero, .milliseconds(250), .seconds(2)]

  /// Two nodes of which the other knows the Ethernet address of the first, which dies after this time.
  private func trialWithDeadOwner(after life: Interval) -> Trial {
    var agreement = Agreement()
    agreement.groups[0].onConflict = .wait
    let trial = agreement.trial()
    trial.startAll(within: .milliseconds(1))
    trial.run(for: .milliseconds(2))
    var hardware = HardwareList(filler: .zero)
    hardware.append(Self.owners)
    trial.deliver(.hardware(hardware), to: 0)
    // Listening ends when both were heard, and the claim follows 32 ms later.
    trial.run(until: .origin + .milliseconds(110) + life)
    trial.crash(0)
    return trial
  }

  /// A switch answers for the dead: it holds the claim back for a lease and a second, whether or not the dead node had
  /// been heard as the owner.
  @Test(arguments: all) func aProxyHoldsAClaimBackForAWhile(life: Interval) {
    let trial = trialWithDeadOwner(after: life)
    let dark = trial.now
    trial.answerer = Self.owners
    trial.run(for: .milliseconds(3_900))
    #expect(trial.holders().isEmpty, "\(trial.transcript())")
    trial.run(for: .milliseconds(900))
    trial.expectOwner(1)
    #expect(trial.reports(by: 1) { if case .proxied = $0 { true } else { false } } == 1)
    #expect(trial.changes(to: .claiming, by: 1, since: dark).count == 1)
  }

  /// A host that is none of the nodes may have the address by right.
  @Test(arguments: all) func aStrangerHoldsAClaimBackForEver(life: Interval) {
    let trial = trialWithDeadOwner(after: life)
    trial.answerer = Self.strangers
    trial.run(for: .seconds(60))
    #expect(trial.holders().isEmpty)
    trial.answerer = nil
    trial.run(for: .milliseconds(100))
    trial.expectOwner(1)
  }
}

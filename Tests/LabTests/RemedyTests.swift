import Glibc
import Lab
import Linux
import Netlink
import Testing

@testable import Doctor

/// Everything that the doctor says to type or to write is done here, and ends what it was said for.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RemedyTests {
  @Test(.needsRoot, arguments: RemedyTrial.all) func endsWhatItIsFor(_ trial: RemedyTrial) throws {
    try withAgents(trial.config) { agents in try trial.run(RemedyRig(agents)) }
  }

  /// A new kind of advice comes with its trial.
  @Test func everyKindHasATrial() {
    let tried = Set(RemedyTrial.all.flatMap(\.kinds))
    let untried = Remedy.Kind.allCases.filter { $0.manner != .advice && !tried.contains($0) }
    #expect(untried.isEmpty, "no trial does what these say: \(untried)")
  }
}

/// A finding that is brought about, and what is done about it.
struct RemedyTrial: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let kinds: [Remedy.Kind]
  let config: AgentConfig
  let run: @Sendable (RemedyRig) throws -> Void

  init(
    _ name: String, _ kinds: [Remedy.Kind], _ config: AgentConfig = AgentConfig(),
    _ run: @escaping @Sendable (RemedyRig) throws -> Void
  ) {
    testDescription = name
    self.kinds = kinds
    self.config = config
    self.run = run
  }

  static let all = host + files + filters + nodes + agents + addresses + privileges
}

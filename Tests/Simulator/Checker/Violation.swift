import TakeoverCore

/// What must never happen. docs/protocol.md, "Bounds", says each of these with its formula.
package enum Rule: String, CaseIterable, Sendable {
  /// Nobody claims what a reachable kernel has.
  case secondOpinion = "claims what answers on the wire"
  /// Nobody claims from an owner that he hears.
  case livingOwner = "claims from a living owner"
  /// Two holders in contact, for longer than the bound.
  case twoHolders = "two holders"
  /// Exactly one owner, once everything is quiet.
  case oneOwner = "not one owner"
  /// All nodes agree on who the owner is.
  case agreement = "no agreement"
  /// A move without a cause.
  case causelessMove = "moves without a cause"
  /// A claim by a node that must not own anything now.
  case ineligible = "claims though ineligible"
  /// A claim by a node that has not listened.
  case unlistened = "claims without listening"
  /// An announcement of what the kernel has not confirmed.
  case unconfirmed = "announces unconfirmed"
  /// Says something after a stall, before the addresses are gone.
  case afterStall = "speaks after a stall"
  /// Says of its addresses what is not so.
  case truth = "says what is not so"
  /// Asks for the timer at once, or says too much.
  case busyLoop = "busy"
  /// Something is left after a stop.
  case leftBehind = "leaves something behind"
  /// Says owner of what it has not announced.
  case unannounced = "owner unannounced"
  /// Clients that know another host than the owner, once everything is quiet.
  case misled = "clients misled"
  /// Claims before a better node that is ready.
  case notBest = "claims before a better node"
  /// Takes a recording for a node that lives.
  case recording = "believes a recording"
  /// Removes what it hands over before the target has it.
  case gap = "hands over with a gap"
  /// Renews leases for an agent that does not beat.
  case renewal = "renews though stalled"
  /// Takes longer than the bound to serve again.
  case tooSlow = "too slow"
}

extension Rule {
  /// Whether somebody who has the key can break it, for as long as what was said counts.
  var isOpenToForgery: Bool {
    switch self {
    case .secondOpinion, .livingOwner, .twoHolders, .notBest, .gap, .recording, .misled, .tooSlow: true
    case .oneOwner, .agreement, .causelessMove, .ineligible, .unlistened, .unconfirmed, .afterStall, .truth, .busyLoop,
      .leftBehind, .unannounced, .renewal:
      false
    }
  }
}

/// A rule that was broken, by whom and when.
package struct Violation: Sendable, CustomStringConvertible {
  package let rule: Rule
  package let at: Instant
  package let sentence: String

  package var description: String { "t=\(Vocabulary.time(at)) \(rule.rawValue): \(sentence)" }
}

import TakeoverCore

/// How a node has become the owner of a group.
package enum TakeoverKind: String, CaseIterable, Codable, Sendable {
  /// Nobody had the group, or an earlier agent of this node had left its addresses: the cluster has started, or this node's
  /// agent has.
  case start
  /// The former owner has let go of it in good order, or handed it over.
  case planned
  /// The former owner has failed, as far as this node, or an operator by force, can tell.
  case unplanned
}

extension Cause {
  /// What a claim for this reason makes of a takeover.
  package var takeover: TakeoverKind {
    switch self {
    case .ownerDead, .answersStopped, .ownerProxied, .forced: .unplanned
    case .noOwner, .adoption: .start
    default: .planned
    }
  }
}

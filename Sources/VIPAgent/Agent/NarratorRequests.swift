import TakeoverCore

extension Request {
  /// As the command line calls it.
  var words: String {
    switch self {
    case .standby: "standby"
    case .available: "end of the standby"
    case .takeover: "takeover"
    case .failBack: "fail-back"
    }
  }
}

extension Narrator {
  /// Why an operator's request was refused, and what to do.
  func reason(_ refusal: Refusal) -> String {
    switch refusal {
    case .stopping: "the agent is stopping"
    case .nobodyCanTakeIt: "no other node could take the addresses now"
    case .notReady(let node, let readiness): "\(plan.name(of: node)) cannot take it: \(readiness.words)"
    case .alreadyOwner: "this node owns it already"
    case .moving: "it is moving right now; ask again when that is done"
    case .ownerDoesNotHearUs(let node): "the owner \(plan.name(of: node)) does not hear this node"
    case .noOwner: "nobody who is heard owns it"
    case .alreadyBest(let node): "it is on its best node already, \(plan.name(of: node))"
    case .betterNode(let node): "\(plan.name(of: node)) goes before this node: ask there or at the owner"
    case .answered(let hardware):
      "\(hardware.text) still answers for the addresses; by force both may hold them for a while"
    case .heldBack: "a node that is not heard properly or restarts says that it holds the group"
    }
  }
}

extension Readiness {
  /// As part of a sentence about the node.
  var words: String {
    switch self {
    case .ready: "ready"
    case .holding: "it holds the group"
    case .notHeard: "never heard"
    case .dead: "silent for its deadtime"
    case .left: "it said goodbye"
    case .leaving: "its agent is not running or stops"
    case .restarting: "its agent restarts"
    case .onStandby: "it was put on standby, by force or while it could not take it"
    case .lastResort: "it was put on standby, and takes it only if nobody else can"
    case .linkDown: "a device is down there"
    case .deaf: "no heartbeat device is up there, or has an address of its own yet"
    case .faulted: "its kernel refused the addresses"
    case .storm: "somebody keeps removing the addresses there"
    case .namesake: "another agent uses its name"
    case .listening: "it is still listening"
    case .unmentioned: "its configuration does not have the group"
    case .ineligible: "it says that it could not carry the group"
    case .doesNotHearUs: "it does not hear this node"
    }
  }
}

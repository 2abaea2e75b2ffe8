import Engine
import Support
import TakeoverCore

extension MessageFormatter {
  /// Why an operator's request was refused, and what to do.
  func reason(_ refusal: Refusal) -> String {
    switch refusal {
    case .stopping: "the agent is stopping"
    case .nobodyCanTakeIt: "no other node could take the addresses now"
    case .notReady(let node, let readiness): "\(generation.name(of: node)) cannot take it: \(readiness.words)"
    case .alreadyOwner: "this node owns it already"
    case .moving: "it is moving right now; ask again when that is done"
    case .ownerDoesNotHearUs(let node): "the owner \(generation.name(of: node)) does not hear this node"
    case .noOwner: "nobody who is heard owns it"
    case .alreadyBest(let node): "it is on its best node already, \(generation.name(of: node))"
    case .betterNode(let node): "\(generation.name(of: node)) goes before this node: ask there or at the owner"
    case .answered(let hardware):
      "\(hardware.text) still answers for the addresses; by force both may hold them for a while"
    case .heldBack: "a node that is not heard properly or restarts says that it holds the group"
    }
  }
}

import Addresses
import Log
import Support
import TakeoverCore

extension MessageFormatter {
  /// A cause, for programs and for people.
  struct Explanation {
    /// `VIPAGENT_REASON`: it does not change between versions.
    let code: String
    let words: String
    /// Which node it has to do with, how long that was silent, and how many heartbeats were missed.
    let fields: MessageFields

    init(_ code: String, _ words: String, _ fields: MessageFields = [:]) {
      self.code = code
      self.words = words
      self.fields = [.reason: code] + fields
    }
  }

  /// Why a group changed its state.
  func explanation(of cause: Cause) -> Explanation {
    func about(_ code: String, _ node: NodeIndex, _ words: String, _ fields: MessageFields = [:]) -> Explanation {
      Explanation(code, "\(name(node)) \(words)", [.peer: name(node)] + fields)
    }
    switch cause {
    case .linkDown: return Explanation("linkDown", "the device is down or gone")
    case .deaf: return Explanation("deaf", "no heartbeat device is up, or has an address of its own yet")
    case .heardAll: return Explanation("heardAll", "every node was heard")
    case .listened(let time): return Explanation("listened", "listened for \(time.text)")
    case .ownerDead(let node, let silence, let missed):
      return about(
        "ownerDead", node, "silent for \(silence.text), \(missed.heartbeats) missed",
        [.silence: silence.inMicroseconds, .missed: "\(missed)"])
    case .ownerLeft(let node): return about("ownerLeft", node, "said goodbye")
    case .ownerLetGo(let node): return about("ownerLetGo", node, "has let go")
    case .noOwner: return Explanation("noOwner", "nobody had it")
    case .answersStopped(let node, let after):
      return about(
        "answersStopped", node, "has stopped answering for it after \(after.text)", [.silence: after.inMicroseconds])
    case .ownerProxied(let node): return about("ownerProxied", node, "is dead, whatever answers for it")
    case .adoption: return Explanation("adoption", "it is here from an earlier agent and nobody else owns it")
    case .handOver(let node): return about("handOver", node, "hands over")
    case .announced: return Explanation("announced", "announced")
    case .refused: return Explanation("refused", "the kernel refused")
    case .failBack(let node): return about("failBack", node, "is back and preferred")
    case .standby(let node): return Explanation("standby", "put on standby", [.peer: node.map(name)])
    case .requested(let node):
      return Explanation("requested", "the operator wants it on \(name(node))", [.peer: name(node)])
    case .forced: return Explanation("forced", "the operator wants it here by force")
    case .unanswered: return Explanation("unanswered", "the owner has not handed over")
    case .superseded: return Explanation("superseded", "the operator has asked for something else")
    case .stopping(let node): return Explanation("stopping", "stopping", [.peer: node.map(name)])
    case .taken(let node): return about("taken", node, "has taken over")
    case .handOverFailed(let node): return about("handOverFailed", node, "did not take over")
    case .outranked(let node): return about("outranked", node, "has the newer claim")
    case .ownerAlive(let node): return about("ownerAlive", node, "is alive after all")
    case .leaseExpired: return Explanation("leaseExpired", "the kernel did not confirm the lease in time")
    case .storm(let node):
      return Explanation("storm", "somebody keeps removing the addresses", [.peer: node.map(name)])
    case .stalled: return Explanation("stalled", "this agent was not run")
    case .removed: return Explanation("removed", "the addresses are gone")
    case .retry: return Explanation("retry", "trying again")
    }
  }
}

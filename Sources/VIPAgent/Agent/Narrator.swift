import Linux
import TakeoverCore

/// Finds words for what the core reports: one sentence an event, with who, what, why and how long.
struct Narrator {
  typealias Sentence = (priority: Priority, text: String)

  /// The plan whose numbers the reports use.
  var plan: Plan
  /// When the group's last claim began, by tag, to say how long it took.
  private var claimedAt: [Tag: Instant] = [:]

  init(plan: Plan) { self.plan = plan }

  /// The sentence for a report of the core.
  mutating func sentence(for report: Report, at now: Instant) -> Sentence {
    switch report {
    case .transitioned(let group, let from, let to, let cause, let term):
      return transition(group, from: from, to: to, because: cause, term: term, at: now)
    case .conflict(let group, let node, let theirTerm, let won):
      return conflict(group, with: name(node), theirTerm: theirTerm, won: won)
    case .interference(let group):
      return (.warning, "somebody removed an address of group \(self.group(group).name): putting it back")
    case .stalled(let lateness):
      return (
        .critical,
        "this agent was not run for \(lateness.text) beyond its time: letting go of everything and listening again"
      )
    case .endedEarly:
      return (.error, "stopping although the kernel has not confirmed that all addresses are gone")
    case .unknownNode(let tag):
      return (
        .error,
        """
        a node with tag \(hex(tag.rawValue)) signs with our key but is not in the configuration: \
        add it as [[node]] on all nodes, or give it another cluster name or key
        """
      )
    case .namesake(let session):
      return (
        .error,
        """
        another agent calls itself \(plan.name(of: plan.me)) too (session \(hex(session))): give one of the two \
        hosts another name; until then this one takes no address
        """
      )
    case .answered(let group, let hardware, let node): return answered(group, by: hardware, of: node)
    case .proxied(let group, let hardware):
      return (
        .warning,
        """
        \(hardware.text) answers ARP for \(self.group(group).summary) but no echo: a proxy or a switch answers for a \
        dead host
        """
      )
    case .usurped(let group, let hardware, let defended):
      return (
        .error,
        """
        \(hardware.text), none of our nodes, uses an address of \(self.group(group).summary): find the host and take \
        the address from it; \(defended ? "announced ours again" : "not answered again within 10 s")
        """
      )
    case .leftoverRemoved(let group, let owner):
      return (.notice, "\(name(owner)) has \(self.group(group).summary): removing what an earlier agent left here")
    case .storm(let group, let losses):
      return (
        .error,
        """
        somebody has removed addresses of group \(self.group(group).name) \(losses) times in 10 s: find out who \
        configures \(self.group(group).summary) (NetworkManager, networkd, a script?)
        """
      )
    case .standbyRefused(let group):
      return (
        .error,
        "standby: no other node can take \(self.group(group).summary) now: keeping it until one can"
      )
    case .onStandby(let isOn):
      return (.notice, isOn ? "SIGUSR2: on standby until the next SIGUSR2" : "SIGUSR2: available again")
    case .groupOnStandby(let group, let isOn):
      let name = self.group(group).name
      return (.notice, isOn ? "on standby for group \(name)" : "available for group \(name) again")
    case .accepted(let group, let request):
      return (.notice, "the operator asks: \(request.words) of group \(self.group(group).name)")
    case .refused(let group, let request, let refusal):
      return (.warning, "refused: \(request.words) of group \(self.group(group).name): \(reason(refusal))")
    case .fulfilled(let group, let request):
      return (.notice, "done: \(request.words) of group \(self.group(group).name)")
    case .unfulfilled(let group, let request, let cause):
      return (.error, "not done: \(request.words) of group \(self.group(group).name): \(reason(cause))")
    case .joined, .late, .onTime, .dead, .returned, .left, .unheard, .heardAgain, .unproven, .configurationDiffers,
      .configurationAgrees, .restarting, .tookOver:
      return peerSentence(for: report)
    }
  }

  // MARK: - Nodes

  private func peerSentence(for report: Report) -> Sentence {
    switch report {
    case .joined(let node, let session): (.notice, "\(name(node)) is here (session \(hex(session)))")
    case .late(let node, let silence, let missed):
      (.warning, "\(name(node)) is late: silent for \(silence.text), \(heartbeats(missed)) missed")
    case .onTime(let node, let silence): (.notice, "\(name(node)) is back in time, after \(silence.text)")
    case .dead(let node, let silence, let missed):
      (.warning, "\(name(node)) is dead: silent for \(silence.text), \(heartbeats(missed)) missed")
    case .returned(let node, let silence):
      (
        .warning,
        """
        \(name(node)) is heard again after \(silence.text) and was not restarted: the network was cut or the node \
        stopped, or deadtime is too short
        """
      )
    case .left(let node): (.notice, "\(name(node)) said goodbye")
    case .unheard(let node):
      (
        .error,
        """
        \(name(node)) is heard but does not hear us: is UDP port \(plan.port) open on \(name(node)), and does the \
        network carry our broadcasts to it?
        """
      )
    case .heardAgain(let node): (.notice, "\(name(node)) hears us again")
    case .unproven(let node):
      (
        .error,
        """
        heartbeats in the name of \(name(node)) do not answer to ours: it does not hear us (is UDP port \(plan.port) \
        open on it?), or somebody replays a recording
        """
      )
    case .configurationDiffers(let node, let theirs):
      (
        .error,
        """
        the configuration of \(name(node)) (fingerprint \(hex(theirs))) differs from ours \
        (\(hex(plan.configuration.fingerprint))): make the files equal and reload both
        """
      )
    case .configurationAgrees(let node): (.notice, "the configuration of \(name(node)) agrees with ours again")
    case .restarting(let node):
      (.notice, "\(name(node)) restarts its agent and keeps its addresses meanwhile: bearing with it")
    case .transitioned, .conflict, .interference, .stalled, .endedEarly, .unknownNode, .namesake, .answered, .proxied,
      .usurped, .leftoverRemoved, .storm, .standbyRefused, .onStandby, .groupOnStandby, .accepted, .refused, .fulfilled,
      .unfulfilled, .tookOver:
      (.debug, "")
    }
  }

  // MARK: - Groups

  private func conflict(_ group: GroupIndex, with rival: String, theirTerm: UInt64, won: Bool) -> Sentence {
    let addresses = self.group(group).summary
    return won
      ? (.error, "\(rival) holds \(addresses) too, but our claim goes before its (term \(theirTerm)): announcing anew")
      : (.error, "\(rival) holds \(addresses) too, and its claim goes before ours (term \(theirTerm)): letting go")
  }

  /// The owner is silent but the wire answers: what that means depends on who answers.
  private func answered(_ group: GroupIndex, by hardware: EthernetAddress, of node: NodeIndex?) -> Sentence {
    let addresses = self.group(group).summary
    guard let node else {
      return (
        .alert,
        """
        address conflict: \(hardware.text), none of our nodes, answers for \(addresses): not taking it; find the host \
        and take the address from it
        """
      )
    }
    return (
      .error,
      """
      \(name(node)) still answers for \(addresses) (\(hardware.text)) but its heartbeats do not arrive: is UDP port \
      \(plan.port) blocked by a firewall, or its agent dead? Waiting until the answers stop
      """
    )
  }

  private mutating func transition(
    _ index: GroupIndex, from: GroupReport.Role, to: GroupReport.Role, because cause: Cause, term: UInt64,
    at now: Instant
  ) -> Sentence {
    let group = group(index)
    switch to {
    case .listening: return (.notice, "\(reason(cause)): listening before taking part in group \(group.name)")
    case .standby: return (.notice, "\(reason(cause)): on standby for group \(group.name)")
    case .claiming:
      claimedAt[group.tag] = now
      return (isUnplanned(cause) ? .warning : .notice, "\(reason(cause)): taking \(group.summary)")
    case .owner where from == .claiming:
      let elapsed = claimedAt[group.tag].map { ", \((now - $0).text) after the decision" } ?? ""
      return (.notice, "owner of \(group.summary): added and announced\(elapsed) (term \(term))")
    case .owner: return (.warning, "\(reason(cause)): keeping \(group.summary)")
    case .releasing where from == .releasing: return (.notice, "\(reason(cause)): letting go of \(group.summary)")
    case .releasing:
      switch cause {
      case .failBack(let node), .requested(let node), .stopping(let node?), .storm(let node?), .standby(let node?):
        return (.notice, "\(reason(cause)): handing \(group.summary) over to \(name(node))")
      default: return (priority(of: cause), "\(reason(cause)): letting go of \(group.summary)")
      }
    case .faulted: return (.error, "\(reason(cause)): cannot hold \(group.summary), trying again later")
    }
  }

  /// Whether a claim for this reason means that something went wrong.
  func isUnplanned(_ cause: Cause) -> Bool {
    switch cause {
    case .ownerDead, .answersStopped, .ownerProxied, .forced: true
    default: false
    }
  }

  private func priority(of cause: Cause) -> Priority {
    switch cause {
    case .stalled: .critical
    case .forced, .linkDown, .outranked, .ownerAlive, .leaseExpired, .storm: .warning
    case .linkUp, .deaf, .heardAll, .listened, .ownerDead, .ownerLeft, .ownerLetGo, .noOwner, .handOver, .announced,
      .refused, .failBack, .stopping, .taken, .handOverFailed, .removed, .retry, .answersStopped, .ownerProxied,
      .adoption, .standby, .requested, .unanswered, .superseded:
      .notice
    }
  }

  /// Why a group changed its state, as the beginning of a sentence.
  func reason(_ cause: Cause) -> String {
    switch cause {
    case .linkUp: "the device is up"
    case .linkDown: "the device is down or gone"
    case .deaf: "no heartbeat device is up"
    case .heardAll: "every node was heard"
    case .listened: "listened for \(Interval(plan.configuration.heartbeat.initdead).text)"
    case .ownerDead(let node, let silence, let missed):
      "\(name(node)) silent for \(silence.text), \(heartbeats(missed)) missed"
    case .answersStopped(let node, let after): "\(name(node)) has stopped answering for it after \(after.text)"
    case .ownerProxied(let node): "\(name(node)) is dead, whatever answers for it"
    case .adoption: "it is here from an earlier agent and nobody else owns it"
    case .leaseExpired: "the kernel did not confirm the lease in time"
    case .storm: "somebody keeps removing the addresses"
    case .ownerLeft(let node): "\(name(node)) said goodbye"
    case .ownerLetGo(let node): "\(name(node)) has let go"
    case .noOwner: "nobody is the owner"
    case .handOver(let node): "\(name(node)) hands over"
    case .announced: "announced"
    case .refused: "the kernel refused"
    case .failBack(let node): "\(name(node)) is back and preferred"
    case .stopping: "stopping"
    case .standby: "put on standby"
    case .requested(let node): "the operator wants it on \(name(node))"
    case .forced: "the operator wants it here by force"
    case .unanswered: "the owner has not handed over"
    case .superseded: "the operator has asked for something else"
    case .taken(let node): "\(name(node)) has taken over"
    case .handOverFailed(let node): "\(name(node)) did not take over"
    case .outranked(let node): "\(name(node)) has the newer claim"
    case .ownerAlive(let node): "\(name(node)) is alive after all"
    case .stalled: "this agent was not run"
    case .removed: "the addresses are gone"
    case .retry: "trying again"
    }
  }

  private func name(_ node: NodeIndex) -> String { plan.name(of: node) }

  private func group(_ index: GroupIndex) -> GroupAddresses { plan.groups[Int(index.position)] }

  private func heartbeats(_ count: Int64) -> String { count == 1 ? "1 heartbeat" : "\(count) heartbeats" }

  private func hex(_ number: some BinaryInteger) -> String { String(number, radix: 16) }
}

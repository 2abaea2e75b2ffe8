import Addresses
import Configuration
import Engine
import Linux
import Log
import Status
import Support
import TakeoverCore

/// Finds words for what the core reports: one sentence an event, with who, what, why and how long.
package struct MessageFormatter {
  /// The generation whose numbers the reports use.
  package var generation: Generation
  /// By group: why the last claim began, and since when the group is owned.
  private var claims: [Tag: (takeover: TakeoverKind, reason: String)] = [:]
  private var ownedSince: [Tag: Instant] = [:]
  /// The names of the nodes that were heard: the Ethernet addresses of all others are unknown.
  private var heard: Set<String> = []
  /// The names of the nodes that are heard now, and of those that have said goodbye.
  private var alive: Set<String> = []
  private var gone: Set<String> = []
  /// The names of those that have said that they restart, until they are heard again.
  private var restarting: Set<String> = []
  /// Devices that an address is not announced on, because nobody is there to hear it.
  var quietDevices: Set<String> = []

  package init(generation: Generation) { self.generation = generation }

  /// The message for a report of the core; nil for one that comes by another way, or that is only a part of a restart.
  package mutating func message(for report: Report, at now: Instant) -> Message? {
    switch report {
    case .transitioned(let group, let from, let to, let cause, let term):
      let change = Change(from: from, to: to, why: explanation(of: cause), cause: cause, term: term)
      // What has made it the owner, and how long it took, comes with the next report.
      if from == .claiming, to == .owner { return nil }
      return transition(of: self.group(group), change, at: now)
    case .joined, .late, .onTime, .dead, .returned, .left, .restarting: return life(of: report)
    case .unheard(let node): return .unheard(by: name(node), port: generation.port)
    case .heardAgain(let node): return .heardAgain(by: name(node))
    case .unproven(let node): return .unproven(name(node), port: generation.port)
    case .configurationDiffers(let node, let theirs):
      return .configurationDiffers(of: name(node), theirs: theirs, ours: generation.configuration.fingerprint)
    case .timingDiffers(let node, let keepalive, let deadtime):
      return .timingDiffers(of: name(node), keepalive: keepalive, deadtime: deadtime)
    case .claimHeldBack(let group, let node, let why):
      return .claimHeldBack(self.group(group), by: name(node), why, port: generation.port)
    case .unasked(let group, let until): return .unasked(self.group(group), for: until - now)
    case .configurationAgrees(let node): return .configurationAgrees(of: name(node))
    case .unknownNode(let tag): return .unknownNode(tag)
    case .namesake(let session): return .namesake(of: name(generation.me), session: session)
    case .conflict(let group, let node, let theirTerm, let won):
      return .conflict(over: self.group(group), with: name(node), theirTerm: theirTerm, won: won)
    case .interference(let group): return .interfered(with: self.group(group))
    case .storm(let group, let losses): return .stormed(self.group(group), losses: losses)
    case .answered(let group, let hardware, let node): return answer(for: self.group(group), by: hardware, of: node)
    case .proxied(let group, let hardware): return .proxyAnswers(for: self.group(group), from: hardware)
    case .usurped(let group, let hardware, let defended):
      return .usurped(self.group(group), by: hardware, unheard: unheard, defended: defended)
    case .leftoverRemoved(let group, let owner): return .yieldingLeftover(self.group(group), to: name(owner))
    case .standbyRefused(let group): return .standbyRefused(self.group(group))
    case .onStandby(let isOn): return .standby(isOn)
    case .groupOnStandby(let group, let isOn): return .standby(isOn, for: self.group(group))
    case .accepted(let group, let request): return .accepted(request, self.group(group))
    case .refused(let group, let request, let refusal):
      return .refused(request, self.group(group), because: reason(refusal))
    case .fulfilled(let group, let request): return .fulfilled(request, self.group(group))
    case .unfulfilled(let group, let request, let cause):
      return .unfulfilled(request, self.group(group), because: explanation(of: cause).words)
    case .tookOver(let timeline): return message(for: timeline)
    case .stalled(let lateness): return .stalled(for: lateness)
    case .endedEarly: return .endedEarly()
    }
  }

  /// What a node does, and what that changes for what is said of it later.
  private mutating func life(of report: Report) -> Message? {
    switch report {
    case .joined(let node, let session):
      heard.insert(name(node))
      alive.insert(name(node))
      gone.remove(name(node))
      restarting.remove(name(node))
      return .joined(name(node), session: session)
    case .late(let node, _, _) where restarting.contains(name(node)): return nil
    case .late(let node, let silence, let missed): return .late(name(node), silence: silence, missed: missed)
    case .onTime(let node, let silence): return .onTime(name(node), after: silence)
    case .dead(let node, let silence, let missed):
      alive.remove(name(node))
      if restarting.contains(name(node)) { return .silentInRestart(name(node), silence: silence) }
      return .dead(name(node), silence: silence, missed: missed)
    case .returned(let node, let silence):
      alive.insert(name(node))
      gone.remove(name(node))
      restarting.remove(name(node))
      return .returned(name(node), after: silence)
    case .left(let node):
      alive.remove(name(node))
      gone.insert(name(node))
      restarting.remove(name(node))
      return .left(name(node))
    case .restarting(let node):
      restarting.insert(name(node))
      return .restarting(name(node))
    default: return nil
    }
  }

  private func answer(for group: GroupAddresses, by hardware: EthernetAddress, of node: NodeIndex?) -> Message {
    guard let node = node.map(name) else {
      return .strangerAnswers(for: group, from: hardware, unheard: unheard, port: generation.port)
    }
    if alive.union(gone).contains(node) {
      return .idleNodeAnswers(for: group, node, hasLeft: gone.contains(node), from: hardware)
    }
    return .silentOwnerAnswers(for: group, node, from: hardware, port: generation.port)
  }

  /// The message for dropped datagrams, see ``Message/dropped(_:count:source:port:keys:)``.
  /// - Parameter node: whose they say that they are, which nothing proves.
  func message(for reason: DropReason, count: Int, source: UInt32, node: Tag) -> Message? {
    if reason.isOfOtherKeys, node != .none, !generation.nodeTags.contains(node) {
      return .namedAlike(generation.configuration.cluster, count: count, source: source, port: generation.port)
    }
    return .dropped(reason, count: count, source: source, port: generation.port, keys: generation.configuration.keys)
  }

  func name(_ node: NodeIndex) -> String { generation.name(of: node) }

  /// The other nodes of which nothing was heard since this agent has started.
  private var unheard: [String] {
    generation.configuration.nodes.filter { $0 != name(generation.me) && !heard.contains($0) }
  }

  func group(_ index: GroupIndex) -> GroupAddresses { generation.groups[Int(index.position)] }

  // MARK: - Changes of state

  /// A group's change of state.
  private struct Change {
    let from: GroupReport.Role
    let to: GroupReport.Role
    let why: Explanation
    let cause: Cause
    let term: UInt64
  }

  private mutating func transition(of group: GroupAddresses, _ change: Change, at now: Instant) -> Message {
    let held = change.from == .owner ? ownedSince[group.tag].map { now - $0 } : nil
    let facts = change.why.fields + [.held: held?.inMicroseconds]
    if change.to == .claiming { claims[group.tag] = (change.cause.takeover, change.why.code) }
    let (kind, sentence) = words(for: change, of: group)
    let duration = held.map { ", after \($0.text) as owner" } ?? ""
    let fields: MessageFields = [.from: change.from.word, .to: change.to.word, .term: "\(change.term)"]
    return Message(kind, sentence + duration, group.fields + fields + facts)
  }

  /// The message for a claim that has made this node the owner.
  mutating func message(for timeline: Timeline) -> Message {
    let group = group(timeline.group)
    ownedSince[group.tag] = timeline.announced
    let isHeard = !group.devices.isSubset(of: quietDevices)
    return .owning(group, from: timeline.from.map(name), timeline, claims[group.tag], isAnnounced: isHeard)
  }

  private func words(for change: Change, of group: GroupAddresses) -> (MessageKind, String) {
    let (why, addresses) = (change.why.words, group.summary)
    switch change.to {
    case .listening: return (.listening, "\(why): listening before taking part in group \(group.name)")
    case .standby: return (.backup, "\(why): backup for group \(group.name)")
    case .claiming: return (change.cause.takeover == .unplanned ? .takingOver : .taking, "\(why): taking \(addresses)")
    case .owner: return (.keeping, "\(why): keeping \(addresses)")
    case .releasing:
      if change.from != .releasing, let heir = change.cause.heir {
        return (.handingOver, "\(why): handing \(addresses) over to \(name(heir))")
      }
      let isForced = change.from != .releasing && change.cause.isFailureHere
      return (isForced ? .withdrawing : .lettingGo, "\(why): letting go of \(addresses)")
    case .faulted: return (.cannotHold, "\(why): cannot hold \(addresses), trying again later")
    }
  }
}

extension Cause {
  /// Whether this node lets go because it has to.
  fileprivate var isFailureHere: Bool {
    switch self {
    case .stalled, .linkDown, .outranked, .ownerAlive, .leaseExpired, .storm: true
    default: false
    }
  }

  /// Who is to have the group.
  fileprivate var heir: NodeIndex? {
    switch self {
    case .failBack(let node), .requested(let node): node
    case .stopping(let node), .storm(let node), .standby(let node): node
    default: nil
    }
  }
}

extension Generation {
  /// The heartbeats' UDP port.
  var port: UInt16 { configuration.heartbeat.udpport }
}

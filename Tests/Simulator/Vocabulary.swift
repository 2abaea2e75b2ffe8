import TakeoverCore

/// Names for numbers, for the transcript.
struct Vocabulary {
  var nodes: [String]
  var groups: [String]

  /// Seconds with six decimals.
  static func time(_ instant: Instant) -> String {
    let digits = String(instant.nanoseconds / 1_000)
    let padded = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    return padded.dropLast(6) + "." + padded.suffix(6)
  }

  func name(_ tag: Tag) -> String {
    (nodes + groups).first { Tag(of: $0) == tag } ?? "tag \(tag.rawValue)"
  }

  private func milliseconds(_ time: Interval) -> String { "\(time.nanoseconds / 1_000_000)ms" }

  func sentence(_ report: Report, in cluster: Cluster) -> String {
    func node(_ index: NodeIndex) -> String { name(cluster.nodes[Int(index.position)]) }
    func group(_ index: GroupIndex) -> String { name(cluster.groups[Int(index.position)].tag) }
    return switch report {
    case .transitioned(let index, let from, let to, let cause, let term):
      "\(group(index)) \(from)→\(to) because \(words(cause, node)), term \(term)"
    case .joined(let index, _): "joined(\(node(index)))"
    case .late(let index, let silence, let missed): "late(\(node(index)), \(milliseconds(silence)), missed \(missed))"
    case .onTime(let index, let silence): "onTime(\(node(index)), \(milliseconds(silence)))"
    case .dead(let index, let silence, let missed): "dead(\(node(index)), \(milliseconds(silence)), missed \(missed))"
    case .returned(let index, let silence): "returned(\(node(index)), \(milliseconds(silence)))"
    case .left(let index): "left(\(node(index)))"
    case .unheard(let index): "unheard(\(node(index)))"
    case .heardAgain(let index): "heardAgain(\(node(index)))"
    case .unproven(let index): "unproven(\(node(index)))"
    case .configurationDiffers(let index, _): "configurationDiffers(\(node(index)))"
    case .timingDiffers(let index, let keepalive, let deadtime):
      "timingDiffers(\(node(index)), \(milliseconds(keepalive)), \(milliseconds(deadtime)))"
    case .claimHeldBack(let index, let holder, let why): "claimHeldBack(\(group(index)) by \(node(holder)), \(why))"
    case .unasked(let index, _): "unasked(\(group(index)))"
    case .configurationAgrees(let index): "configurationAgrees(\(node(index)))"
    case .namesake: "namesake"
    case .unknownNode(let tag): "unknownNode(\(name(tag)))"
    case .conflict(let index, let rival, let term, let won):
      "conflict(\(group(index)), with \(node(rival)), their term \(term), \(won ? "won" : "lost"))"
    case .interference(let index): "interference(\(group(index)))"
    case .answered(let index, _, let answerer):
      "answered(\(group(index)) by \(answerer.map(node) ?? "a stranger"))"
    case .proxied(let index, _): "proxied(\(group(index)))"
    case .usurped(let index, _, let defended): "usurped(\(group(index)), defended \(defended))"
    case .leftoverRemoved(let index, let owner): "leftoverRemoved(\(group(index)), owner \(node(owner)))"
    case .restarting(let index): "restarting(\(node(index)))"
    case .standbyRefused(let index): "standbyRefused(\(group(index)))"
    case .onStandby(let isOn): "onStandby(\(isOn))"
    case .groupOnStandby(let index, let isOn): "groupOnStandby(\(group(index)), \(isOn))"
    case .accepted(let index, let request): "accepted(\(group(index)), \(request))"
    case .refused(let index, let request, let refusal): "refused(\(group(index)), \(request), \(refusal))"
    case .fulfilled(let index, let request): "fulfilled(\(group(index)), \(request))"
    case .unfulfilled(let index, let request, let cause):
      "unfulfilled(\(group(index)), \(request), \(words(cause, node)))"
    case .tookOver(let timeline): "tookOver(\(group(timeline.group)))"
    case .storm(let index, let losses): "storm(\(group(index)), \(losses))"
    case .stalled(let lateness): "stalled(\(milliseconds(lateness)))"
    case .endedEarly: "endedEarly"
    }
  }

  private func words(_ cause: Cause, _ node: (NodeIndex) -> String) -> String {
    switch cause {
    case .ownerDead(let index, let silence, let missed):
      "ownerDead(\(node(index)), \(milliseconds(silence)), missed \(missed))"
    case .ownerLeft(let index): "ownerLeft(\(node(index)))"
    case .ownerLetGo(let index): "ownerLetGo(\(node(index)))"
    case .handOver(let index): "handOver(from \(node(index)))"
    case .requested(let index): "requested(by \(node(index)))"
    case .failBack(let index): "failBack(to \(node(index)))"
    case .stopping(let index): index.map { "stopping(to \(node($0)))" } ?? "stopping"
    case .standby(let index): index.map { "standby(to \(node($0)))" } ?? "standby"
    case .taken(let index): "taken(by \(node(index)))"
    case .handOverFailed(let index): "handOverFailed(to \(node(index)))"
    case .outranked(let index): "outranked(by \(node(index)))"
    case .ownerAlive(let index): "ownerAlive(\(node(index)))"
    case .answersStopped(let index, let after): "answersStopped(\(node(index)), \(milliseconds(after)))"
    case .ownerProxied(let index): "ownerProxied(\(node(index)))"
    case .storm(let index): index.map { "storm(to \(node($0)))" } ?? "storm"
    case .listened(let time): "listened(for \(milliseconds(time)))"
    case .linkDown, .deaf, .heardAll, .noOwner, .announced, .refused, .stalled, .removed, .retry,
      .adoption, .leaseExpired, .forced, .unanswered, .superseded:
      "\(cause)"
    }
  }
}

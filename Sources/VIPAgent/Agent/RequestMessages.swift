import TakeoverCore

/// What is said about an operator's requests and how takeovers went.
extension Message {
  private init(
    _ kind: MessageKind, _ request: Request, _ group: GroupAddresses, _ text: String, _ reason: String? = nil
  ) {
    let why = reason.map { ": \($0)" } ?? ""
    self.init(
      kind, "\(text): \(request.words) of group \(group.name)\(why)",
      group.fields + [.request: "\(request)", .error: reason])
  }

  static func accepted(_ request: Request, _ group: GroupAddresses) -> Message {
    Message(.requestAccepted, request, group, "the operator asks")
  }

  static func refused(_ request: Request, _ group: GroupAddresses, because reason: String) -> Message {
    Message(.requestRefused, request, group, "refused", reason)
  }

  static func fulfilled(_ request: Request, _ group: GroupAddresses) -> Message {
    Message(.requestFulfilled, request, group, "done")
  }

  static func unfulfilled(_ request: Request, _ group: GroupAddresses, because reason: String) -> Message {
    Message(.requestUnfulfilled, request, group, "not done", reason)
  }

  static func standby(_ isOn: Bool, for group: GroupAddresses) -> Message {
    isOn
      ? Message(.groupStandbyBegan, "on standby for group \(group.name)", group.fields)
      : Message(.groupStandbyEnded, "available for group \(group.name) again", group.fields)
  }

  /// - Parameters:
  ///   - groups: those that it is for; nil for every group.
  ///   - unknown: groups that the file names and the configuration does not have.
  static func standbyRemembered(_ groups: [String]?, unknown: [String], in file: String) -> Message {
    let what = groups.map { "group\($0.count == 1 ? "" : "s") \($0.joined(separator: ", "))" } ?? "every group"
    let rest = unknown.isEmpty ? "" : "; there is no group \(unknown.joined(separator: ", ")) any more"
    return Message(
      .standbyRemembered,
      groups?.isEmpty == true
        ? "\(file): nothing is on standby\(rest)"
        : "\(file): on standby for \(what), as with a former agent, until `vipagent available`\(rest)")
  }

  static func standbyForgotten(_ error: String) -> Message {
    Message(
      .standbyForgotten, "\(error): what is on standby is available again when this agent has ended", [.error: error])
  }

  /// How long each step took, on this node's clock.
  static func tookOver(_ group: GroupAddresses, from node: String?, _ timeline: Timeline) -> Message {
    let former = node.map { " from \($0)" } ?? ""
    let heard = timeline.lastHeard.map { "last heard \((timeline.claimed - $0).text) before the decision, " } ?? ""
    let total = timeline.announced - timeline.claimed
    return Message(
      .tookOver,
      """
      group \(group.name)\(former): \(heard)confirmed by the kernel \((timeline.confirmed - timeline.claimed).text) \
      and announced \(total.text) after it (term \(timeline.term))
      """,
      group.fields + [
        .peer: node, .term: "\(timeline.term)",
        .silence: timeline.lastHeard.map { (timeline.claimed - $0).inMicroseconds }, .elapsed: total.inMicroseconds,
      ])
  }
}

import Addresses
import Engine
import Log
import Status
import Support
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
      .standbyForgotten, "\(error): the next agent will not know what is on standby now", [.error: error])
  }

  /// How long each step took, on this node's clock.
  /// - Parameters:
  ///   - claim: why the claim began; nil where that was not told.
  ///   - isAnnounced: whether there is anybody on the wire to announce it to.
  static func owning(
    _ group: GroupAddresses, from node: String?, _ timeline: Timeline,
    _ claim: (takeover: TakeoverKind, reason: String)?, isAnnounced: Bool
  ) -> Message {
    let added = (timeline.confirmed - timeline.claimed).text, total = timeline.announced - timeline.claimed
    let deed =
      isAnnounced
      ? "added and announced, \(added) and \(total.text) after the decision"
      : "added, \(added) after the decision; nobody is there to announce it to"
    let fields: MessageFields = [
      .peer: node, .term: "\(timeline.term)", .from: GroupReport.Role.claiming.word, .to: GroupReport.Role.owner.word,
      .takeover: claim?.takeover.rawValue, .reason: claim?.reason,
      .silence: timeline.lastHeard.map { (timeline.claimed - $0).inMicroseconds }, .elapsed: total.inMicroseconds,
    ]
    return Message(
      .owning, "owner of \(group.summary): \(deed) (term \(timeline.term))", group.fields + fields)
  }
}

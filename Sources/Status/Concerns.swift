import Support
import TakeoverCore
import TerminalUI

/// Something that a status says and that a person should know first.
package struct Concern: Equatable, Sendable {
  /// How much it matters; the worst one is the exit code of `vipagent status`.
  package enum Severity: Int32, Comparable, Sendable {
    /// Good to know: nothing is wrong now.
    case note = 0
    /// Everything is served, but the next failure may not be survived.
    case warning = 1
    /// Something is not served as it should be.
    case critical = 2

    package static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
  }

  package let severity: Severity
  /// A sentence without its full stop, with what to do where that is not plain.
  package let text: String
}

extension Status {
  /// Everything to worry about, the worst first.
  /// - Parameter programVersion: of who reads the status.
  package func concerns(programVersion: String = version) -> [Concern] {
    let all =
      groups.flatMap { concerns(of: $0) } + peers.flatMap { concerns(of: $0) } + agentConcerns(programVersion)
      + heartbeatConcerns + counterConcerns
    return Concern.Severity.all.flatMap { severity in all.filter { $0.severity == severity } }
  }

  /// 0 if all is well, 1 with a warning, 2 where something is not served: what monitoring plug-ins mean by these.
  package var exitCode: Int32 { concerns().map(\.severity.rawValue).max() ?? 0 }

  private func concerns(of group: GroupStatus) -> [Concern] {
    var concerns: [Concern] = []
    let name = group.name
    if group.conflict {
      concerns.append(.critical("\(name): several nodes say that they own it"))
    } else if group.role == "faulted" {
      concerns.append(.critical("\(name): \(agent.node) cannot hold it: \(group.cause)"))
    } else if group.owner == nil {
      concerns.append(vacancy(of: group))
    }
    for address in group.foreignAddresses ?? [] {
      concerns.append(
        .warning(
          "\(name): this host has \(address), which is not the agent's: if it is the host's own, give the group another "
            + "address; try vipagent doctor"))
    }
    if !group.backupReady, group.owner != nil { concerns.append(.warning(withoutBackup(group))) }
    if let unanswered = group.unanswered { concerns.append(.critical("\(name): \(unanswered)")) }
    if let source = group.sourceOfHost {
      // By design where the host has no other address in that network.
      concerns.append(
        .note("\(name): connections of this host come from \(source), which is shared: they end when it moves"))
    }
    if let heldBack = group.heldBack { concerns.append(.warning("\(name): held back: \(heldBack)")) }
    if group.onStandby { concerns.append(standby(of: group)) }
    if group.placedByOperator { concerns.append(.note("\(name): an operator has put it where it is")) }
    return concerns
  }

  /// A node that is not heard may serve the group all the same.
  private func vacancy(of group: GroupStatus) -> Concern {
    let isCutOff = isCutOff(group) && !peers.contains(where: \.isHeard)
    let isBeingTaken = !isSettled(group) || group.nodes.contains { $0.role == "claiming" }
    // Right after a start the state of the devices is not known yet.
    if isBeingTaken, !isCutOff || group.sinceUs < graceUs { return .warning("\(group.name): nobody owns it yet") }
    if isCutOff {
      return .critical("\(group.name): this node hears nobody and cannot know who owns it: \(group.cause)")
    }
    guard group.heldBackByStranger == false else { return .critical("\(group.name): nobody owns it") }
    return .warning("\(group.name): nobody who is heard owns it")
  }

  private func standby(of group: GroupStatus) -> Concern {
    let keeps = group.role == "owner" ? ", and owns it because nobody else can" : ""
    let end = agent.standbyForgotten.map { "until `vipagent available`, or its agent ends: \($0)" }
    return .note(
      "\(group.name): \(agent.node) is on standby for it\(keeps), \(end ?? "until `vipagent available`")")
  }

  /// Whether this node has no device that it could hear the others on, or hold the group on.
  private func isCutOff(_ group: GroupStatus) -> Bool {
    guard let reason = group.nodes.first(where: { $0.node == agent.node })?.reason else { return false }
    return reason == Readiness.deaf.words || reason == Readiness.linkDown.words
      || (agent.deviceTroubles ?? []).contains(where: reason.contains)
  }

  private func withoutBackup(_ group: GroupStatus) -> String {
    if let resort = group.nodes.first(where: { $0.reason == Readiness.lastResort.words }) {
      return "\(group.name): no backup but \(resort.node), which is on standby"
    }
    let reasons = group.nodes.filter { $0.node != group.owner && !$0.ready }
      .map { standing in "\(standing.node): \(standing.reason ?? standing.role)" }
    let shown = reasons.prefix(3).joined(separator: "; ") + (reasons.count > 3 ? "; …" : "")
    return "\(group.name): nobody could take it over now\(shown.isEmpty ? "" : " (\(shown))")"
  }

  private func concerns(of peer: PeerStatus) -> [Concern] {
    var concerns: [Concern] = []
    switch peer.condition {
    case "dead":
      let silence = peer.lastHeardUs.map { ", silent for \(Interval(told: $0).age)" } ?? ""
      concerns.append(.warning("\(peer.node) is dead\(silence)\(refusal(of: peer))"))
    case "restarting": concerns.append(.note("\(peer.node) restarts its agent"))
    case "late": concerns.append(.warning("\(peer.node) is late"))
    case "unknown": concerns.append(.warning("\(peer.node) was never heard\(refusal(of: peer))"))
    case "left": concerns.append(.note("\(peer.node) said goodbye: its agent was stopped"))
    default: break
    }
    // Between two that start it takes a heartbeat or two to say so.
    if peer.isHeard, let unheard = peer.unheardUs, unheard > peer.deadtimeUs ?? heartbeat.deadtimeUs {
      concerns.append(
        .warning("\(peer.node) does not hear this node: is UDP port \(heartbeat.port) open there? Try vipagent doctor"))
    }
    if let theirs = peer.fingerprint, !peer.configurationAgrees {
      concerns.append(
        .warning(
          "the configuration of \(peer.node) differs: \(theirs) there, \(agent.fingerprint) here; make the files equal "
            + "and reload both"))
    }
    if let timing = timingConcern(of: peer) { concerns.append(timing) }
    return concerns
  }

  private func refusal(of peer: PeerStatus) -> String { peer.refused.map { "; \($0)" } ?? "" }

  private func timingConcern(of peer: PeerStatus) -> Concern? {
    guard let keepalive = peer.keepaliveUs, let deadtime = peer.deadtimeUs,
      (keepalive, deadtime) != (heartbeat.keepaliveUs, heartbeat.deadtimeUs)
    else { return nil }
    func text(_ microseconds: Int64) -> String { Interval(told: microseconds).text }
    return .warning(
      "\(peer.node) has other times: keepalive \(text(keepalive)) and deadtime \(text(deadtime)) there, "
        + "\(text(heartbeat.keepaliveUs)) and \(text(heartbeat.deadtimeUs)) here")
  }

  private func agentConcerns(_ programVersion: String) -> [Concern] {
    var concerns: [Concern] = []
    if agent.state != .running { concerns.append(.warning("the agent is \(agent.state.rawValue)")) }
    if let refusal = agent.reloadRefused {
      concerns.append(
        .warning(
          "the last reload was refused, the configuration before it is in force: \(Self.complaints(in: refusal))"))
    }
    if agent.version != programVersion {
      concerns.append(.note("the agent is version \(agent.version), this program is version \(programVersion)"))
    }
    for trouble in agent.deviceTroubles ?? [] { concerns.append(.warning(trouble)) }
    if let why = agent.standbyForgotten, !groups.contains(where: \.onStandby) {
      concerns.append(.note("the next agent will not know that nothing is on standby: \(why)"))
    }
    for doubt in agent.doubts ?? [] { concerns.append(.note(doubt)) }
    if !agent.realtime { concerns.append(.note("the heartbeat thread does not run under SCHED_FIFO")) }
    if !agent.memoryLocked { concerns.append(.note("the agent's memory is not locked")) }
    return concerns
  }

  /// What a refusal complains of, in one line: without the lines of the file that it shows, and without hints.
  private static func complaints(in refusal: String) -> String {
    refusal.split(separator: "\n").filter { !$0.hasPrefix(" ") }.joined(separator: "; ")
  }

  private var heartbeatConcerns: [Concern] {
    var concerns = heartbeat.links.filter { !$0.open || $0.failure != nil }.map { link in
      Concern.warning("no heartbeats leave over \(link.device): \(link.failure ?? "the device is not there")")
    }
    concerns += heartbeat.links.compactMap { link in
      link.martian.map {
        .critical("\($0), a shared address, on \(link.device): this kernel drops such heartbeats; try vipagent doctor")
      }
    }
    concerns += unnumberedLinks.map { .warning("\($0.device) has no address of its own\(readiness(without: $0))") }
    if let advice = heartbeat.advice, heartbeat.deadtimeUs < advice.recommendedUs {
      concerns.append(
        .note(
          "deadtime \(Interval(told: heartbeat.deadtimeUs).text) is short for this network: "
            + "\(Interval(told: advice.recommendedUs).text) or more is recommended"))
    }
    return concerns
  }

  private func readiness(without link: LinkStatus) -> String {
    hasJoined ? ": heartbeats leave from 0.0.0.0" : " yet: this node is not ready before it has"
  }

  private var counterConcerns: [Concern] {
    var concerns: [Concern] = []
    if counters.logLinesDropped > 0 {
      concerns.append(
        .note(
          "\(counters.logLinesDropped) lines of the log were dropped: "
            + (counters.logSinkError.map { "its sink refuses them: \($0)" } ?? "its sink is too slow")))
    }
    for (mailbox, count) in counters.mailboxRefusals.sorted(by: { $0.key < $1.key }) where count > 0 {
      concerns.append(.note("mailbox \(mailbox) was full \(count) times"))
    }
    return concerns
  }
}

extension PeerStatus {
  fileprivate var isHeard: Bool { condition == "alive" || condition == "late" }
}

extension Concern {
  fileprivate static func note(_ text: String) -> Concern { Concern(severity: .note, text: text) }
  fileprivate static func warning(_ text: String) -> Concern { Concern(severity: .warning, text: text) }
  fileprivate static func critical(_ text: String) -> Concern { Concern(severity: .critical, text: text) }
}

extension Concern.Severity {
  /// The worst first.
  fileprivate static let all: [Concern.Severity] = [.critical, .warning, .note]

  /// What stands before a concern, and in which ink.
  var mark: InkedText {
    switch self {
    case .critical: InkedText("CRITICAL", .red)
    case .warning: InkedText("WARNING", .yellow)
    case .note: InkedText("NOTE", .cyan)
    }
  }
}

import Support
import TakeoverCore
import TerminalUI

/// The tables of a status.
extension StatusReport {
  // MARK: - Groups

  var groupTable: [ReportLine] {
    var table = TextTable([
      .init(title: "GROUP", least: 8), .init(title: "OWNER", least: 8), .init(title: "TERM", isNumber: true),
      .init(title: "HERE"), .init(title: "FOR"), .init(title: "LEASE LEFT"), .init(title: "BACKUP", least: 6),
    ])
    for group in status.groups {
      table.add(
        [
          InkedText(group.name, .bold), owner(of: group), InkedText("\(group.term)"), InkedText(group.role),
          InkedText(Interval(told: group.sinceUs).age), lease(of: group), backup(of: group),
        ], details: details(of: group))
    }
    return table.lines(width: width, .group)
  }

  private func owner(of group: GroupStatus) -> InkedText {
    if group.conflict { return InkedText("several", .red) }
    return group.owner.map { InkedText($0) } ?? InkedText("nobody", .red)
  }

  private func lease(of group: GroupStatus) -> InkedText {
    guard let lease = group.leaseUs else { return "no lease" }
    guard let left = group.leaseLeftUs else { return "-" }
    return InkedText("\(Interval(told: left).text) of \(Interval(told: lease).text)")
  }

  /// The best of those that could take the group now.
  private func backup(of group: GroupStatus) -> InkedText {
    let ready = group.nodes.filter(\.ready).map(\.node)
    guard group.backupReady else { return InkedText("nobody", .yellow) }
    guard let best = ready.first else { return InkedText("ready", .green) }
    return InkedText(ready.count > 1 ? "\(best) +\(ready.count - 1)" : best, .green)
  }

  private func details(of group: GroupStatus) -> [ReportLine] {
    var addresses = group.addresses.prefix(Self.addressLimit).map { address in
      "\(address.address) on \(address.device)" + (address.label.map { " as \($0)" } ?? "")
    }
    let rest = group.addresses.count - addresses.count
    if rest > 0 { addresses.append("\(rest) more") }
    let standings = group.nodes.map { node in
      "\(node.node) \(node.role)" + (node.ready ? ", ready" : node.node == group.owner ? "" : reason(node))
    }
    return paragraph(addresses.joined(separator: ", "), .detail)
      + paragraph("\(group.role) since \(TimeText.local(group.since)): \(group.cause)", .detail)
      + paragraph(standings.joined(separator: "; "), .detail)
  }

  private func reason(_ standing: StandingStatus) -> String {
    standing.reason.map { ", not ready (\($0))" } ?? ", not ready"
  }

  // MARK: - Peers

  var peerTable: [ReportLine] {
    var table = TextTable([
      .init(title: "PEER", least: 8), .init(title: "CONDITION", least: 9), .init(title: "LAST HEARD"),
      .init(title: "DEADTIME"),
      .init(title: "HEARS US"), .init(title: "CONFIG", least: 6), .init(title: "SESSION", least: 1),
    ])
    for peer in status.peers {
      table.add([
        InkedText(peer.node, .bold), InkedText(peer.condition, ink(of: peer.condition)),
        InkedText(peer.lastHeardUs.map { "\(Interval(told: $0).age) ago" } ?? "never"),
        InkedText(peer.deadtimeUs.map { Interval(told: $0).text } ?? "-"),
        hearing(of: peer),
        peer.fingerprint == nil ? "-" : peer.configurationAgrees ? "same" : InkedText("differs", .yellow),
        InkedText(peer.session ?? "-"),
      ])
    }
    return table.lines(width: width, .peer)
  }

  /// What a silent node last said about hearing us says nothing any more.
  private func hearing(of peer: PeerStatus) -> InkedText {
    guard peer.condition == "alive" || peer.condition == "late" else { return "-" }
    return peer.hearsUs ? "yes" : InkedText("no", .red)
  }

  private func ink(of condition: String) -> Style.Ink? {
    switch condition {
    case "alive": .green
    case "late": .yellow
    case "dead": .red
    default: nil
    }
  }

  /// How heartbeats arrive, by peer and link.
  var arrivalTable: [ReportLine] {
    var table = TextTable([
      .init(title: "FROM", least: 8), .init(title: "OVER", least: 4), .init(title: "HEARD", isNumber: true),
      .init(title: "GAP P50", isNumber: true), .init(title: "P99", isNumber: true), .init(title: "MAX", isNumber: true),
      .init(title: "LATE", isNumber: true), .init(title: "LOST", isNumber: true),
    ])
    for peer in status.peers {
      for link in peer.links {
        let gaps = [link.gapP50Us, link.gapP99Us, link.gapMaxUs].map { InkedText(Interval(told: $0).text) }
        table.add(
          [InkedText(peer.node), InkedText(link.device), InkedText("\(link.heard)")] + gaps
            + [InkedText("\(link.late)"), InkedText("\(link.lost)")])
      }
    }
    return table.lines(width: width, .numbers)
  }

  // MARK: - Takeovers

  /// The steps of the last takeovers, in microseconds since the former owner was last heard, or since the decision.
  var takeoverTable: [ReportLine] {
    var table = TextTable([
      .init(title: "TAKEN OVER", least: 10), .init(title: "GROUP", least: 8), .init(title: "FROM", least: 6),
      .init(title: "TERM", isNumber: true), .init(title: "DEADLINE", isNumber: true),
      .init(title: "CLAIM", isNumber: true), .init(title: "KERNEL", isNumber: true),
      .init(title: "ARP µs", isNumber: true),
    ])
    for takeover in status.takeovers.prefix(Self.takeoverLimit) {
      table.add(
        [
          InkedText(withoutYear(TimeText.local(takeover.at))), InkedText(takeover.group),
          InkedText(takeover.from ?? "-"), InkedText("\(takeover.term)"),
          InkedText(takeover.deadlineUs.map { "\($0)" } ?? takeover.kind.rawValue), InkedText("\(takeover.claimedUs)"),
          InkedText("\(takeover.confirmedUs)"), InkedText("\(takeover.announcedUs)"),
        ], details: paragraph(takeover.cause, .trivia))
    }
    return table.lines(width: width, .numbers)
  }

  private func withoutYear(_ time: String) -> String {
    time.utf8.count == 19 && time.utf8.allSatisfy { $0 < 0x80 } ? String(time.dropFirst(5)) : time
  }
}

import Support

/// A status in one line as Nagios, Icinga, Zabbix and others read it (Monitoring Plugins Development Guidelines, "Plugin
/// Output for Nagios"): state, words, and performance data behind a bar.
package struct MonitoringLine {
  /// What the guidelines call a status nobody can tell, and its exit code.
  package static let unknown = "UNKNOWN", unknownCode: Int32 = 3

  package let text: String

  package init(of status: Status) {
    let verdict = Verdict(of: status)
    text = Self.line(verdict.state.rawValue.uppercased(), verdict.line) + " | " + Self.performance(of: status)
  }

  /// No status can be had.
  package init(without reason: String) { text = Self.line(Self.unknown, reason) }

  private static func line(_ state: String, _ words: String) -> String {
    // A bar begins the performance data.
    "VIPAGENT \(state) - " + words.printable.replacing("|", with: "/")
  }

  /// `'label'=value[unit];[warn];[crit];[min];[max]`, separated by blanks.
  private static func performance(of status: Status) -> String {
    let groups = status.groups
    let peers = status.peers
    let owned = groups.count { $0.owner == status.agent.node }
    let unserved = groups.count { $0.owner == nil || $0.conflict }
    let withoutBackup = groups.count { $0.owner != nil && !$0.backupReady }
    let heard = peers.count { $0.condition == "alive" || $0.condition == "late" }
    var data = [
      "owned=\(owned);;;0;\(groups.count)", "unserved=\(unserved);;0;0;\(groups.count)",
      "without_backup=\(withoutBackup);0;;0;\(groups.count)", "peers_heard=\(heard);;;0;\(peers.count)",
      "takeovers=\(groups.map(\.takeoversUnplanned).reduce(0, &+))c",
    ]
    if let advice = status.heartbeat.advice {
      data.append("longest_gap=\(seconds(advice.longestGapUs))s;;\(seconds(status.heartbeat.deadtimeUs));0")
    }
    return data.joined(separator: " ")
  }

  private static func seconds(_ microseconds: Int64) -> String {
    let digits = String(microseconds % 1_000_000 + 1_000_000).dropFirst()
    return "\(microseconds / 1_000_000).\(digits)"
  }
}

import Netlink
import Support
import TakeoverCore

extension Configuration {
  /// FNV-1a 32 of ``canonicalText``, as for a ``Tag``. Nodes send it in every heartbeat: two that differ do not run the same configuration.
  package var fingerprint: UInt32 { Tag(of: canonicalText).rawValue }

  /// What must be the same on every node, one setting a line, durations in nanoseconds:
  /// ```
  /// cluster loadb
  /// udpport 694
  /// keepalive 100000000
  /// warntime 200000000
  /// deadtime 300000000
  /// initdead 1000000000
  /// node loadb1
  /// node loadb2
  /// group director
  /// preferred loadb1 loadb2
  /// auto_failback true
  /// failback_delay 0
  /// lease 3000000000
  /// on_conflict wait
  /// announce_refresh 60000000000
  /// vip 195.46.64.21/24 broadcast 195.46.64.255
  /// ```
  /// `lease off` and `broadcast none` where there is none. Nodes, groups and VIPs stand in the order of the file; a
  /// group's lines follow its `group` line. What may differ between hosts is left out: the names of devices (bcast, dev,
  /// label), noprefixroute, realtime, rtprio, unnumbered, and the paths.
  package var canonicalText: String {
    var lines = [
      "cluster \(cluster)",
      "udpport \(heartbeat.udpport)",
      "keepalive \(heartbeat.keepalive.nanoseconds)",
      "warntime \(heartbeat.warntime.nanoseconds)",
      "deadtime \(heartbeat.deadtime.nanoseconds)",
      "initdead \(heartbeat.initdead.nanoseconds)",
    ]
    lines += nodes.map { "node \($0)" }
    lines += groups.flatMap(\.canonicalLines)
    return lines.map { $0 + "\n" }.joined()
  }
}

extension GroupSettings {
  fileprivate var canonicalLines: [String] {
    [
      "group \(name)",
      "preferred \(preferred.joined(separator: " "))",
      "auto_failback \(autoFailback)",
      "failback_delay \(failbackDelay.nanoseconds)",
      "lease \(lease.map { String($0.nanoseconds) } ?? "off")",
      "on_conflict \(onConflict)",
      "announce_refresh \(announceRefresh.nanoseconds)",
    ] + vips.map { "vip \($0.prefix) broadcast \($0.broadcast?.description ?? "none")" }
  }
}

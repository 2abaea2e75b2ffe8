extension Configuration {
  /// FNV-1a 32 of ``canonicalText``. Nodes send it in every heartbeat: two that differ do not run the same configuration.
  var fingerprint: UInt32 { fnv1a(canonicalText) }

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
  /// announce_refresh 60000000000
  /// vip 195.46.64.21/24 broadcast 195.46.64.255
  /// ```
  /// `lease off` and `broadcast none` where there is none. Nodes, groups and VIPs stand in the order of the file; a
  /// group's lines follow its `group` line. What may differ between hosts is left out: the names of devices (bcast, dev,
  /// label), noprefixroute, realtime, rtprio, and the paths.
  var canonicalText: String {
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

  /// The number that stands for the name of a cluster, node or group in a heartbeat: FNV-1a 32 of its UTF-8, and 1
  /// instead of 0, which is no name. A configuration with two names of one number is refused.
  static func tag(of name: String) -> UInt32 {
    max(fnv1a(name), 1)
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
      "announce_refresh \(announceRefresh.nanoseconds)",
    ] + vips.map { "vip \($0.prefix) broadcast \($0.broadcast?.description ?? "none")" }
  }
}

/// The Fowler–Noll–Vo hash 1a of 32 bits (RFC 9923).
private func fnv1a(_ text: String) -> UInt32 {
  text.utf8.reduce(0x811c_9dc5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
}

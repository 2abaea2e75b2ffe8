import Support

/// The tables of a configuration file, and the keys that each may have.
enum ConfigTable: CaseIterable {
  case top, heartbeat, auth, node, group, vip, control, metrics

  /// The table as a header writes it.
  var title: String {
    switch self {
    case .top: "the top level"
    case .heartbeat: "[heartbeat]"
    case .auth: "[auth]"
    case .node: "[[node]]"
    case .group: "[[group]]"
    case .vip: "[[group.vip]]"
    case .control: "[control]"
    case .metrics: "[metrics]"
    }
  }

  /// What may stand in it.
  var keys: [String] {
    switch self {
    case .top: ["cluster", "heartbeat", "auth", "node", "group", "control", "metrics"]
    case .heartbeat:
      ["bcast", "udpport", "keepalive", "warntime", "deadtime", "initdead", "realtime", "rtprio", "unnumbered"]
    case .auth: ["keys"]
    case .node: ["name"]
    case .group:
      ["name", "preferred", "auto_failback", "failback_delay", "lease", "on_conflict", "announce_refresh", "vip"]
    case .vip: ["address", "dev", "label", "broadcast", "noprefixroute"]
    case .control: ["socket", "ask", "command"]
    case .metrics: ["listen"]
    }
  }

  /// Whether a key may stand in it. TOML compares keys byte by byte. Swift normalizes strings to compare them: some 60 ms a
  /// comparison where a key is a letter with half a million accents.
  func has(_ key: String) -> Bool { keys.contains { $0.utf8.elementsEqual(key.utf8) } }

  /// What to do about a key that does not belong here.
  func hint(forUnknown key: String) -> String {
    let homes = Self.allCases.filter { $0.keys.contains(key) }.map(\.title)
    if !homes.isEmpty { return "`\(key)` belongs in \(homes.joined(separator: " or "))" }
    if let meant = Spelling.closest(to: key, among: keys) { return "did you mean `\(meant)`?" }
    return "\(title) has \(keys.map { "`\($0)`" }.joined(separator: ", "))"
  }
}

import Support

/// One thing that a reload has changed.
package struct ConfigurationChange: Equatable, Sendable {
  /// What: `heartbeat.keepalive`, `group.lease`, `group.vip`, …; the key of the file, with its table.
  package let setting: String
  /// The group it belongs to.
  package let group: String?
  /// The addresses that it is about; nil where it is not about some of several.
  let addresses: String?
  /// As the file would have it; nil where it was not there before, or is no longer.
  package let before: String?
  package let after: String?

  init?(
    _ setting: String, of group: String? = nil, addresses: String? = nil, _ before: String?, _ after: String?
  ) {
    guard before != after else { return nil }
    (self.setting, self.group, self.addresses) = (setting, group, addresses)
    (self.before, self.after) = (before, after)
  }

  /// "group director: lease: 3s, was 10s".
  package var words: String {
    let key = group == nil ? setting : setting.replacing("group.", with: "")
    let what = addresses ?? (group.map { "group \($0): \(key)" } ?? key)
    switch (before, after) {
    case (let before?, let after?): return "\(what): \(after), was \(before)"
    case (nil, let after?): return "\(what): \(after) added"
    case (let before?, nil): return "\(what): \(before) removed"
    case (nil, nil): return what
    }
  }
}

extension Configuration {
  /// What another configuration changes: of the nodes, then of the groups.
  /// - Parameter next: the one that takes the place of this one.
  package func changes(to next: Configuration) -> [ConfigurationChange] {
    let general = [
      ConfigurationChange("cluster", cluster, next.cluster), ConfigurationChange("auth.keys", keys, next.keys),
      ConfigurationChange("node", nodes.listed, next.nodes.listed),
      ConfigurationChange("metrics.listen", metrics?.text ?? "off", next.metrics?.text ?? "off"),
    ]
    return (general + heartbeat.changes(to: next.heartbeat) + control.changes(to: next.control)).compactMap(\.self)
      + GroupChanges(from: groups, to: next.groups).all
  }
}

extension HeartbeatSettings {
  fileprivate func changes(to next: HeartbeatSettings) -> [ConfigurationChange?] {
    func change(_ key: String, _ before: some CustomStringConvertible, _ after: some CustomStringConvertible)
      -> ConfigurationChange?
    { ConfigurationChange("heartbeat.\(key)", "\(before)", "\(after)") }
    return [
      change("bcast", bcast.listed, next.bcast.listed), change("udpport", udpport, next.udpport),
      change("keepalive", keepalive.wholeMicroseconds, next.keepalive.wholeMicroseconds),
      change("warntime", warntime.wholeMicroseconds, next.warntime.wholeMicroseconds),
      change("deadtime", deadtime.wholeMicroseconds, next.deadtime.wholeMicroseconds),
      change("initdead", initdead.wholeMicroseconds, next.initdead.wholeMicroseconds),
      change("realtime", realtime, next.realtime), change("rtprio", rtprio, next.rtprio),
      change("unnumbered", unnumbered, next.unnumbered),
    ]
  }
}

extension ControlSettings {
  fileprivate func changes(to next: ControlSettings) -> [ConfigurationChange?] {
    func names(_ list: [String]?) -> String { list?.listed ?? "the agent's own group" }
    return [
      ConfigurationChange("control.socket", socket ?? "off", next.socket ?? "off"),
      ConfigurationChange("control.ask", names(ask), names(next.ask)),
      ConfigurationChange("control.command", command.listed, next.command.listed),
    ]
  }
}

extension [String] {
  /// Names as a sentence has them: "loadb1, loadb2", or "none".
  var listed: String { isEmpty ? "none" : joined(separator: ", ") }
}

extension Duration {
  /// As a configuration writes it; two thirds of a deadtime may be no whole number of microseconds.
  fileprivate var wholeMicroseconds: String { Duration.nanoseconds(nanoseconds / 1_000 * 1_000).configured }
}

/// What a service manager is told, in the status's own words.
extension Status {
  /// Whether the node has joined: it has listened, and knows who owns each group, or that nobody does.
  package var hasJoined: Bool { !groups.isEmpty && groups.allSatisfy(isSettled) }

  /// When a node has listened and found nobody, somebody takes the group within a few moments. If nobody has after this
  /// long, there is nobody who could.
  var graceUs: Int64 { heartbeat.deadtimeUs + 1_000_000 }

  func isSettled(_ group: GroupStatus) -> Bool {
    switch group.role {
    case "listening", "claiming": false
    default: group.owner != nil || group.conflict || group.sinceUs >= graceUs
    }
  }

  /// "joining: listening for who owns director".
  package var joiningLine: String {
    let closed = heartbeat.links.filter { !$0.open }.map(\.device)
    if !closed.isEmpty { return "joining: waiting for \(Self.list(closed))" }
    if unnumberedLinks.count == heartbeat.links.count {
      return "joining: waiting for an address of \(Self.list(unnumberedLinks.map(\.device)))'s own"
    }
    return "joining: listening for who owns \(Self.list(groups.filter { !isSettled($0) }.map(\.name)))"
  }

  /// The heartbeat devices that have no address of their own, and should.
  var unnumberedLinks: [LinkStatus] {
    heartbeat.unnumbered ? [] : heartbeat.links.filter { $0.open && $0.failure == nil && $0.source == nil }
  }

  /// "owner of 1 of 1 groups; 1 backup ready". The parts after the first are there when there is something to say.
  package var serviceLine: String {
    let owned = groups.filter { $0.owner == agent.node }
    let others = groups.filter { $0.owner != agent.node }
    let parts = [
      "owner of \(owned.count) of \(groups.count) groups", backups(of: owned), ability(for: others),
      Self.clause("nobody owns", others.filter { $0.owner == nil && !$0.conflict }),
      Self.clause("conflict over", groups.filter(\.conflict)),
      agent.reloadRefused == nil ? nil : "the last reload was refused", disagreement,
    ]
    return parts.compactMap(\.self).joined(separator: "; ")
  }

  /// How many could take over what this node owns; of several groups, the one that is off worst.
  private func backups(of owned: [GroupStatus]) -> String? {
    let counts = owned.map { group in group.nodes.count { $0.ready && $0.node != agent.node } }
    guard let fewest = counts.min() else { return nil }
    return fewest == 0 ? "no backup ready" : fewest == 1 ? "1 backup ready" : "\(fewest) backups ready"
  }

  /// Whether this node could take what others own.
  private func ability(for others: [GroupStatus]) -> String? {
    guard !others.isEmpty else { return nil }
    let unable = others.compactMap { group in group.nodes.first { $0.node == agent.node && !$0.ready } }
    if unable.isEmpty { return "ready to take over \(others.count)" }
    let reason = unable.first?.reason.map { ": \($0)" } ?? ""
    return unable.count == others.count
      ? "not ready to take over\(reason)"
      : "ready to take over \(others.count - unable.count) of \(others.count)\(reason)"
  }

  /// Whose configuration says something else than this node's: the nodes do not do the same any more.
  private var disagreement: String? {
    let others = peers.filter { $0.fingerprint != nil && !$0.configurationAgrees }.map(\.node)
    return others.isEmpty ? nil : "the configuration differs from that of \(Self.list(others))"
  }

  private static func clause(_ words: String, _ groups: [GroupStatus]) -> String? {
    groups.isEmpty ? nil : "\(words) \(list(groups.map(\.name)))"
  }

  /// "a, b, c and 2 more".
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(3).joined(separator: ", ")
    return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
  }
}

import TakeoverCore

/// What must never happen, whatever goes wrong. Nothing here believes the core; it looks at the kernels and the clock.
extension Machine {
  /// Two agents that run and hear each other let no two kernels have the addresses for longer than this: the heartbeat
  /// that tells of it is on its way for a tick and is said within one, and then the kernel does its part. A session that
  /// is new to one of them must prove itself first, there and back.
  var overlapBound: Interval { Setting.tick * 4 + Setting.unit * (setting.kernelTakes * 2) }

  // Announced after the confirmation only; and not before the withdrawal after a stall.
  mutating func checkAnnouncement(by node: Int, in world: World) {
    if !world.hosts[node].holds { breakRule("announces what its kernel does not have") }
    if world.hosts[node].mustWithdraw { breakRule("announces after a stall before it has withdrawn") }
  }

  /// A heartbeat says the truth about holding, and none leaves between a stall and the withdrawal.
  mutating func checkHeartbeat(_ heartbeat: borrowing Heartbeat, by node: Int, in world: World) {
    let host = world.hosts[node]
    let report = heartbeat.groups[0]
    if report.role == .owner, !host.holds { breakRule("says owner, but its kernel has nothing") }
    if !report.holds, host.holds, !host.isUntold { breakRule("says that it holds nothing, but its kernel does") }
    if host.mustWithdraw, host.holds { breakRule("speaks after a stall before it has withdrawn") }
  }

  mutating func note(_ report: Report, by node: Int, in world: inout World) {
    if tellsStory { story.append("\(Setting.names[node]): \(words(report))") }
    guard case .transitioned(_, let former, let role, let cause, _) = report else { return }
    hasMoved = true
    if role == .claiming { checkClaim(from: former, because: cause, by: node, in: &world) }
  }

  /// Only who is on standby and has listened claims, and nobody claims what answers on the wire.
  private mutating func checkClaim(
    from former: GroupReport.Role, because cause: Cause, by node: Int, in world: inout World
  ) {
    if former != .standby { breakRule("claims without being on standby") }
    if world.now < world.hosts[node].listensUntil { breakRule("claims before it has listened") }
    var takesOver = false
    if case .handOver = cause { takesOver = true }
    let isBlind = world.isCut || world.now < world.joinedAt + Setting.unit * 2
    world.hosts[node].takesOver = takesOver
    world.hosts[node].isBlind = isBlind
    world.hosts[node].claimedAt = world.now
    guard setting.asksWire, !takesOver, !isBlind, !world.hosts[node].holds, world.hosts[1 - node].holds else {
      return
    }
    switch cause {
    case .ownerLetGo, .ownerLeft:
      // The word that it holds nothing was true when it was said. Until the next one comes two claims can cross.
      if world.now > world.hosts[1 - node].claimedAt + Setting.tick { breakRule("claims on a word that is too old") }
    default:
      // Whoever has got the addresses after the last probe does not answer it: two claims cross.
      if world.now > world.hosts[1 - node].heldSince + Setting.unit {
        breakRule("claims what the other's kernel answers for")
      }
    }
  }

  /// A second holder comes by hand-over, or where no ARP passes, or where two claims cross that will hear of each other.
  mutating func checkNewHolder(_ node: Int, in world: World) {
    let host = world.hosts[node]
    guard setting.asksWire, !host.holds, world.hosts[1 - node].holds else { return }
    if host.takesOver || host.isBlind || world.isCut || world.hosts[1 - node].isBlind { return }
    if world.isWalled[0] && world.isWalled[1] { breakRule("a second holder that ARP and not heartbeats would tell") }
  }

  /// Two in touch do not both hold for long.
  mutating func watchOverlap(after move: Move, in world: inout World) {
    let runs = (0..<2).allSatisfy { world.hosts[$0].core != nil && world.hosts[$0].stall == .none }
    guard runs, world.hosts[0].holds, world.hosts[1].holds, world.areInTouch else {
      world.overlapSince = .never
      return
    }
    // What is lost must be said again.
    if world.overlapSince == .never || move.trouble != nil { world.overlapSince = world.now }
    let length = world.now - world.overlapSince
    longestOverlap = max(longestOverlap, length)
    if length > overlapBound { breakRule("two holders in touch for too long") }
  }

  private func words(_ report: Report) -> String {
    let text: String
    if case .transitioned(_, let from, let to, let cause, let term) = report {
      text = "\(from) → \(to), term \(term), because \(cause)"
    } else {
      text = "\(report)"
    }
    var words = text
    for noise in ["TakeoverCore.", "NodeIndex", "GroupIndex", "Interval"] {
      words = words.split(separator: noise, omittingEmptySubsequences: false).joined()
    }
    return words
  }
}

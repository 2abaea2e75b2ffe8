import TakeoverCore

/// When addresses go, and when they must.
extension World {
  /// Make before break: what is handed over stays until the target has it.
  func noteLetGo(of group: Int, by host: Int) {
    guard hosts[host].core != nil, hosts[host].kernel.holds >> UInt32(group) & 1 == 1,
      let target = hosts[host].target[group]
    else { return }
    violate(.gap, host, "removes \(name(ofGroup: group)), which it hands over to \(hosts[target].name)")
  }

  /// Whoever has taken the group has announced a claim that goes before: a newer one, or a better node's of the same term.
  func noteTaken(_ group: Int, from host: Int, by target: NodeIndex) {
    guard group < 8, let other = index(ofNode: target, on: host) else { return }
    let theirs = ledger.highestAnnounced[other * groups.count + group]
    let mine = ledger.last[host].terms[group]
    if theirs > mine || theirs == mine && rank(of: other, for: group) < rank(of: host, for: group) { return }
    violate(.gap, host, "lets go of \(name(ofGroup: group)), which \(hosts[other].name) has not announced yet")
  }

  /// R3: no lease is renewed for an agent that does not beat.
  func noteRenewal(by host: Int, begun: Instant) {
    let silence = begun - hosts[host].ranAt
    guard silence > hosts[host].cluster.deadtime else { return }
    violate(.renewal, host, "renews its leases \(silence.text) after its heartbeat thread ran last")
  }

  /// R9: an agent that has ended leaves nothing, unless it shall.
  func noteExit(_ host: Int) {
    guard hosts[host].kernel.holds != 0 else { return }
    violate(.leftBehind, host, "ends, and its kernel still has addresses")
  }

  /// Whoever says goodbye holds nothing, and whoever hears it knows.
  @inline(__always) func checkGoodbye(_ flags: Heartbeat.Flags, by host: Int, holding: UInt32) {
    guard flags.contains(.goodbye), holding != 0 else { return }
    violate(.truth, host, "says goodbye, and its kernel still has addresses")
  }

  /// After the core was told: a goodbye that was not dropped.
  func noteGoodbye(_ envelope: DatagramPool.Envelope, heardBy host: Int) {
    guard !envelope.isReplayed else { return }
    for action in actions.all { if case .dropped = action { return } }
    ledger.goodbyes[host * hosts.count + Int(envelope.sender)] = envelope.session
  }

  func checkDead(_ node: NodeIndex, for host: Int) {
    guard let other = index(ofNode: node, on: host) else { return }
    let place = host * hosts.count + other
    guard ledger.accepted[place] != 0, ledger.goodbyes[place] == ledger.accepted[place] else { return }
    violate(.truth, host, "takes \(hosts[other].name) for dead, which has said goodbye")
  }
}

import TakeoverCore

/// Causes, and the calm after them: nothing moves without a fault that can move it, and once the last one's consequences are over
/// there is exactly one owner, whom everybody knows.
extension World {
  func noteFault(_ fault: Fault) {
    if isHarmless(fault) {
      ledger.isRenaming = isRenaming(fault)
      ledger.harmlessUntil = now + fault.duration + ledger.bounds.quiet
    } else {
      let isAlone = isUndisturbed
      disturb()
      if isAlone { promiseService(after: fault) }
    }
  }

  func noteHealed(_ fault: Fault) {
    if ledger.isSettled, now < ledger.harmlessUntil { return }
    disturb()
  }

  /// From now on anything may move, for a while.
  func disturb() {
    ledger.disturbedAt = now
    ledger.isSettled = false
    ledger.harmlessUntil = .origin
    for group in groups.indices { ledger.servedBy[group] = .never }
    prolongUnrest()
  }

  /// What was under way counts from now.
  func prolongUnrest() {
    var quiet = ledger.bounds.quiet
    if ledger.bounds.mayRefuse { quiet = Interval(nanoseconds: quiet.nanoseconds + ledger.bounds.refusal.nanoseconds) }
    if ledger.hasStorm { quiet = Interval(nanoseconds: quiet.nanoseconds + ledger.bounds.storm.nanoseconds) }
    ledger.quietAt = now + quiet
  }

  /// When everything has been quiet for long enough it is judged once, and then watched.
  func lookAtQuiet() {
    if ledger.isSettled { return }
    guard now >= ledger.quietAt else { return ledger.nextLook = min(ledger.nextLook, ledger.quietAt) }
    let isCalm = inForce.allSatisfy {
      $0.kind.isAbsence || $0.kind == .recordings || $0.kind == .proxy && isLifeless($0.host)
    }
    guard isCalm, schedule != nil, !isDivided else { return }
    ledger.isSettled = true
    ledger.hasStorm = false
    ledger.awaitsName = 0
    for group in groups.indices { settle(group) }
  }

  /// Somebody with the key has said in the names of two nodes sequences that neither has reached: neither hears the other before the
  /// key is changed (docs/protocol.md, chapter 3).
  private var isDivided: Bool {
    guard ledger.forgedUntil != .origin else { return false }
    return hosts.indices.contains { one in
      hosts.indices.contains { other in one < other && isDeaf(one, to: other) && isDeaf(other, to: one) }
    }
  }

  /// Whether heartbeats pass that do not count.
  private func isDeaf(_ one: Int, to other: Int) -> Bool {
    guard ledger.heartbeatsSince[one * hosts.count + other] != .never, let core = hosts[one].core else { return false }
    var snapshot = CoreSnapshot()
    core.snapshot(into: &snapshot, at: hosts[one].clock.local(now))
    let tag = hosts[other].cluster.nodes[Int(hosts[other].cluster.me.position)]
    guard let node = hosts[one].cluster.nodes.firstIndex(of: tag) else { return false }
    return snapshot.nodes[node].lastHeard.map { hosts[one].clock.local(now) - $0 > ledger.bounds.deception } ?? true
  }

  /// A fabric that answers ARP for such a host is found out; a host without an agent answers the echoes that find it out.
  private func isLifeless(_ host: Int) -> Bool { hosts[host].core == nil && !isOnWire(host) }

  private func settle(_ group: Int) {
    let owners = hosts.indices.filter { hosts[$0].core != nil && hosts[$0].roles[group] == .owner }
    // Without a carrier it serves nobody, and without ears it cannot know.
    let holders = hosts.indices.filter { hosts[$0].kernel.holds >> UInt32(group) & 1 == 1 && hosts[$0].hasCarrier }
    let able = ableHosts(for: group)
    ledger.settled[group] = owners.first
    let isOneName = hosts.indices.allSatisfy { hosts[$0].core == nil || isNamedAlike(group, on: $0, owners.first ?? 0) }
    guard isOneName else {
      // What has come of other faults only a common name settles, a fail-back that waits for one among it.
      let isForGood = owners.count == 1 && holders == owners && !awaitsFailBack(group, from: owners[0], among: able)
      if !isForGood {
        ledger.settled[group] = nil
        ledger.awaitsName |= 1 << UInt32(group)
      }
      return
    }
    let isAbandoned = holders.contains { hosts[$0].core == nil }
    if isAbandoned {
      // A killed agent's addresses without a lease stay, and the others wait.
      if hosts.contains(where: { $0.lease(ofGroup: group) == nil }) { return }
      violate(.leftBehind, nil, "\(name(ofGroup: group)) is still where no agent runs")
    }
    guard !able.isEmpty || !owners.isEmpty else { return }
    guard owners.count == 1, holders == owners else {
      return violate(
        .oneOwner, nil,
        "\(name(ofGroup: group)) is owned by \(names(owners)) and held by \(names(holders)); able are \(names(able))")
    }
    checkPreference(group, owner: owners[0], able: able)
    checkAgreement(group, owner: owners[0])
    checkClients(of: group, owner: owners[0])
  }

  /// Whether the configuration of some host would bring the group to a better one than its owner.
  private func awaitsFailBack(_ group: Int, from owner: Int, among able: [Int]) -> Bool {
    hosts.contains { host in
      guard host.core != nil, let index = host.index(ofGroup: group) else { return false }
      let rules = host.cluster.groups[Int(index.position)]
      return rules.autoFailback && able.contains { rules.ranks[$0] < rules.ranks[owner] }
    }
  }

  private func names(_ hosts: [Int]) -> String {
    hosts.isEmpty ? "nobody" : hosts.map { self.hosts[$0].name }.joined(separator: ", ")
  }

  /// Those that can take the group; of those whose operators have put them on standby only if there is nobody else.
  private func ableHosts(for group: Int) -> [Int] {
    let able = hosts.indices.filter { host in
      hosts[host].core != nil && hosts[host].hasCarrier && hosts[host].hasHearing && !hosts[host].isLeaving
    }
    let free = able.filter { !isOnStandby($0, group) }
    return free.isEmpty ? able : free
  }

  private func checkPreference(_ group: Int, owner: Int, able: [Int]) {
    guard let index = hosts[owner].index(ofGroup: group) else { return }
    let rules = hosts[owner].cluster.groups[Int(index.position)]
    let isOneEdition = Set(hosts.map(\.cluster.fingerprint)).count == 1
    // Where an operator has put a group, it stays.
    let isPlaced = schedule?.faults.contains { $0.kind == .takeover } ?? false
    guard !able.isEmpty, isOneEdition, !isPlaced else { return }
    if !able.contains(owner) {
      return violate(.oneOwner, owner, "owns \(name(ofGroup: group)) though it should not; able are \(names(able))")
    }
    let best = able.min { rules.ranks[$0] < rules.ranks[$1] }
    if rules.autoFailback, !isOnStandby(owner, group), best != owner {
      violate(
        .oneOwner, owner, "owns \(name(ofGroup: group)) though \(names(best.map { [$0] } ?? [])) is preferred and there"
      )
    }
  }

  private func checkAgreement(_ group: Int, owner: Int) {
    guard group < 8 else { return }
    let present = hosts.indices.filter { hosts[$0].core != nil && hosts[$0].hasCarrier && hosts[$0].hasHearing }
    for host in present {
      let said = ledger.last[host].terms[group]
      if said < ledger.last[owner].terms[group] {
        violate(
          .agreement, host,
          "knows term \(said) of \(name(ofGroup: group)), its owner \(hosts[owner].name) has \(ledger.last[owner].terms[group])"
        )
      }
      for other in present where other != host {
        let holds = ledger.heard[host * hosts.count + other].holding >> UInt32(group) & 1 == 1
        guard holds != (other == owner) else { continue }
        violate(
          .agreement, host,
          "last heard that \(hosts[other].name) \(holds ? "holds" : "does not hold") \(name(ofGroup: group))")
      }
    }
  }

  /// A stable cluster moves nothing: R8 and more.
  func checkCause(of group: Int, on host: Int, to role: GroupReport.Role, because cause: Cause) {
    guard ledger.isSettled, ledger.awaitsName >> UInt32(group) & 1 == 0 else { return }
    if now >= ledger.harmlessUntil {
      return violate(.causelessMove, host, "\(name(ofGroup: group)) becomes \(role), and nothing has happened")
    }
    let owner = ledger.settled[group]
    if role == .claiming, host != owner {
      violate(.causelessMove, host, "claims \(name(ofGroup: group)), and nothing that moves it has happened")
    }
    if host == owner, role == .releasing || role == .faulted {
      violate(.causelessMove, host, "lets go of \(name(ofGroup: group)), and nothing that moves it has happened")
    }
  }
}

extension Fault.Kind {
  /// Somebody is not there: that is a quiet state, too.
  var isAbsence: Bool {
    switch self {
    case .crash, .kill, .stop, .standby, .unplug: true
    default: false
    }
  }
}

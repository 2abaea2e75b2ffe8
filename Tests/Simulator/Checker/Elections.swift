import TakeoverCore

/// Who goes first, and who gives way.
extension World {
  func noteRole(of group: Int, on host: Int, _ role: GroupReport.Role, because cause: Cause, term: UInt64) {
    // An owner stands for its claim.
    if role != .owner { ledger.standings[host * groups.count + group] = Ledger.Standing(term: term, since: now) }
    switch (role, cause) {
    case (.claiming, .handOver), (.claiming, .adoption), (.claiming, .forced): break
    case (.claiming, _): checkBest(host, group)
    case (.owner, .announced): checkUnrivalled(host, group, term: term)
    default: break
    }
  }

  /// Whether its operator has put a host on standby for a group: it goes after all who are not.
  func isOnStandby(_ host: Int, _ group: Int) -> Bool { hosts[host].standsBy >> UInt32(group) & 1 == 1 }

  /// An operator has put a host on standby for some groups or ended that, which the others do not know yet.
  func noteStandby(of host: Int, formerly: UInt32) {
    for group in groups.indices where (hosts[host].standsBy ^ formerly) >> UInt32(group) & 1 == 1 {
      ledger.standings[host * groups.count + group].since = now
    }
  }

  /// A reload has changed how good this node is for some groups, which the others do not know yet.
  func noteRanks(of host: Int, formerly: [UInt8]) {
    for group in groups.indices where rank(of: host, for: group) != formerly[group] {
      ledger.standings[host * groups.count + group].since = now
    }
  }

  /// Election: nobody claims before a better node that is ready and in contact.
  private func checkBest(_ host: Int, _ group: Int) {
    // By a recording a node takes itself for a namesake, and is not eligible.
    guard recording == nil else { return }
    for other in hosts.indices where other != host && hosts[other].core != nil {
      let stands = ledger.standings[other * groups.count + group]
      guard hosts[other].roles[group] == .standby, !hosts[other].isLeaving, !isOnStandby(other, group),
        isInContact(host, other, since: stands.since),
        hosts[other].cluster.fingerprint == hosts[host].cluster.fingerprint,
        isOnStandby(host, group) || rank(of: other, for: group) < rank(of: host, for: group)
      else { continue }
      violate(.notBest, host, "claims \(name(ofGroup: group)) before \(hosts[other].name), which is better and ready")
    }
  }

  /// Yielding: whoever hears of a newer claim, or of a better node's at the same time, does not go on.
  private func checkUnrivalled(_ host: Int, _ group: Int, term: UInt64) {
    for other in hosts.indices where other != host && hosts[other].core != nil {
      let stands = ledger.standings[other * groups.count + group]
      let role = hosts[other].roles[group]
      guard role == .claiming || role == .owner, isInContact(host, other, since: stands.since),
        hosts[other].cluster.fingerprint == hosts[host].cluster.fingerprint,
        stands.term > term || stands.term == term && rank(of: other, for: group) < rank(of: host, for: group)
      else { continue }
      violate(.twoHolders, host, "becomes owner of \(name(ofGroup: group)) against the claim of \(hosts[other].name)")
    }
  }

  /// Whether what the other has been since then is known to the one by now, and neither was held up.
  private func isInContact(_ one: Int, _ other: Int, since: Instant) -> Bool {
    let began = max(
      since, ledger.heartbeatsSince[one * hosts.count + other], ledger.calmSince[one], ledger.calmSince[other],
      ledger.acquaintedAt[one], ledger.acquaintedAt[other],
      // After a stall a node is silent until its kernel has let go of everything, and dead to the others until then.
      ledger.spokeAgainAt[other])
    return began != .never && now > began + ledger.bounds.introduction
  }

  func rank(of host: Int, for group: Int) -> UInt8 {
    guard let index = hosts[host].index(ofGroup: group) else { return .max }
    let cluster = hosts[host].cluster
    return cluster.groups[Int(index.position)].ranks[Int(cluster.me.position)]
  }
}

import TakeoverCore

/// Who may claim, and when a move has a cause.
extension World {
  func noteTransition(
    of group: Int, on host: Int, from: GroupReport.Role, to: GroupReport.Role, because cause: Cause, term: UInt64
  ) {
    ledger.urgent[host] += 1
    checkCause(of: group, on: host, to: to, because: cause)
    noteRole(of: group, on: host, to, because: cause, term: term)
    if case .taken(let target) = cause { noteTaken(group, from: host, by: target) }
    guard to == .claiming else { return }
    statistics.claims += 1
    checkEligibility(host, group)
    switch cause {
    case .handOver: return
    case .adoption: return checkLivingOwner(host, group, isAdopting: true)
    default:
      checkLivingOwner(host, group, isAdopting: false)
      // By force nobody is asked.
      if case .forced = cause { return }
      checkSecondOpinion(host, group, because: cause)
    }
  }

  private func checkEligibility(_ host: Int, _ group: Int) {
    if !hosts[host].knowsLink || !hosts[host].knowsHearing {
      violate(.ineligible, host, "claims \(name(ofGroup: group)) without a link")
    }
    if hosts[host].isLeaving { violate(.ineligible, host, "claims \(name(ofGroup: group)) while leaving") }
    let missing = ledger.listensUntil[host * groups.count + group] - hosts[host].clock.local(now)
    if missing > .zero, !hasHeardAll(host, group) {
      violate(.unlistened, host, "claims \(name(ofGroup: group)) \(missing.text) before it has listened")
    }
  }

  /// Every node that the host's configuration names was heard; of those that share a name, one.
  func hasHeardAll(_ host: Int, _ group: Int) -> Bool {
    let cluster = hosts[host].cluster
    let heard = ledger.heardSince[host * groups.count + group]
    return cluster.nodes.indices.allSatisfy { node in
      if node == Int(cluster.me.position) { return true }
      return hosts.indices.contains { other in
        let theirs = hosts[other].cluster
        return heard >> UInt32(other) & 1 == 1 && theirs.nodes[Int(theirs.me.position)] == cluster.nodes[node]
      }
    }
  }

  /// Who was heard to hold within his deadtime still does. Whose heartbeats prove nothing may be a recording.
  private func checkLivingOwner(_ host: Int, _ group: Int, isAdopting: Bool) {
    // Under another name nobody can be heard to hold it: the wire tells.
    for other in hosts.indices
    where other != host && isNamedAlike(group, on: host, other) && (knows(other, host) || isNewTo(host, other)) {
      let heard = ledger.heard[host * hosts.count + other]
      let silence = hosts[host].clock.local(now) - heard.at
      // Whoever says that he restarts is borne with for longer, but only in a session that was proven.
      let isProven = ledger.accepted[host * hosts.count + other] == heard.session
      var patience = isProven ? heard.deadtime : min(heard.deadtime, hosts[host].cluster.deadtime)
      // Who restarts is silent for longer, and lives. Where the wire is asked, that tells.
      if heard.isRestarting, isProven, !asksFirst(group, on: host) {
        patience = max(patience, ledger.bounds.shortestLease)
      }
      guard (isAdopting ? heard.keeping : heard.holding) >> UInt32(group) & 1 == 1, silence < patience else { continue }
      violate(
        .livingOwner, host,
        "claims \(name(ofGroup: group)), \(hosts[other].name) was heard to hold it \(silence.text) ago")
    }
  }

  /// Whether nothing of the other was ever proven to this host: then it believes that the other lives, whether or not it is heard there.
  private func isNewTo(_ host: Int, _ other: Int) -> Bool { ledger.accepted[host * hosts.count + other] == 0 }

  /// A kernel that had the addresses and could be reached all the time would have answered. With `on_conflict = "claim"` only a node
  /// is asked about that lives and calls the group otherwise.
  private func checkSecondOpinion(_ host: Int, _ group: Int, because cause: Cause) {
    let late = max(.zero, hosts[host].clock.local(now) - hosts[host].armedFor)
    let window = ledger.bounds.secondOpinion(late: late)
    var isVouchedFor = false
    switch cause {
    case .ownerLeft, .ownerLetGo: isVouchedFor = true
    default: break
    }
    let asksAll = asksFirst(group, on: host)
    for fault in inForce where fault.kind == .stranger && fault.group == group && !isVouchedFor && asksAll {
      // Who has no carrier hears nobody, and may not know of it.
      let since = max(Instant.origin + fault.at, hosts[host].carrierSince)
      guard since != .never, now - since > window else { continue }
      violate(.secondOpinion, host, "claims \(name(ofGroup: group)) though a stranger answers for it")
    }
    // It could not ask, and has waited for a lease to end.
    if wasUnaskable(host, for: group, until: window) { return }
    for other in hosts.indices where other != host && (asksAll || isHeardOtherwise(other, by: host, group)) {
      let since = max(
        ledger.holdsSince[other * groups.count + group], ledger.wireSince[host * hosts.count + other])
      let word = isVouchedFor ? max(window, hosts[host].cluster.warntime) : window
      guard since != .never, now - since > word else { continue }
      violate(.secondOpinion, host, "claims \(name(ofGroup: group)), for which \(hosts[other].name)'s kernel answers")
    }
  }

  /// Whether a node lives to the host and calls the group otherwise.
  private func isHeardOtherwise(_ other: Int, by host: Int, _ group: Int) -> Bool {
    let heard = ledger.heard[host * hosts.count + other]
    return !isNamedAlike(group, on: host, other) && knows(host, other)
      && hosts[host].clock.local(now) - heard.at < heard.deadtime
  }

  func noteAskable(_ host: Int, _ isAskable: Bool) {
    hosts[host].isUnaskable = !isAskable
    guard isAskable != (ledger.unaskableSince[host] == .never) else { return }
    ledger.unaskableSince[host] = isAskable ? .never : now
    if isAskable { ledger.askableSince[host] = now }
  }

  /// Whether no probe has left the host for so long that it need not wait any more, or only just can again.
  private func wasUnaskable(_ host: Int, for group: Int, until window: Interval) -> Bool {
    let patience = (hosts[host].lease(ofGroup: group) ?? .seconds(3)) + .seconds(1)
    if ledger.unaskableSince[host] != .never { return now - ledger.unaskableSince[host] >= patience }
    return ledger.askableSince[host] != .origin && now - ledger.askableSince[host] < window
  }

  /// R4: a core orders an announcement only of a claim that the kernel has confirmed.
  func noteAnnounceOrder(_ group: Int, term: UInt64, by host: Int) {
    journal?.ordered(group, term: term, by: host, at: now)
    if hosts[host].confirmed[group] != term {
      violate(
        .unconfirmed, host,
        "announces \(name(ofGroup: group)) for term \(term), the kernel confirmed \(hosts[host].confirmed[group])")
    }
  }

  /// The frames leave: the kernel has the addresses, unless somebody has just removed them.
  func announced(_ group: Int, by host: Int) {
    journal?.announced(group, by: host, at: now)
    noteAnnouncement(of: group, by: host)
    let bit = UInt32(1) << UInt32(group)
    if hosts[host].kernel.holds & bit == 0, hosts[host].robbed & bit == 0 {
      violate(.unconfirmed, host, "announces \(name(ofGroup: group)), which its kernel does not have")
    }
  }
}

import TakeoverCore

/// What clients are told: who is owner has announced it, and once everything is quiet every client knows the owner.
extension World {
  /// The first round of a claim's announcements has left, or a later one.
  func noteAnnouncement(of group: Int, by host: Int) {
    let place = host * groups.count + group
    ledger.announcedTerm[place] = hosts[host].thread.care[group].wanted
    ledger.highestAnnounced[place] = max(ledger.highestAnnounced[place], ledger.announcedTerm[place])
  }

  /// R4: who says owner has announced this very claim.
  @inline(__always) func checkAnnounced(_ report: GroupReport, of group: Int, by host: Int) {
    guard report.role == .owner, ledger.announcedTerm[host * groups.count + group] != report.term else { return }
    violate(.unannounced, host, "says owner of \(name(ofGroup: group)) under term \(report.term)")
  }

  /// A gratuitous ARP has left: clients beside the host hear it at once, those beside another when it arrives there.
  /// - Parameter arrival: nil if it does not arrive.
  func noteProclaimed(_ group: Int, by host: Int, besides other: Int, arrival: Instant?) {
    let place = other * groups.count + group
    if let arrival {
      if arrival >= ledger.told[place].at { ledger.told[place] = Ledger.Told(by: Int8(host), at: arrival) }
    } else if network[host, other].loss > 0 {
      // By bad luck a client misses all rounds, and waits for the next refresh.
      ledger.told[place].by = Ledger.Told.byChance
    } else {
      ledger.told[place].hasMissed = true
    }
  }

  /// R5: the winner of a conflict announces anew, so nobody is left with the loser's Ethernet address.
  func checkClients(of group: Int, owner: Int) {
    for place in hosts.indices {
      let word = ledger.told[place * groups.count + group]
      let told = word.by
      // Nobody notices that a cut has healed behind which no agent runs, or which somebody has bridged with a recording; its
      // clients wait for the next refresh.
      if word.hasMissed, hosts[place].core == nil || ledger.playedAt[place] > word.at { continue }
      // What has happened behind a cut nobody can know before whoever told them is heard again.
      guard told >= 0, told != owner, ledger.heartbeatsSince[owner * hosts.count + Int(told)] != .never,
        hosts[Int(told)].core != nil, knows(owner, Int(told))
      else { continue }
      violate(
        .misled, owner,
        "owns \(name(ofGroup: group)), but clients beside \(hosts[place].name) were last told \(hosts[Int(told)].name)")
    }
  }
}

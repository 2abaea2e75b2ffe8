import TakeoverCore

/// Two holders only while no ARP path joins them or inside a hand-over, and then for no longer than the bound after contact.
extension World {
  func holdingChanged(_ group: Int, on host: Int) {
    let holds = hosts[host].kernel.holds >> UInt32(group) & 1 == 1
    ledger.holdsSince[host * groups.count + group] = holds ? now : .never
    if !holds { ledger.muted[host] &= ~(1 << UInt32(group)) }
    journal?.held(group, by: host, holds, at: now)
    look()
  }

  /// Looks at all holders, and when to look again.
  func look() {
    ledger.nextLook = .never
    for group in groups.indices {
      for one in hosts.indices where ledger.holdsSince[one * groups.count + group] != .never {
        for other in (one + 1)..<max(hosts.count, one + 1)
        where ledger.holdsSince[other * groups.count + group] != .never {
          judge(one, other, group)
        }
      }
    }
    lookAtService()
    lookAtQuiet()
  }

  private func judge(_ one: Int, _ other: Int, _ group: Int) {
    guard let end = overlapEnd(one, other, group) else { return }
    if now > end {
      violate(
        .twoHolders, nil,
        "\(hosts[one].name) and \(hosts[other].name) both hold \(name(ofGroup: group)) since \(overlapBegan(one, other, group)), in contact"
      )
    } else {
      ledger.nextLook = min(ledger.nextLook, end + Interval(nanoseconds: 1))
    }
  }

  private func overlapBegan(_ one: Int, _ other: Int, _ group: Int) -> String {
    Vocabulary.time(
      max(ledger.holdsSince[one * groups.count + group], ledger.holdsSince[other * groups.count + group]))
  }

  /// By when one of two holders must have let go; nil as long as nothing can be asked of them.
  private func overlapEnd(_ one: Int, _ other: Int, _ group: Int) -> Instant? {
    // Neither takes the other's word for one about its own group.
    guard isNamedAlike(group, on: one, other) else { return nil }
    let pair = one * hosts.count + other
    let reloaded = max(ledger.reloadedAt[one], ledger.reloadedAt[other])
    let since = max(
      ledger.holdsSince[one * groups.count + group], ledger.holdsSince[other * groups.count + group], reloaded,
      ledger.wireSince[pair], ledger.heartbeatsSince[pair], ledger.calmSince[one], ledger.calmSince[other],
      ledger.acquaintedAt[one], ledger.acquaintedAt[other])
    // No agent, no contact, or somebody is held up: the lease ends the one, contact the other.
    guard since != .never else { return nil }
    let began = max(ledger.holdsSince[one * groups.count + group], ledger.holdsSince[other * groups.count + group])
    // Who was in contact since before the taker claimed it hears of it at once, the others with the next heartbeat. Whoever was
    // robbed, and has put it back, says nothing new.
    let taker = hosts[one].target[group] == other ? other : hosts[other].target[group] == one ? one : nil
    let wasHeard = taker.map { ledger.heartbeatsSince[pair] <= claimed(group, by: $0) } ?? false
    let isHandOver = since == began && wasHeard
    let end = since + (isHandOver ? ledger.bounds.handOver : ledger.bounds.conflict)
    // What is held is added again first, and was not announced yet.
    let isAddedAgain = reloaded >= max(claimed(group, by: one), claimed(group, by: other))
    return isAddedAgain ? end + ledger.bounds.reload : end
  }

  /// When the claim began by which a holder has it.
  private func claimed(_ group: Int, by host: Int) -> Instant {
    let slot = host * groups.count + group
    return min(ledger.standings[slot].since, ledger.holdsSince[slot])
  }
}

import TakeoverCore

/// What heartbeats say, and how often.
extension World {
  func noteSent(_ heartbeat: UnsafePointer<Heartbeat>, by host: Int, at local: Instant) {
    let kernel = hosts[host].kernel.holds
    let excused = hosts[host].robbed | hosts[host].refused | hosts[host].untold
    if ledger.muted[host] & kernel != 0 {
      violate(.afterStall, host, "speaks while its kernel still has what it had before the stall")
    }
    ledger.muted[host] = 0
    if ledger.spokeAgainAt[host] == .never { ledger.spokeAgainAt[host] = now }
    var saying = Ledger.Saying()
    for place in 0..<heartbeat.pointee.groups.count {
      let report = heartbeat.pointee.groups[place]
      let number = Int(hosts[host].numbers[place])
      let bit = UInt32(1) << UInt32(number)
      if number < 8 { saying.terms[number] = report.term }
      if report.role == .owner { saying.owns |= bit }
      checkAnnounced(report, of: number, by: host)
      guard excused & bit == 0 else { continue }
      let isHeld = kernel & bit != 0
      if report.role == .owner && !isHeld || !report.holds && isHeld {
        violate(
          .truth, host,
          "says \(report.role) of \(name(ofGroup: number)), which its kernel \(isHeld ? "has" : "does not have")")
      }
    }
    checkGoodbye(heartbeat.pointee.flags, by: host, holding: kernel & ~excused)
    ledger.last[host] = saying
    countSaying(by: host, keepalive: heartbeat.pointee.keepalive)
  }

  /// In any second: one a keepalive, one a change, and a few for what asks for it at once.
  private func countSaying(by host: Int, keepalive: Interval) {
    ledger.inWindow[host] += 1
    guard now - ledger.window[host] >= .seconds(1) else { return }
    let seconds = 1 + (now - ledger.window[host]).nanoseconds / 1_000_000_000
    let regular = seconds * (1_000_000_000 / max(keepalive.nanoseconds, 1) + 1)
    let allowed = Int(regular) * 2 + 4 * ledger.urgent[host] + 40 + 20 * groups.count
    if ledger.inWindow[host] > allowed {
      violate(.busyLoop, host, "sent \(ledger.inWindow[host]) heartbeats in \((now - ledger.window[host]).text)")
    }
    ledger.window[host] = now
    ledger.inWindow[host] = 0
    ledger.urgent[host] = 0
  }
}

@testable import TakeoverCore

/// The address thread and the kernel's clock: leases end unless the agent lives and its heartbeats are on time.
extension Trial {
  /// What an earlier life has left in the kernel, told as the address thread does: all at once, after the start.
  func tellFound(_ host: Int) {
    var hardware = HardwareList(filler: .zero)
    hardware.append(hosts[host].hardware)
    for tag in hosts[host].untold.sorted() {
      hosts[host].untold.remove(tag)
      if let group = hosts[host].index(of: tag) { deliver(.addressesFound(group), to: host) }
    }
    deliver(.hardware(hardware), to: host)
  }

  /// The kernel has just been asked for the group's addresses, for a lease from now on.
  func beginLease(of tag: Tag, on host: Int) {
    guard hosts[host].holds.contains(tag), let lease = hosts[host].lease(of: tag) else {
      hosts[host].leaseEnds[tag] = nil
      return
    }
    let number = (hosts[host].renews[tag] ?? 0) + 1
    hosts[host].renews[tag] = number
    extend(tag, on: host, for: lease)
    renew(tag, number, on: host, until: now + lease, after: lease / 4)
  }

  /// Linux ends an address 0.14 to 0.33 s after its lease.
  private func extend(_ tag: Tag, on host: Int, for lease: Interval) {
    let lateness = Interval.milliseconds(Int64.random(in: 140...330, using: &wireDice))
    let end = now + lease + lateness
    hosts[host].leaseEnds[tag] = end
    at(end) { [unowned self] in
      guard hosts[host].leaseEnds[tag] == end else { return }
      hosts[host].leaseEnds[tag] = nil
      hosts[host].holds.remove(tag)
      record.note("the lease of \(record.vocabulary.name(tag)) has ended", by: host, at: now)
      let life = hosts[host].life
      at(hosts[host].kernelIsFreeAt) { [unowned self] in
        guard hosts[host].life == life, let group = hosts[host].index(of: tag) else { return }
        deliver(.addressesLost(group), to: host)
      }
    }
  }

  /// Every quarter of the lease, if the heartbeat thread is on time; otherwise again after a sixteenth, as long as the
  /// lease runs.
  private func renew(_ tag: Tag, _ number: Int, on host: Int, until end: Instant, after pause: Interval) {
    let life = hosts[host].life
    at(now + pause) { [unowned self] in
      guard hosts[host].life == life, hosts[host].renews[tag] == number, let lease = hosts[host].lease(of: tag),
        hosts[host].core != nil
      else { return }
      if hosts[host].kernelIsFreeAt > now {
        return renew(tag, number, on: host, until: end, after: hosts[host].kernelIsFreeAt - now)
      }
      guard now < end - .milliseconds(50) else { return }
      guard now - hosts[host].ranAt <= hosts[host].cluster.deadtime else {
        return renew(tag, number, on: host, until: end, after: lease / 16)
      }
      if !hosts[host].holds.contains(tag) { return renew(tag, number, on: host, until: end, after: lease / 4) }
      extend(tag, on: host, for: lease)
      if let group = hosts[host].index(of: tag) {
        deliver(.leased(group, until: hosts[host].promise(tag, since: now)), to: host)
      }
      renew(tag, number, on: host, until: now + lease, after: lease / 4)
    }
  }
}

import TakeoverCore

/// A host's kernel, as far as it matters: which groups' addresses it has, and until when.
package struct Kernel {
  /// A bit a group.
  var holds: UInt32 = 0
  var refuses: UInt32 = 0
  /// When the lease of each group ends, on the host's clock.
  var leaseEnds: [Instant]
  /// Counts the leases of each group, so that an old end is not taken for a new one.
  var leases: [UInt64]
  /// Somebody else's work holds RTNL until then.
  var rtnlUntil = Instant.origin
  /// Whether it answers ICMP echoes.
  package var answersEchoes = true

  init(groups: Int) {
    leaseEnds = Array(repeating: .never, count: groups)
    leases = Array(repeating: 0, count: groups)
  }
}

/// Leases and the wire: what a kernel does by itself, whatever becomes of the agent.
extension World {
  /// The kernel has the group's addresses from now on, for a lease.
  ///
  /// A lease ends up to 20 ms early and up to a second late: docs/faults.md has the measurement.
  func hold(_ group: Int, on host: Int, lease: Interval?) {
    setHolding(group, on: host, true)
    hosts[host].kernel.leases[group] &+= 1
    guard let lease else { return hosts[host].kernel.leaseEnds[group] = .never }
    let rounding = timing.leaseRounding.pick(chance(of: host, about: .lease))
    let end = hosts[host].clock.local(now) + lease + rounding
    hosts[host].kernel.leaseEnds[group] = end
    expectLeaseEnd(group, on: host)
  }

  private func expectLeaseEnd(_ group: Int, on host: Int) {
    let kernel = hosts[host].kernel
    agenda.add(
      Occurrence(kind: .leaseEnd, host: UInt8(host), group: UInt8(group), value: kernel.leases[group]),
      at: max(hosts[host].clock.world(kernel.leaseEnds[group]), now).nanoseconds)
  }

  func endLease(_ what: Occurrence) {
    let host = Int(what.host)
    let group = Int(what.group)
    guard hosts[host].kernel.leases[group] == what.value, hosts[host].kernel.holds >> what.group & 1 == 1 else {
      return
    }
    if hosts[host].pausedUntil > now { return agenda.add(what, at: hosts[host].pausedUntil.nanoseconds) }
    // A clock that stood still has more of the lease before it.
    if hosts[host].clock.local(now) < hosts[host].kernel.leaseEnds[group] { return expectLeaseEnd(group, on: host) }
    note(host, "kernel: the lease of \(name(ofGroup: group)) has ended")
    drop(group, on: host)
  }

  /// The kernel loses an address by itself or by somebody else's hand, and says so.
  func drop(_ group: Int, on host: Int) {
    setHolding(group, on: host, false)
    agenda.add(
      Occurrence(kind: .addressGone, host: UInt8(host), group: UInt8(group), life: hosts[host].life),
      at: now.nanoseconds)
  }

  func setHolding(_ group: Int, on host: Int, _ holds: Bool) {
    let bit = UInt32(1) << UInt32(group)
    guard (hosts[host].kernel.holds & bit != 0) != holds else { return }
    if holds { hosts[host].kernel.holds |= bit } else { hosts[host].kernel.holds &= ~bit }
    note(host, "kernel: \(holds ? "has" : "has no longer") \(name(ofGroup: group))")
    holdingChanged(group, on: host)
  }

  // MARK: - The wire

  /// A device with carrier, and a kernel that runs.
  func isOnWire(_ host: Int) -> Bool { hosts[host].isUp && hosts[host].hasCarrier }

  func sendProbe(for group: Int, to hardware: EthernetAddress?, from host: Int) {
    guard isOnWire(host), !hosts[host].isUnaskable else { return }
    for other in hosts.indices where other != host && (hardware == nil || hardware == hosts[other].hardware) {
      if let time = network.sendFrame(from: host, to: other, at: now.nanoseconds) {
        agenda.add(
          Occurrence(kind: .probe, host: UInt8(other), other: UInt8(host), group: UInt8(group)), at: time)
      }
    }
    for fault in inForce where fault.kind == .stranger || fault.kind == .proxy {
      guard fault.group == group else { continue }
      let answerer = fault.kind == .stranger ? Self.stranger : hosts[fault.host].hardware
      // A fabric answers what goes to everybody; a frame to one address goes there.
      guard hardware == nil || fault.kind == .stranger && hardware == answerer else { continue }
      journal?.answered(group, by: answerer, isEcho: false, to: host, at: now)
      tellAddress(of: group, at: answerer, to: host, at: now + .microseconds(200))
    }
  }

  func sendEcho(for group: Int, to hardware: EthernetAddress, from host: Int) {
    guard isOnWire(host) else { return }
    for other in hosts.indices where other != host && hosts[other].hardware == hardware {
      if let time = network.sendFrame(from: host, to: other, at: now.nanoseconds) {
        agenda.add(
          Occurrence(kind: .echoRequest, host: UInt8(other), other: UInt8(host), group: UInt8(group)), at: time)
      }
    }
    if strangerAnswersEchoes, hardware == Self.stranger,
      inForce.contains(where: { $0.kind == .stranger && $0.group == group })
    {
      agenda.add(
        Occurrence(kind: .echoed, host: UInt8(host), group: UInt8(group), value: hardware.rawValue),
        at: now.nanoseconds + 200_000)
    }
  }

  /// In interrupt context: no agent is needed.
  func answer(_ what: Occurrence) {
    let host = Int(what.host)
    guard isOnWire(host) else { return }
    if hosts[host].pausedUntil > now {
      // The virtual card's ring keeps a few frames.
      if what.value < 1 { postpone(what, to: hosts[host].pausedUntil) }
      return
    }
    let isEcho = what.kind == .echoRequest
    guard isEcho ? hosts[host].kernel.answersEchoes : hosts[host].kernel.holds >> what.group & 1 == 1,
      let time = network.sendFrame(from: host, to: Int(what.other), at: now.nanoseconds)
    else { return }
    journal?.answered(Int(what.group), by: hosts[host].hardware, isEcho: isEcho, to: Int(what.other), at: now)
    agenda.add(
      Occurrence(
        kind: isEcho ? .echoed : .answered, host: what.other, group: what.group,
        value: hosts[host].hardware.rawValue),
      at: time)
  }

  private func postpone(_ what: Occurrence, to time: Instant) {
    var later = what
    later.value = 1
    agenda.add(later, at: time.nanoseconds)
  }

  /// A gratuitous ARP: everybody hears it.
  func proclaim(_ group: Int, by host: Int) {
    guard isOnWire(host) else { return }
    noteProclaimed(group, by: host, besides: host, arrival: now)
    for other in hosts.indices where other != host {
      let time = network.sendFrame(from: host, to: other, at: now.nanoseconds)
      noteProclaimed(group, by: host, besides: other, arrival: time.map { Instant(nanoseconds: $0) })
      guard let time else { continue }
      tellAddress(of: group, at: hosts[host].hardware, to: other, at: Instant(nanoseconds: time))
    }
  }

  func tellAddress(of group: Int, at hardware: EthernetAddress, to host: Int, at time: Instant) {
    agenda.add(
      Occurrence(kind: .answered, host: UInt8(host), group: UInt8(group), value: hardware.rawValue),
      at: time.nanoseconds)
  }
}

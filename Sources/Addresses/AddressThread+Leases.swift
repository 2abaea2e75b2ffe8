import Configuration
import Engine
import Linux
import Log
import Netlink
import Support
import TakeoverCore

/// How the groups' addresses stay: their leases are renewed.
extension AddressThread {
  /// Renews a chunk of the leases, if the heartbeat thread is on time: otherwise the others may already think that this
  /// node is dead, and its addresses shall end.
  func renewSome(at now: Instant) {
    let isOnTime = isOnTime(at: now)
    // What it may have ordered when it woke up: let go first.
    obey()
    guard isOnTime else {
      renewal = nil
      if leases.postpone(at: now) { log.write(.renewalPaused(deadtime)) }
      return
    }
    var current = renewal ?? beginRenewal(at: now)
    renewal = nil
    do throws(NetlinkError) {
      let chunk = current.nextChunk { leases.isRunning($0, at: now) }
      let refusals = try ownedAddresses.renew(chunk.map(\.address))
      if !refusals.isEmpty { log.write(.renewalFailed(refusals.map(\.description))) }
      let refused = Set(refusals.map(\.address))
      for renewed in chunk where refused.contains(renewed.address.identity) { current.refused.insert(renewed.group) }
    } catch {
      log.write(.renewalFailed(["\(error)"]))
      _ = leases.postpone(at: now)
      return
    }
    if current.isComplete { finish(current, at: now) } else { renewal = current }
  }

  /// How late the heartbeat thread may be: after that the others may think that this node is dead.
  var deadtime: Interval { Interval(generation.configuration.heartbeat.deadtime) }

  func isOnTime(at now: Instant) -> Bool { liveness.isWithin(deadtime.nanoseconds, of: now.nanoseconds) }

  func beginRenewal(at now: Instant) -> RenewalPass {
    let groups = leases.running(at: now).compactMap { generation.group($0) }
    return RenewalPass(of: groups.map { ($0, addresses(of: $0) ?? []) }, at: now)
  }

  func finish(_ renewal: RenewalPass, at now: Instant) {
    // What was refused keeps the lease that it has, and is tried again soon.
    if !renewal.refused.isEmpty { _ = leases.postpone(at: now) }
    for group in renewal.groups where !renewal.refused.contains(group.tag) && leases.isRunning(group.tag, at: now) {
      tell(.leased(group.tag, until: leases.begin(group.tag, seconds: group.lease, at: renewal.began)))
    }
    leases.dropEnded(at: now)
    leadWithOwn()
  }
}

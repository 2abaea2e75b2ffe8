import Configuration
import Engine
import Linux
import Log
import Netlink
import Support
import TakeoverCore

/// What becomes of a group's addresses: added, announced, removed.
extension AddressThread {
  func unwant(_ tag: Tag) {
    holds.removeAll { $0.group.tag == tag }
    wanted[tag] = nil
    found.remove(tag)
    announcer.end(tag)
    leases.end(tag)
  }

  func hold(_ tag: Tag, term: UInt64) {
    // A renewal that goes on would put back what the group is to lose.
    renewal = nil
    holds.removeAll { $0.group.tag == tag }
    guard let group = generation.group(tag), refused[tag] != term else { return tell(.failed(tag, term: term)) }
    guard let addresses = addresses(of: group) else {
      letGoQuietly(tag)
      return refuse(tag, term: term)
    }
    let isClaim = wanted[tag]?.term != term
    holds.append(AddPass(group: group, term: term, began: .now, addresses: addresses, isClaim: isClaim))
  }

  /// Adds a chunk of what is to be held.
  /// - Parameter isOnTime: whether the heartbeat thread was, before its last orders were executed.
  func addSome(isOnTime: Bool) {
    guard let hold = holds.first else { return }
    let group = hold.group
    do throws(NetlinkError) {
      var refusals = hold.confirmed == 0 ? rivals(of: hold.addresses) : []
      if refusals.isEmpty { refusals = try add(hold, isAnnounced: hold.isClaim && isOnTime) }
      if !refusals.isEmpty { refusals += try ownedAddresses.letGo(of: group.tag) }
      if refusals.isEmpty, holds[0].isComplete {
        refusals = try ownedAddresses.keepOnly(hold.addresses, for: group.tag)
      }
      guard refusals.isEmpty else {
        log.write(.addressRefused(refusals.map(\.description), of: group))
        return refuse(group.tag, term: hold.term)
      }
      if holds[0].isComplete { confirm(holds.removeFirst(), at: .now) }
    } catch {
      log.write(.addressRefused(["\(error)"], of: group))
      letGoQuietly(group.tag)
      refuse(group.tag, term: hold.term)
    }
  }

  /// What the host has by itself and would answer for also when another node owns it.
  private func rivals(of addresses: [InterfaceAddress]) -> [AddressRefusal] {
    hosts.rivals(of: addresses) { devices[$0]?.isWithoutARP == false && devices[$0]?.isLoopback == false }.map {
      .hostsOwn($0.rival, in: $0.wish, named: name(of: $0.rival.link))
    }
  }

  /// Asks the kernel for the next chunk.
  /// - Parameter isAnnounced: whether what it has confirmed before is announced meanwhile.
  /// - Returns: what was refused.
  func add(_ hold: AddPass, isAnnounced: Bool) throws(NetlinkError) -> [AddressRefusal] {
    let chunk = hold.chunk
    let earlyAnnouncer = isAnnounced ? earlyAnnouncer(of: hold, at: .now) : nil
    defer { holds[0].announced += earlyAnnouncer?.finish() ?? 0 }
    let refusals = try ownedAddresses.add(chunk, for: hold.group.tag)
    holds[0].confirmed += chunk.count
    return refusals
  }

  /// Sets out with what the kernel has confirmed, unless its lease may have ended meanwhile.
  func earlyAnnouncer(of hold: AddPass, at now: Instant) -> EarlyAnnouncer? {
    guard hold.announced < hold.confirmed, now < Leases.end(of: hold.group.lease, from: hold.began) else { return nil }
    let vips = hold.group.vips[hold.announced..<hold.confirmed]
    let announcements = announcements(of: vips)
    // What cannot be announced must not be counted either.
    return announcements.count == vips.count ? announcer.setOut(with: announcements, by: devices) : nil
  }

  /// The kernel has all of it.
  func confirm(_ hold: AddPass, at confirmed: Instant) {
    let tag = hold.group.tag
    stuck.remove(tag)
    found.remove(tag)
    wanted[tag] = Claim(term: hold.term, announced: hold.announced)
    tell(.leased(tag, until: leases.begin(tag, seconds: hold.group.lease, at: hold.began)))
    tell(.added(tag, term: hold.term, at: confirmed))
    if hold.isDisturbed { tell(.lost(tag)) }
  }

  func refuse(_ tag: Tag, term: UInt64) {
    unwant(tag)
    refused[tag] = term
    tell(.failed(tag, term: term))
  }

  /// The group's addresses as the kernel wants them; nil where a device is missing.
  func addresses(of group: GroupAddresses) -> [InterfaceAddress]? {
    var addresses: [InterfaceAddress] = []
    addresses.reserveCapacity(group.vips.count)
    var finder = DeviceFinder(devices)
    for vip in group.vips {
      guard let link = finder.index(of: vip.dev) else {
        log.write(.addressWithoutDevice(vip, of: group))
        return nil
      }
      var address = InterfaceAddress(
        prefix: vip.prefix, link: link, label: vip.label, broadcast: vip.broadcast,
        protocolTag: AddressMarks.tag, validLifetime: group.lease, preferredLifetime: group.lease)
      address.noPrefixRoute = vip.noprefixroute
      addresses.append(address)
    }
    return addresses
  }

  func letGo(_ tag: Tag) {
    do throws(NetlinkError) {
      let refusals = try ownedAddresses.letGo(of: tag)
      // Our own removal comes back as a notification; read it now, while it cannot be taken for somebody else's.
      readMonitor()
      guard refusals.isEmpty else {
        if !stuck.contains(tag) { log.write(.removalRefused(refusals.map(\.description), of: generation.group(tag))) }
        return retryLater(tag)
      }
    } catch {
      if !stuck.contains(tag) { log.write(.removalRefused(["\(error)"], of: generation.group(tag))) }
      return retryLater(tag)
    }
    stuck.remove(tag)
    tell(.removed(tag))
  }

  func letGoQuietly(_ tag: Tag) {
    if (try? ownedAddresses.letGo(of: tag))?.isEmpty != true { retryLater(tag) }
  }

  func retryLater(_ tag: Tag) {
    stuck.insert(tag)
    retryAt = .now + Self.retryPause
  }

  func retryRemovals() {
    retryAt = .never
    for tag in stuck { letGo(tag) }
  }

  func announce(_ tag: Tag, term: UInt64) {
    guard let claim = wanted[tag], claim.term == term, let group = generation.group(tag), isServed(tag, at: .now) else {
      return
    }
    wanted[tag]?.announced = 0
    announcer.begin(
      tag, term: term, announcements(of: group.vips[...]), from: claim.announced,
      refresh: Interval(group.announceRefresh), at: .now)
  }

  /// Those of addresses whose devices have an Ethernet address.
  func announcements(of vips: ArraySlice<VIPSettings>) -> [Announcement] {
    var finder = DeviceFinder(devices)
    return vips.compactMap { vip in
      guard let link = finder.index(of: vip.dev), devices.hardwareAddress(of: link) != nil else { return nil }
      return Announcement(address: IPv4Number(vip.prefix.address), link: link)
    }
  }

  /// Sends a chunk of what is due.
  func announceSome() {
    let now = Instant.now
    for outcome in announcer.work(at: now, by: devices, where: { isServed($0, at: now) }) {
      if let errno = outcome.failure, let group = generation.group(outcome.group) {
        log.write(.announcementFailed("\(errno)", of: group))
      }
      tell(.announced(outcome.group, term: outcome.term, at: outcome.at))
    }
  }

  /// Whether the kernel has the group's addresses for certain. After a stop of this thread they may be somebody else's, and
  /// must not be announced any more.
  func isServed(_ tag: Tag, at now: Instant) -> Bool {
    guard wanted[tag] != nil, let group = generation.group(tag) else { return false }
    return group.lease == nil || leases.isRunning(tag, at: now)
  }
}

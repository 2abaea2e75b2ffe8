import Engine
import Linux
import Log
import Netlink
import Support
import TakeoverCore

/// What the kernel reports, and what is told of it.
extension AddressThread {
  func readMonitor() {
    var news = News()
    do throws(NetlinkError) {
      news.isLossy = try monitor.read { note($0, in: &news) }
    } catch {
      log.write(.notificationsLost("\(error)"))
      news.isLossy = true
    }
    ownedAddresses.settleRemovals()
    if news.isLossy { return takeSnapshot() }
    if news.linksChanged || news.hostChanged {
      tellVantages()
      tellLinks(again: false)
    }
    if news.linksChanged { keepSecondaries() }
    for tag in news.lost { noteLoss(of: tag) }
    for link in news.readdressed { announceAnew(on: link) }
    mend(news.lostRoutes)
    if news.hostChanged { leadWithOwn() }
  }

  private func note(_ event: RouteEvent, in news: inout News) {
    switch event {
    case .linkChanged(let link):
      if devices.update(link) { news.readdressed.insert(link.index) }
      news.linksChanged = true
    case .linkRemoved(let link):
      devices.remove(link)
      news.linksChanged = true
    case .addressAdded(let address):
      if let group = ownedAddresses.noteAddition(of: address) { news.lost.insert(group) }
      guard ownedAddresses.isHosts(address) else { return }
      hosts.add(address)
      news.hostChanged = true
    case .addressRemoved(let address):
      if let group = ownedAddresses.noteRemoval(of: address.identity) { news.lost.insert(group) }
      hosts.remove(address.identity)
      news.hostChanged = news.hostChanged || ownedAddresses.isHosts(address)
    case .routeRemoved(let route): news.lostRoutes.append(route)
    }
  }

  func noteLoss(of tag: Tag) {
    if let place = holds.firstIndex(where: { $0.group.tag == tag }) {
      holds[place].isDisturbed = true
    } else if wanted[tag] != nil {
      tell(.lost(tag))
    } else if found.remove(tag) != nil {
      ownedAddresses.forget(tag)
      tell(.lost(tag))
    }
  }

  /// Where notifications were lost, or there were none yet, everything is read anew.
  func takeSnapshot() {
    rereadAt = .never
    do throws(NetlinkError) {
      let snapshot = try ownedAddresses.snapshot()
      let readdressed = devices.replace(with: snapshot.links)
      if !isSurveyed { try sortLeftovers(among: snapshot.addresses) }
      for tag in ownedAddresses.missing(from: snapshot.addresses) { noteLoss(of: tag) }
      hosts.replace(with: snapshot.addresses.filter { ownedAddresses.isHosts($0) })
      tellVantages()
      tellLinks(again: !isSurveyed)
      keepSecondaries()
      for link in readdressed { announceAnew(on: link) }
      leadWithOwn()
      try mendAll(among: snapshot.addresses)
      if !isSurveyed { tell(.surveyed) }
      isSurveyed = true
    } catch {
      log.write(.kernelUnreadable("\(error)"))
      rereadAt = .now + Self.retryPause
    }
  }

  /// What an earlier life of the agent has left behind: whole groups are kept for the core to adopt or to let go of.
  private func sortLeftovers(among addresses: [InterfaceAddress]) throws(NetlinkError) {
    let leftovers = Leftovers(of: generation.groups, among: addresses, on: devices)
    if !leftovers.whole.isEmpty { sources.presumeAll(devices) }
    for (group, addresses) in leftovers.whole {
      ownedAddresses.adopt(addresses, for: group.tag)
      found.insert(group.tag)
      log.write(.leftoverFound(group))
      tell(.found(group.tag))
    }
    for leftover in leftovers.rest { log.write(.leftoverRemoved("\(leftover.prefix)")) }
    for refusal in try ownedAddresses.remove(leftovers.rest) { log.write(.leftoverStuck("\(refusal)")) }
  }

  /// Tells what has changed about the devices that matter, or everything.
  func tellLinks(again isFull: Bool) {
    for notice in linkStates.update(for: generation, with: devices, sources, isFull: isFull) { tell(notice) }
    if LinkStates.isStale(generation, with: devices) { devicesChanged.signal() }
  }

  /// Tells where the wire can be asked from and what heartbeats leave from: an address of each device's own. And all other
  /// devices at whose Ethernet addresses this host's kernel may answer for any address that it has.
  func tellVantages() {
    let own = UnsharedAddresses(hosts.all, besides: generation.probes)
    for (place, device) in generation.devices.enumerated() { tellVantage(devices.named(device), at: place, own) }
    var place = generation.devices.count
    for link in devices.answering(hosts.links) {
      guard place < HardwareList.capacity, !generation.devices.contains(link.name), link.isAskable else { continue }
      tellVantage(link, at: place, own)
      place += 1
    }
    // Where there was another device before.
    for former in place..<max(place, probeSources) { tellVantage(nil, at: former, own) }
    probeSources = place
    for notice in sources.update(for: generation, own, addressed: hosts.links) { tell(notice) }
  }

  /// - Parameter link: nil where there is no device any more.
  private func tellVantage(_ link: Link?, at place: Int, _ own: UnsharedAddresses) {
    guard let link, link.isAskable, let hardware = link.hardwareAddress else {
      return tell(.probeSource(place: place, index: 0, hardware: .zero, address: .any))
    }
    tell(
      .probeSource(
        place: place, index: link.index, hardware: EthernetAddress(hardware), address: own.first(on: link.index)))
  }
}

/// What one reading of the kernel's notifications has brought.
private struct News {
  var isLossy = false
  var linksChanged = false
  /// An address of the host's own has come, changed or gone.
  var hostChanged = false
  /// Groups of which somebody else has removed or changed an address.
  var lost: Set<Tag> = []
  /// Devices that have another Ethernet address than before.
  var readdressed: Set<Int32> = []
  var lostRoutes: [Route] = []
}

import Engine
import Linux
import Log
import Netlink
import Support
import TakeoverCore

/// What keeps held addresses serving, and the host's own what they are, when somebody else changes the network.
extension AddressThread {
  /// With another Ethernet address of a device, clients look for its addresses at one that it does not have any more.
  func announceAnew(on link: Int32) {
    guard let device = devices[link], let hardware = device.hardwareAddress else { return }
    for tag in announcer.beginAnew(on: link, at: .now) {
      if let group = generation.group(tag) {
        log.write(.readdressed(device.name, to: "\(hardware)", announcing: group))
      }
    }
  }

  /// The host's own addresses, and all its routes, shall not go when one of ours goes that was the first of their subnet.
  func keepSecondaries() {
    for name in generation.devices {
      guard let link = devices.named(name), link.promotesSecondaries == false else { continue }
      do throws(NetlinkError) {
        if let changed = try ownedAddresses.keepSecondaries(on: link.index) { _ = devices.update(changed) }
        log.write(.secondariesKept(on: name))
      } catch {
        log.write(.secondariesNotKept(on: name, "\(error)"))
      }
    }
  }

  /// The first address of a subnet is the source of the host's connections there. Where an own address of the host has come
  /// behind one of ours, ours goes behind it: those connections would end with the next move.
  func leadWithOwn() {
    let subnets = hosts.overtaken
    guard !subnets.isEmpty else { return }
    let now = Instant.now
    // The leases begin anew, which only a node may do that the others know to be alive.
    guard isOnTime(at: now) else { return }
    let busy = Set(holds.map(\.group.tag))
    let groups = generation.groups.filter { isServed($0.tag, at: now) && !busy.contains($0.tag) }
    for subnet in subnets {
      let ours = groups.flatMap { addresses(of: $0) ?? [] }.filter {
        $0.subnet == subnet && ownedAddresses.isOurs($0.identity)
      }
      guard !ours.isEmpty else { continue }
      do throws(NetlinkError) {
        let moved = try ownedAddresses.moveBack(ours)
        if let first = moved.first { log.write(.movedBack("\(first.prefix)", on: name(of: subnet.link))) }
      } catch {
        log.write(.notMovedBack("\(error)"))
      }
    }
  }

  /// Puts back what the kernel needs to answer from our addresses. Whoever removes it again and again is a storm, as with the
  /// addresses themselves.
  func mend(_ lost: [Route]) {
    guard !lost.isEmpty else { return }
    var stricken: Set<Tag> = []
    let keys = RouteKeys(of: ownedAddresses.ours)
    for route in lost {
      guard let address = keys.address(behind: route), let tag = ownedAddresses.group(of: address),
        isServed(tag, at: .now),
        let group = generation.group(tag)
      else { continue }
      do throws(NetlinkError) {
        guard try routes.mend(route, of: address) else { continue }
        if stricken.insert(tag).inserted {
          log.write(.routeMended(of: "\(address.prefix)", on: name(of: address.link), group))
        }
      } catch {
        log.write(.addressRefused(["\(error)"], of: group))
        let term = wanted[tag]?.term
        letGoQuietly(tag)
        if let term { refuse(tag, term: term) }
      }
    }
    for tag in stricken { noteLoss(of: tag) }
  }

  /// The same where nobody has told which routes are gone.
  /// - Parameter present: the addresses that the kernel has.
  func mendAll(among present: [InterfaceAddress]) throws(NetlinkError) {
    let now = Instant.now
    let served = generation.groups.filter { isServed($0.tag, at: now) && $0.devices.allSatisfy(devices.carries) }
    let ours = served.flatMap { addresses(of: $0) ?? [] }.filter {
      ownedAddresses.isOurs($0.identity) && !devices.isInVRF($0.link)
    }
    guard !ours.isEmpty else { return }
    let leaders = Dictionary(
      present.filter { !$0.isSecondary }.map { ($0.subnet, $0) }, uniquingKeysWith: { first, _ in first })
    let routes = ours.flatMap { Route.made(for: $0, with: leaders[$0.subnet]) }
    mend(try self.routes.missing(of: routes))
  }

  /// What a message calls a device that may be gone.
  func name(of link: Int32) -> String { devices[link]?.name ?? "device \(link)" }
}

/// Finds the address of ours that a route was made for.
private struct RouteKeys {
  private var bySubnet: [Subnet: AddressIdentity] = [:]
  private var byHost: [Subnet: AddressIdentity] = [:]

  init(of addresses: some Sequence<AddressIdentity>) {
    for address in addresses {
      bySubnet[address.subnet] = address
      if let host = IPPrefix(address: address.prefix.address, length: address.prefix.address.family.bitWidth) {
        byHost[Subnet(network: host, link: address.link)] = address
      }
    }
  }

  func address(behind route: Route) -> AddressIdentity? {
    guard let destination = route.destination, let link = route.link else { return nil }
    let key = Subnet(network: destination, link: link)
    if route.isLocal { return byHost[key] }
    return route.isUnicast ? bySubnet[key] : nil
  }
}

import Addresses
import Configuration
import Engine
import Linux
import Log
import Netlink
import Support
import TakeoverCore

/// Shared addresses that this host has and the agent did not put there: while one is here, its kernel answers for it, and no
/// other node takes it.
///
/// The main thread's alone, with a socket of its own for what the kernel reports; what that says of devices goes to
/// ``DeviceStates``. It changes nothing.
final class ForeignAddresses {
  /// An address on a device.
  private struct Place: Hashable {
    let prefix: IPPrefix
    let link: Int32
  }

  private let log: Log
  private let devices: DeviceStates
  private var monitor: RouteMonitor
  private var groups: [GroupAddresses] = []
  /// With the device's name.
  private var found: [Place: String] = [:]
  /// Whether the kernel could be read the last time.
  private var isRead = false

  init(devices: DeviceStates, log: Log) throws(NetlinkError) {
    self.devices = devices
    self.log = log
    monitor = try RouteMonitor(exceptAdditionsOf: AddressMarks.tag)
  }

  /// Readable when the kernel has something to report.
  var descriptor: Int32 { monitor.descriptor }

  /// What there is of a group, in words; empty where there is nothing.
  func words(for group: Tag) -> [String] {
    guard let group = groups.first(where: { $0.tag == group }) else { return [] }
    return found.filter { place, _ in group.vips.contains { $0.prefix.address == place.prefix.address } }
      .map { "\($0.key.prefix) on \($0.value)" }.sorted()
  }

  /// Looks for the addresses of this generation's groups, and cares for its devices, from now on.
  func look(for generation: Generation) {
    groups = generation.groups
    devices.care(for: generation)
    look()
  }

  private func look() {
    do throws(NetlinkError) {
      // What was reported before is in what is read now.
      _ = try monitor.read { _ in }
      var socket = try RouteSocket()
      let snapshot = try socket.snapshot()
      isRead = true
      note(snapshot)
      devices.read(snapshot.links)
    } catch {
      fail(error)
    }
  }

  /// What was known of devices may be wrong; the next event has all read again.
  private func fail(_ error: NetlinkError) {
    isRead = false
    devices.read([])
    log.write(.kernelUnreadable("\(error)"))
  }

  /// Takes what the kernel has reported.
  func serve() {
    var isStale = !isRead
    do throws(NetlinkError) {
      let isLossy = try monitor.read { event in
        switch event {
        case .addressAdded(let address): isStale = isStale || isForeign(address) && !isKnown(address)
        case .addressRemoved(let address): isStale = isStale || isKnown(address)
        case .linkChanged(let link): devices.change(link)
        case .linkRemoved(let link): devices.remove(link)
        case .routeRemoved: break
        }
      }
      if isStale || isLossy { look() }
    } catch {
      fail(error)
    }
  }

  private func isKnown(_ address: InterfaceAddress) -> Bool {
    found[Place(prefix: address.prefix, link: address.link)] != nil
  }

  private func isForeign(_ address: InterfaceAddress) -> Bool {
    !address.isMarked
      && groups.contains { $0.vips.contains { $0.prefix.address == address.prefix.address } }
  }

  private func note(_ snapshot: RouteSnapshot) {
    let names = Dictionary(snapshot.links.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
    var now: [Place: String] = [:]
    for address in snapshot.addresses where isForeign(address) && !isQuiet(address, on: names[address.link]) {
      now[Place(prefix: address.prefix, link: address.link)] = names[address.link]?.name ?? "device \(address.link)"
    }
    for (place, device) in now where found[place] == nil { tell(place, device, isHere: true) }
    for (place, device) in found where now[place] == nil { tell(place, device, isHere: false) }
    found = now
  }

  /// Whether the kernel answers no ARP request for it: a real server behind a director has the address so. Where that cannot be
  /// read, as in the service's sandbox, the administrator is taken to know what he does.
  private func isQuiet(_ address: InterfaceAddress, on link: Link?) -> Bool {
    guard let link, !link.speaksARP else { return false }
    let vip = groups.flatMap(\.vips).first { $0.prefix.address == address.prefix.address }
    return vip.flatMap { Sysctl.larger("arp_ignore", on: $0.dev) } != 0
  }

  private func tell(_ place: Place, _ device: String, isHere: Bool) {
    let group = groups.first { $0.vips.contains { $0.prefix.address == place.prefix.address } }
    guard let group else { return }
    log.write(
      isHere ? .foreignAddress(place.prefix, on: device, of: group) : .foreignAddressGone(place.prefix, of: group))
  }
}

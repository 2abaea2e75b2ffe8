import Configuration
import Engine
import Netlink
import TakeoverCore

/// What the heartbeat thread was told about the devices that matter, to tell only what has changed.
struct LinkStates {
  private var carrying: Set<Tag> = []
  private var isHearing = false

  /// Forgets what was told: a new generation may mean other devices by the same groups.
  mutating func reset() { self = LinkStates() }

  /// - Parameters:
  ///   - sources: a heartbeat device counts once it has had an address of its own, or is configured to have none.
  ///   - isFull: tell everything, not only what has changed.
  /// - Returns: what is to be told now.
  mutating func update(
    for generation: Generation, with devices: Devices, _ sources: HeartbeatSources, isFull: Bool
  ) -> [AddressNotice] {
    var notices: [AddressNotice] = []
    for group in generation.groups {
      let carries = group.devices.allSatisfy(devices.carries)
      if isFull || carries != carrying.contains(group.tag) {
        notices.append(carries ? .linkUp(group.tag) : .linkDown(group.tag))
      }
      if carries { carrying.insert(group.tag) } else { carrying.remove(group.tag) }
    }
    let bcast = generation.configuration.heartbeat.bcast
    let isUnnumbered = generation.configuration.heartbeat.unnumbered
    let hears = zip(bcast, generation.links).contains { device, link in
      guard let link, devices.carries(device), devices.named(device)?.index == link.index else { return false }
      return isUnnumbered || sources.hasBeenNumbered(link.index)
    }
    if isFull || hears != isHearing { notices.append(hears ? .hearing : .deaf) }
    isHearing = hears
    return notices
  }

  /// Whether a heartbeat socket must be opened anew: one that is bound to a device that was removed hears nothing,
  /// whatever has the name now.
  static func isStale(_ generation: Generation, with devices: Devices) -> Bool {
    zip(generation.configuration.heartbeat.bcast, generation.links).contains { device, link in
      devices.named(device).map { $0.index != link?.index } ?? false
    }
  }
}

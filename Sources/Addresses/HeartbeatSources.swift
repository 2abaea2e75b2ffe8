import Engine
import TakeoverCore

/// Which address heartbeats leave from on each device, and which devices have had one.
///
/// A host that boots is not ready before its heartbeat device has an address of its own: what comes first becomes the
/// subnet's first address, and a shared address must not. A device that loses its address later, because its DHCP
/// server is away, still carries heartbeats, and its host goes on as it is.
struct HeartbeatSources {
  private var numbered: Set<Int32> = []

  /// Whether the device has, or has had, an address of its own.
  func hasBeenNumbered(_ link: Int32) -> Bool { numbered.contains(link) }

  /// The host has served before: whatever its devices lack now, they have had.
  mutating func presumeAll(_ devices: Devices) { numbered.formUnion(devices.indices) }

  /// - Parameter addressed: the devices that have an address which is not ours: a shared one, too, that somebody has given the host, for
  ///   that is the subnet's first already.
  /// - Returns: what is to be told: the source on each link of the generation.
  mutating func update(for generation: Generation, _ own: UnsharedAddresses, addressed: Set<Int32>) -> [AddressNotice] {
    generation.links.enumerated().compactMap { place, link in
      guard let link else { return nil }
      if addressed.contains(link.index) { numbered.insert(link.index) }
      return .source(link: place, address: own.first(on: link.index))
    }
  }
}

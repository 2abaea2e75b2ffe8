import Configuration
import Engine
import Log
import Netlink

/// Which devices of the configuration carry nothing, and why: a pulled cable is to be named.
///
/// The main thread's alone. It asks nobody, see ``ForeignAddresses``: the kernel answers what a device is only once it has RTNL,
/// and just then others have that. It changes nothing.
final class DeviceStates {
  /// Why a device carries nothing.
  enum Trouble: Equatable {
    case down
    case withoutCarrier
  }

  private let log: Log
  /// The names of the configuration's devices.
  private var names: Set<String> = []
  /// Those of them that are there, by the kernel's number; none while that is not known.
  private var links: [Int32: Link] = [:]
  /// By the device's name: what was said of it and is not over yet.
  private var told: [String: Trouble] = [:]

  init(log: Log) { self.log = log }

  /// In words by the device's name, as "eth0 has no carrier". A device that is not there is said by others.
  var troubles: [String: String] {
    links.values.reduce(into: [:]) { $0[$1.name] = Self.trouble(of: $1)?.words(of: $1.name) }
  }

  /// Cares for the devices of this generation from now on. What they are is told next, by ``read(_:)``.
  func care(for generation: Generation) {
    names = Set(generation.devices + generation.configuration.heartbeat.bcast)
    told = told.filter { names.contains($0.key) }
  }

  /// Takes all devices of the host anew; none where they could not be read.
  func read(_ all: [Link]) {
    links = [:]
    for link in all.sorted(by: { $0.name < $1.name }) { change(link) }
  }

  /// A device has come, or is another now: it may have another name, too.
  func change(_ link: Link) {
    links[link.index] = names.contains(link.name) ? link : nil
    guard names.contains(link.name) else { return }
    let trouble = Self.trouble(of: link), former = told[link.name]
    guard trouble != former else { return }
    told[link.name] = trouble
    log.write(trouble.map { .deviceCarriesNothing(link.name, $0.words(of: link.name)) } ?? .deviceCarries(link.name))
  }

  /// A device is gone.
  func remove(_ link: Link) { links[link.index] = nil }

  private static func trouble(of link: Link) -> Trouble? {
    if !link.isUp { return .down }
    return link.hasCarrier ? nil : .withoutCarrier
  }
}

extension DeviceStates.Trouble {
  fileprivate func words(of device: String) -> String {
    switch self {
    case .down: "\(device) is down"
    case .withoutCarrier: "\(device) has no carrier: its cable, the switch port or the other end is off"
    }
  }
}

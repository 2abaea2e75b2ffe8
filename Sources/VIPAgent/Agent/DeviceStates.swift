import Netlink

/// Which devices of the configuration carry nothing, and why: a pulled cable is to be named.
///
/// The main thread's alone. It changes nothing.
final class DeviceStates {
  /// Why a device carries nothing.
  enum Trouble: Equatable {
    case missing
    case down
    case withoutCarrier
  }

  private let log: Log
  /// By the device's name; only of those that were there.
  private var states: [String: Trouble?] = [:]

  init(log: Log) { self.log = log }

  /// In words, as "eth0 has no carrier". A device that is not there is said by others.
  var troubles: [String] {
    states.sorted { $0.key < $1.key }.compactMap { device, trouble in trouble?.words(of: device) }
  }

  /// Asks the kernel for the state of a plan's devices, and says what has changed.
  func look(at plan: Plan) {
    let devices = Set(plan.configuration.heartbeat.bcast + plan.devices).sorted()
    var now: [String: Trouble?] = [:]
    do throws(NetlinkError) {
      var socket = try RouteSocket()
      for device in devices { now[device] = .some(Self.trouble(of: try socket.link(named: device))) }
    } catch {
      return log.write(.kernelUnreadable("\(error)"))
    }
    for device in devices {
      guard let state = now[device] else { continue }
      tell(device, from: states[device] ?? nil, to: state)
    }
    states = now
  }

  private static func trouble(of link: Link?) -> Trouble? {
    guard let link else { return .missing }
    if !link.isUp { return .down }
    return link.hasCarrier ? nil : .withoutCarrier
  }

  private func tell(_ device: String, from former: Trouble?, to trouble: Trouble?) {
    guard former != trouble else { return }
    if let words = trouble?.words(of: device) {
      log.write(.deviceCarriesNothing(device, words))
    } else if trouble == nil, former != .missing {
      log.write(.deviceCarries(device))
    }
  }
}

extension DeviceStates.Trouble {
  fileprivate func words(of device: String) -> String? {
    switch self {
    case .missing: nil
    case .down: "\(device) is down"
    case .withoutCarrier: "\(device) has no carrier: its cable, the switch port or the other end is off"
    }
  }
}

import Configuration
import Engine
import Log
import Support
import TakeoverCore

/// What the address thread says: all that the kernel refuses, and what an earlier agent has left.
extension Message {
  /// `errors` has one or more; the first of them is said.
  static func addressRefused(_ errors: [String], of group: GroupAddresses) -> Message {
    let more = errors.count > 1 ? " (and \(errors.count - 1) more like this)" : ""
    return Message(
      .addressRefused, "group \(group.name): \(errors.first ?? "")\(more)",
      group.fields + [.error: errors.first, .count: "\(errors.count)"])
  }

  static func addressWithoutDevice(_ vip: VIPSettings, of group: GroupAddresses) -> Message {
    Message(
      .addressWithoutDevice, "group \(group.name): cannot add \(vip.prefix): there is no device \(vip.dev)",
      [.group: group.name, .address: "\(vip.prefix)", .device: vip.dev])
  }

  /// `group` is nil where the configuration does not name it any more.
  static func removalRefused(_ errors: [String], of group: GroupAddresses?) -> Message {
    let owner = group.map { "group \($0.name): " } ?? ""
    let more = errors.count > 1 ? " (and \(errors.count - 1) more like this)" : ""
    return Message(
      .removalRefused, "\(owner)\(errors.first ?? "")\(more): trying again",
      (group?.fields ?? [:]) + [.error: errors.first, .count: "\(errors.count)"])
  }

  static func announcementFailed(_ error: String, of group: GroupAddresses) -> Message {
    Message(
      .announcementFailed, "group \(group.name): gratuitous ARP for \(group.summary) was not sent: \(error)",
      group.fields + [.error: error])
  }

  static func renewalPaused(_ patience: Interval) -> Message {
    Message(
      .renewalPaused, "the heartbeat thread is late by more than \(patience.text): leases are not renewed",
      [.silence: patience.inMicroseconds])
  }

  static func renewalFailed(_ errors: [String]) -> Message {
    let more = errors.count > 1 ? " (and \(errors.count - 1) more like this)" : ""
    return Message(
      .renewalFailed, "renewal: \(errors.first ?? "")\(more)", [.error: errors.first, .count: "\(errors.count)"])
  }

  static func notificationsLost(_ error: String) -> Message {
    Message(.notificationsLost, "\(error): reading devices and addresses anew", [.error: error])
  }

  package static func kernelUnreadable(_ error: String) -> Message {
    Message(.kernelUnreadable, "\(error): devices and addresses are not known", [.error: error])
  }

  static func leftoverFound(_ group: GroupAddresses) -> Message {
    Message(.leftoverFound, "\(group.summary) is here from an earlier agent", group.fields)
  }

  static func leftoverRemoved(_ address: String) -> Message {
    Message(
      .leftoverRemoved, "\(address) was left behind by an earlier agent: removing it", [.address: address])
  }

  static func leftoverStuck(_ error: String) -> Message { Message(.leftoverStuck, error, [.error: error]) }

  static func groupDropped(_ group: GroupAddresses) -> Message {
    Message(
      .groupDropped, "group \(group.name) is not in the configuration any more: letting go of \(group.summary)",
      group.fields)
  }

  static func readdressed(_ device: String, to hardware: String, announcing group: GroupAddresses) -> Message {
    Message(
      .readdressed, "\(device) has the Ethernet address \(hardware) now: announcing \(group.summary) anew",
      group.fields)
  }

  static func movedBack(_ address: String, on device: String) -> Message {
    Message(
      .movedBack,
      "\(address) was the first address of its subnet on \(device): it is behind the host's own now, which is the source of "
        + "the host's connections", [.address: address, .device: device])
  }

  static func notMovedBack(_ error: String) -> Message {
    Message(
      .notMovedBack, "\(error): a shared address is the source of this host's connections", [.error: error])
  }

  static func routeMended(of address: String, on device: String, _ group: GroupAddresses) -> Message {
    Message(
      .routeMended, "somebody removed the route of \(address) on \(device): put back",
      [.group: group.name, .address: address, .device: device])
  }

  static func secondariesKept(on device: String) -> Message {
    Message(
      .secondariesKept, "promote_secondaries of \(device) was 0: set to 1, and no address goes along with another one",
      [.device: device])
  }

  static func secondariesNotKept(on device: String, _ error: String) -> Message {
    Message(.secondariesNotKept, "\(error)", [.device: device, .error: error])
  }
}

extension GroupAddresses {
  /// So many addresses a message names, at most.
  static let mostNamed = 8

  /// The group's name, its first addresses and how many it has, and its devices, as the fields of a message.
  package var fields: MessageFields {
    var fields: MessageFields = [.group: name]
    for vip in vips.prefix(Self.mostNamed) { fields.add(.address, "\(vip.prefix)") }
    if vips.count > Self.mostNamed { fields.add(.addresses, "\(vips.count)") }
    for device in devices.sorted() { fields.add(.device, device) }
    return fields
  }
}

extension Interval {
  /// As the fields of a message have it.
  package var inMicroseconds: String { "\(nanoseconds / 1_000)" }
}

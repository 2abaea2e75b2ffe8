import TakeoverCore

extension EthernetAddress {
  /// "02:00:00:00:00:01".
  package var text: String {
    stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: rawValue >> UInt64($0)).hex }
      .joined(separator: ":")
  }
}

extension Interval {
  /// As an administrator reads it: "412 µs", "302 ms", "1.5 s", "2 min".
  package var text: String {
    let magnitude = nanoseconds.magnitude
    switch magnitude {
    case ..<1_000_000: return "\(nanoseconds / 1_000) µs"
    case ..<10_000_000: return "\(tenths(of: 1_000_000)) ms"
    case ..<1_000_000_000: return "\(nanoseconds / 1_000_000) ms"
    case ..<120_000_000_000: return "\(tenths(of: 1_000_000_000)) s"
    default: return "\(nanoseconds / 60_000_000_000) min"
    }
  }

  private func tenths(of unit: Int64) -> String {
    let tenths = nanoseconds / (unit / 10)
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths) % 10)"
  }
}

extension GroupReport.Role {
  /// As the log, the status and the metrics call it. RFC 9568 calls a router that is ready to take over a Backup; standby
  /// is what an operator puts a node on.
  package var word: String {
    switch self {
    case .standby: "backup"
    case .listening, .claiming, .owner, .releasing, .faulted: "\(self)"
    }
  }
}

extension Request {
  /// As the command line calls it.
  package var words: String {
    switch self {
    case .standby: "standby"
    case .available: "end of the standby"
    case .takeover: "takeover"
    case .failBack: "fail-back"
    }
  }
}

extension Readiness {
  /// As part of a sentence about the node.
  package var words: String {
    switch self {
    case .ready: "ready"
    case .holding: "it holds the group"
    case .notHeard: "never heard"
    case .dead: "silent for its deadtime"
    case .left: "it said goodbye"
    case .leaving: "its agent is not running or stops"
    case .restarting: "its agent restarts"
    case .onStandby: "it was put on standby, by force or while it could not take it"
    case .lastResort: "it was put on standby, and takes it only if nobody else can"
    case .linkDown: "a device is down there"
    case .deaf: "no heartbeat device is up there, or has an address of its own yet"
    case .faulted: "its kernel refused the addresses"
    case .storm: "somebody keeps removing the addresses there"
    case .namesake: "another agent uses its name"
    case .listening: "it is still listening"
    case .unmentioned: "its configuration does not have the group"
    case .ineligible: "it says that it could not carry the group"
    case .doesNotHearUs: "it does not hear this node"
    }
  }
}

extension DropReason {
  /// Signed with keys that this node does not have: nothing in it is proven.
  package var isOfOtherKeys: Bool { otherKeys != nil }

  /// With what it is signed instead of a key of this node, in words; nil where it is not that.
  package var otherKeys: String? {
    switch self {
    case .unknownKey: "a key that this node does not have"
    case .authentication: "another secret"
    default: nil
    }
  }
}

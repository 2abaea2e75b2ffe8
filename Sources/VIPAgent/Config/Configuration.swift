import Netlink
import TakeoverCore

/// Everything a configuration file says, checked, with the defaults filled in.
struct Configuration: Equatable, Sendable {
  /// The cluster's name: agents of different clusters on one network ignore each other.
  var cluster: String
  var heartbeat: HeartbeatSettings
  /// Path of the key file.
  var keys: String
  var control: ControlSettings
  /// Where Prometheus may fetch metrics; nil where nowhere.
  var metrics: MetricsSettings?
  /// The names of the nodes, as `uname -n` gives them, in the order of the file: 2...16.
  var nodes: [String]
  /// 1...32.
  var groups: [GroupSettings]

  /// The node of a name, as the file spells it. Host names do not tell upper case from lower (RFC 4343), and neither
  /// did heartbeat.
  func node(named name: String) -> String? {
    nodes.first { $0.lowercased() == name.lowercased() }
  }

  /// The nodes whose names have the same first label as a host's name: one of the two may be a fully qualified domain name.
  func nodes(alike name: String) -> [String] {
    func label(_ name: String) -> String { name.lowercased().prefix { $0 != "." }.description }
    return nodes.filter { label($0) == label(name) }
  }
}

/// How the nodes tell each other that they live.
struct HeartbeatSettings: Equatable, Sendable {
  /// The devices heartbeats are broadcast on: 1...4.
  var bcast: [String]
  /// UDP port, 1...65535.
  var udpport: UInt16
  /// Time between two heartbeats: 1 ms...60 s.
  var keepalive: Duration
  /// Silence after which a node is late: between keepalive and deadtime.
  var warntime: Duration
  /// Silence after which a node is dead: more than 2 × keepalive, at most 10 min.
  var deadtime: Duration
  /// How long a node listens before it may claim: deadtime...1 h.
  var initdead: Duration
  /// Whether the heartbeat thread asks for SCHED_FIFO and locked memory.
  var realtime: Bool
  /// Its SCHED_FIFO priority: 1...99.
  var rtprio: Int
  /// Whether the heartbeat devices have no addresses of their own, by design.
  var unnumbered = false
}

/// How an administrator talks to the agent. The host's own affair.
struct ControlSettings: Equatable, Sendable {
  /// Path of the control socket; nil for none.
  var socket: String?
  /// Who may read the status besides root, the agent's user and those of `command`: names as ``Permissions`` reads
  /// them; nil for the agent's own group.
  var ask: [String]?
  /// Who may change anything besides root and the agent's user.
  var command: [String] = []

  /// Where the control socket is unless the file says otherwise.
  static let defaultSocket = "/run/vipagent/control.sock"
}

/// Where the agent answers HTTP requests for its metrics. The host's own affair.
struct MetricsSettings: Equatable, Sendable {
  var address: IPAddress
  /// TCP port, 1...65535.
  var port: UInt16
}

/// Addresses that move together.
struct GroupSettings: Equatable, Sendable {
  var name: String
  /// All nodes, the most preferred first.
  var preferred: [String]
  /// Whether the group returns to its preferred node when that is back.
  var autoFailback: Bool
  /// How long the preferred node must have been back: 0...1 h.
  var failbackDelay: Duration
  /// The lifetime under which the kernel holds the addresses, whole seconds, 1 s...1 h; nil if it holds them for ever.
  var lease: Duration?
  /// Whether the wire is asked before a claim.
  var onConflict: GroupRules.ConflictPolicy
  /// Time between two announcements of the owner, 1 s...24 h; zero if it announces only once.
  var announceRefresh: Duration
  /// At least one.
  var vips: [VIPSettings]
}

/// A virtual address.
struct VIPSettings: Equatable, Sendable {
  /// The address, with the length of its subnet's prefix.
  var prefix: IPPrefix
  /// The device it is added to.
  var dev: String
  /// `IFA_LABEL`, at most 15 bytes: dev, or dev followed by a colon and more.
  var label: String?
  /// `IFA_BROADCAST`; nil for /31 and /32.
  var broadcast: IPAddress?
  /// `IFA_F_NOPREFIXROUTE`: add no route for the subnet.
  var noprefixroute: Bool
}

extension VIPSettings {
  /// What makes an address the same one under another configuration.
  struct Place: Hashable {
    let prefix: IPPrefix
    let device: String
  }

  var place: Place { Place(prefix: prefix, device: dev) }
}

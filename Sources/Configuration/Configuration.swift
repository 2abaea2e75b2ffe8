import Netlink
import TakeoverCore

/// Everything a configuration file says, checked, with the defaults filled in.
package struct Configuration: Equatable, Sendable {
  /// The cluster's name: agents of different clusters on one network ignore each other.
  package var cluster: String
  package var heartbeat: HeartbeatSettings
  /// Path of the key file.
  package var keys: String
  package var control: ControlSettings
  /// Where Prometheus may fetch metrics; nil where nowhere.
  package var metrics: MetricsSettings?
  /// The names of the nodes, as `uname -n` gives them, in the order of the file: 2...16.
  package var nodes: [String]
  /// 1...32.
  package var groups: [GroupSettings]

  package init(
    cluster: String, heartbeat: HeartbeatSettings, keys: String, control: ControlSettings,
    metrics: MetricsSettings? = nil, nodes: [String], groups: [GroupSettings]
  ) {
    self.cluster = cluster
    self.heartbeat = heartbeat
    self.keys = keys
    self.control = control
    self.metrics = metrics
    self.nodes = nodes
    self.groups = groups
  }

  /// The node of a name, as the file spells it. Host names do not tell upper case from lower (RFC 4343), and neither
  /// did heartbeat.
  package func node(named name: String) -> String? {
    nodes.first { $0.lowercased() == name.lowercased() }
  }

  /// The nodes whose names have the same first label as a host's name: one of the two may be a fully qualified domain name.
  func nodes(alike name: String) -> [String] {
    func label(_ name: String) -> String { name.lowercased().prefix { $0 != "." }.description }
    return nodes.filter { label($0) == label(name) }
  }
}

/// How the nodes tell each other that they live.
package struct HeartbeatSettings: Equatable, Sendable {
  /// The devices heartbeats are broadcast on: 1...4.
  package var bcast: [String]
  /// UDP port, 1...65535.
  package var udpport: UInt16
  /// Time between two heartbeats: 1 ms...60 s.
  package var keepalive: Duration
  /// Silence after which a node is late: between keepalive and deadtime.
  package var warntime: Duration
  /// Silence after which a node is dead: more than 2 × keepalive, at most 10 min.
  package var deadtime: Duration
  /// How long a node listens before it may claim: deadtime...1 h.
  package var initdead: Duration
  /// Whether the heartbeat thread asks for SCHED_FIFO and locked memory.
  package var realtime: Bool
  /// Its SCHED_FIFO priority: 1...99.
  package var rtprio: Int
  /// Whether the heartbeat devices have no addresses of their own, by design.
  package var unnumbered = false

  package init(
    bcast: [String], udpport: UInt16, keepalive: Duration, warntime: Duration, deadtime: Duration, initdead: Duration,
    realtime: Bool, rtprio: Int, unnumbered: Bool = false
  ) {
    self.bcast = bcast
    self.udpport = udpport
    self.keepalive = keepalive
    self.warntime = warntime
    self.deadtime = deadtime
    self.initdead = initdead
    self.realtime = realtime
    self.rtprio = rtprio
    self.unnumbered = unnumbered
  }
}

/// How an administrator talks to the agent. The host's own affair.
package struct ControlSettings: Equatable, Sendable {
  /// Path of the control socket; nil for none.
  package var socket: String?
  /// Who may read the status besides root, the agent's user and those of `command`: names as ``Permissions`` reads
  /// them; nil for the agent's own group.
  package var ask: [String]?
  /// Who may change anything besides root and the agent's user.
  package var command: [String] = []

  package init(socket: String? = nil, ask: [String]? = nil, command: [String] = []) {
    (self.socket, self.ask, self.command) = (socket, ask, command)
  }

  /// Where the control socket is unless the file says otherwise.
  package static let defaultSocket = "/run/vipagent/control.sock"
}

/// Where the agent answers HTTP requests for its metrics. The host's own affair.
package struct MetricsSettings: Equatable, Sendable {
  package var address: IPAddress
  /// TCP port, 1...65535.
  package var port: UInt16
}

/// Addresses that move together.
package struct GroupSettings: Equatable, Sendable {
  package var name: String
  /// All nodes, the most preferred first.
  package var preferred: [String]
  /// Whether the group returns to its preferred node when that is back.
  package var autoFailback: Bool
  /// How long the preferred node must have been back: 0...1 h.
  package var failbackDelay: Duration
  /// The lifetime under which the kernel holds the addresses, whole seconds, 1 s...1 h; nil if it holds them for ever.
  package var lease: Duration?
  /// Whether the wire is asked before a claim.
  package var onConflict: GroupRules.ConflictPolicy
  /// Time between two announcements of the owner, 1 s...24 h; zero if it announces only once.
  package var announceRefresh: Duration
  /// At least one.
  package var vips: [VIPSettings]

  package init(
    name: String, preferred: [String], autoFailback: Bool, failbackDelay: Duration, lease: Duration? = nil,
    onConflict: GroupRules.ConflictPolicy, announceRefresh: Duration, vips: [VIPSettings]
  ) {
    self.name = name
    self.preferred = preferred
    self.autoFailback = autoFailback
    self.failbackDelay = failbackDelay
    self.lease = lease
    self.onConflict = onConflict
    self.announceRefresh = announceRefresh
    self.vips = vips
  }
}

/// A virtual address.
package struct VIPSettings: Equatable, Sendable {
  /// The address, with the length of its subnet's prefix.
  package var prefix: IPPrefix
  /// The device it is added to.
  package var dev: String
  /// `IFA_LABEL`, at most 15 bytes: dev, or dev followed by a colon and more.
  package var label: String?
  /// `IFA_BROADCAST`; nil for /31 and /32.
  package var broadcast: IPAddress?
  /// `IFA_F_NOPREFIXROUTE`: add no route for the subnet.
  package var noprefixroute: Bool

  package init(prefix: IPPrefix, dev: String, label: String? = nil, broadcast: IPAddress? = nil, noprefixroute: Bool) {
    self.prefix = prefix
    self.dev = dev
    self.label = label
    self.broadcast = broadcast
    self.noprefixroute = noprefixroute
  }
}

extension VIPSettings {
  /// What makes an address the same one under another configuration.
  package struct Place: Hashable {
    package let prefix: IPPrefix
    package let device: String

    package init(prefix: IPPrefix, device: String) {
      self.prefix = prefix
      self.device = device
    }
  }

  package var place: Place { Place(prefix: prefix, device: dev) }
}

import TakeoverCore

/// One thing that goes wrong, or that an operator does, at a time of a schedule. Most last for a while and are then healed.
package struct Fault: BitwiseCopyable, Equatable, Sendable {
  package enum Kind: String, CaseIterable, BitwiseCopyable, Sendable {
    /// The host loses its power, and gets it back.
    case crash
    /// SIGKILL; a supervisor starts the agent again.
    case kill
    /// SIGTERM; somebody starts the agent again so long after it has ended.
    case stop
    /// SIGUSR1; the successor starts so long after the agent has ended.
    case restart
    /// The heartbeat thread is not run.
    case stallBeats = "stall-beats"
    /// The address thread is not run.
    case stallAddresses = "stall-addresses"
    /// SIGSTOP, and SIGCONT: no thread of the agent is run.
    case suspend
    /// The whole machine stands still, its clock goes on.
    case pause
    /// The whole machine stands still, and its clock with it.
    case freeze
    /// Timers of the heartbeat thread come late, by up to `amount` nanoseconds.
    case late
    /// Nothing passes.
    case cut
    /// No heartbeat passes, ARP and ICMP do.
    case firewall
    /// `amount` of 1,000 frames are lost.
    case loss
    /// `amount` of 1,000 heartbeats are lost, and nothing else.
    case heartbeatLoss = "heartbeat-loss"
    /// Frames take up to `amount` nanoseconds longer, and so overtake each other.
    case jitter
    /// `amount` of 1,000 heartbeats come twice.
    case duplicates
    /// A third party says again to everybody what the host has said in `amount` nanoseconds before.
    case replay
    /// A third party says again what the host has said in former sessions, a word of each in turn, over and over, one every `amount`
    /// nanoseconds.
    case recordings
    /// Somebody who has the key says once in the host's name what is to poison the others: `Forgery` number `amount`.
    case forge
    /// No probe leaves the host.
    case unaskable
    /// Somebody else's work holds the kernel's RTNL lock.
    case rtnl
    /// The kernel refuses to add addresses of the group.
    case refuse
    /// Somebody else removes the group's address, once.
    case interfere
    /// The host's network device has no carrier.
    case unplug
    /// The device that carries heartbeats is down, another one carries the addresses.
    case deafen
    /// The operator puts the node on standby, and makes it available again.
    case standby
    /// The operator takes the group to the node, once.
    case takeover
    /// The operator brings the group back to its best node, once, by asking this node.
    case failBack = "fail-back"
    /// The operator gives the node edition `amount` of the configuration. Not healed: at the end all have the last one.
    case reload
    /// A host that is none of the nodes uses the group's address.
    case stranger
    /// The fabric answers ARP for the group in the host's name.
    case proxy
  }

  package var at: Interval
  package var kind: Kind
  package var host = 0
  package var group = 0
  /// For faults of the network: a bit a host.
  package var from: UInt16 = 0
  package var to: UInt16 = 0
  package var isBothWays = false
  package var amount: Int64 = 0
  package var duration = Interval.zero

  package init(_ kind: Kind, at: Interval, host: Int = 0, for duration: Interval = .zero) {
    self.kind = kind
    self.at = at
    self.host = host
    self.duration = duration
  }

  package var end: Interval { Interval(nanoseconds: at.nanoseconds + duration.nanoseconds) }

  /// Whether it concerns the path from one host to another.
  func covers(_ sender: Int, _ receiver: Int) -> Bool {
    from >> sender & 1 == 1 && to >> receiver & 1 == 1
      || isBothWays && to >> sender & 1 == 1 && from >> receiver & 1 == 1
  }
}

extension Fault.Kind {
  var isOfNetwork: Bool {
    switch self {
    case .cut, .firewall, .loss, .heartbeatLoss, .jitter, .duplicates: true
    default: false
    }
  }

  var hasGroup: Bool {
    switch self {
    case .refuse, .interfere, .stranger, .proxy, .takeover, .failBack: true
    default: false
    }
  }

  var needsRecording: Bool { self == .replay || self == .recordings || self == .forge }

  var hasHost: Bool { !isOfNetwork && self != .stranger }

  var hasAmount: Bool {
    switch self {
    case .late, .loss, .heartbeatLoss, .jitter, .duplicates, .replay, .recordings, .forge, .reload: true
    default: false
    }
  }

  var isAmountATime: Bool { self == .late || self == .jitter || self == .replay || self == .recordings }

  var hasDuration: Bool {
    switch self {
    case .replay, .forge, .interfere, .reload, .takeover, .failBack: false
    default: true
    }
  }
}

/// Whether a node is alive, as far as it has been heard.
public enum NodeCondition: UInt8, BitwiseCopyable, Sendable {
  /// Never heard.
  case unknown
  /// Heard within warntime.
  case alive
  /// Not heard for warntime.
  case late
  /// Not heard for its deadtime.
  case dead
  /// Said goodbye.
  case left
}

/// Another node, as far as it has been heard.
struct Peer: BitwiseCopyable, Sendable {
  var condition = NodeCondition.unknown
  /// The proven session and the newest heartbeat of it; 0 before the first.
  var session: UInt64 = 0
  var sequence: UInt64 = 0
  /// The newest of our own heartbeats that this node has echoed, over all its sessions. A session that echoes
  /// nothing newer than an earlier one did is a recording of the past.
  var highestEcho: UInt64 = 0
  /// Which of our heartbeats the proven session had echoed when it was first taken.
  var firstEcho: UInt64 = 0
  /// Whether its newest word echoes what this node has said within its deadtime: then it is no older than that. A node that
  /// does not hear us says nothing of its age, and what was lost once may be a recording now.
  var isFresh = false
  var lastHeard = Instant.origin
  var lateAt = Instant.never
  var deadAt = Instant.never
  var keepalive = Interval.zero
  var deadtime = Interval.zero
  var fingerprint: UInt32 = 0
  var configurationDiffers = false
  /// What it last said about itself as a whole.
  var flags = Heartbeat.Flags()
  /// Since when the node has been heard but said that it does not hear us; `.never` while it does.
  var unheardSince = Instant.never
  var unheardReported = false
  /// A bit a group: its newest word says something of it. A node with another configuration may not know the group by this
  /// name, and hold its addresses all the same.
  var mentioned: UInt32 = 0
  /// The Ethernet addresses of its devices.
  var hardware = HardwareList(filler: .zero)
  /// It restarts on purpose: until when its kernel is expected to hold what it held.
  var bearUntil = Instant.origin
  /// A session that has not proven yet that it hears us.
  var candidate = SignOfLife()

  var isAlive: Bool { condition == .alive || condition == .late }
  var hearsUs: Bool { unheardSince == .never }

  /// How many heartbeats should have come in a silence.
  func missed(in silence: Interval) -> Int64 {
    keepalive > .zero ? silence.nanoseconds / keepalive.nanoseconds : 0
  }
}

/// Authentic heartbeats that may be a recording. They can hold a claim back, never cause anything; and since their
/// sequence must grow, a recording does so once, for as long as it lasts.
struct SignOfLife: BitwiseCopyable, Sendable {
  var session: UInt64 = 0
  var sequence: UInt64 = 0
  var since = Instant.origin
  /// When it stops to count.
  var until = Instant.origin
  /// A bit a group: the sender says that it holds it.
  var holding: UInt32 = 0
  var reported = false

  func isCurrent(at now: Instant) -> Bool { session != 0 && until > now }

  /// Takes a heartbeat, unless it is older than the last one or another session is still current.
  mutating func take(session: UInt64, sequence: UInt64, deadtime: Interval, at now: Instant) -> Bool {
    if session == self.session {
      guard sequence > self.sequence else { return false }
    } else {
      guard !isCurrent(at: now) else { return false }
      self = SignOfLife()
      self.session = session
      since = now
    }
    self.sequence = sequence
    until = now + deadtime
    return true
  }
}

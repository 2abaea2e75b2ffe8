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
  /// The key that signed its newest heartbeat.
  var key: UInt8 = 0
  /// Until when its newest word is fresh: it was said no longer than this node's deadtime before, for it echoes what this node had said
  /// then. A node that does not hear us says nothing of its age, and what was lost once may be a recording now.
  var freshUntil = Instant.origin
  /// Until when no other session takes this one's place: this node's deadtime after the last word of it, if that was fresh when it came.
  var firmUntil = Instant.origin
  var lastHeard = Instant.origin
  var lateAt = Instant.never
  var deadAt = Instant.never
  var keepalive = Interval.zero
  /// For how long its silence is borne.
  var deadtime = Interval.zero
  /// It says other times than this node's configuration has.
  var timingDiffers = false
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
  /// When it said that it restarts on purpose, and leaves what it holds to its kernel; `.never` where it did not.
  var restartsSince = Instant.never

  var isAlive: Bool { condition == .alive || condition == .late }
  var hearsUs: Bool { unheardSince == .never }

  /// Whether its newest word is no older than this node's deadtime.
  func isFresh(at now: Instant) -> Bool { freshUntil >= now }

  /// How many heartbeats should have come in a silence.
  func missed(in silence: Interval) -> Int64 {
    keepalive > .zero ? silence.nanoseconds / keepalive.nanoseconds : 0
  }
}

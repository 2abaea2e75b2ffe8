/// Why a datagram was dropped. Every drop has exactly one reason, is counted under it once, and is named by it in
/// the log, in the status and in the tests.
public enum DropReason: UInt8, Error, CaseIterable, BitwiseCopyable, Sendable {
  /// Shorter or longer than its own counts say, or longer than a heartbeat can be.
  case length
  /// Does not begin with the magic number: another program uses the port.
  case notOurs
  /// A version of the protocol that this agent does not speak.
  case version
  /// Another cluster on the same network and port.
  case cluster
  /// Signed with a key number that the key file does not hold.
  case unknownKey
  /// The HMAC does not fit: another secret under the same number, or a forgery.
  case authentication
  /// Authentic, but a field has a value that the protocol forbids.
  case outOfRange
  /// Authentic, from a node that the configuration does not name.
  case unknownNode
  /// This node's own broadcast, heard by itself.
  case ownEcho
  /// Authentic, from another agent that uses this node's name.
  case namesake
  /// A copy, or older than what was heard of this session already: several links, the network, or a recording.
  case notNewer
  /// Of a session that echoes nothing newer than what an earlier session echoed: a recording of a former session.
  case formerSession
  /// Does not prove that its sender has heard this session: the sender does not hear us (yet), or it is a recording.
  case unproven
  /// Dropped by the kernel before anybody could look at it: the socket was full, or, in a flood of what is no heartbeat
  /// of this cluster, its filter did so.
  case unread
}

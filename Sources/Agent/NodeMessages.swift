import Addresses
import Log
import Support
import TakeoverCore

/// What is said about other nodes.
extension Message {
  /// Everything about a node names it.
  private init(_ kind: MessageKind, of node: String, _ text: String, _ fields: MessageFields = [:]) {
    self.init(kind, "\(node) \(text)", [.peer: node] + fields)
  }

  static func joined(_ node: String, session: UInt64) -> Message {
    let session = session.hex
    return Message(.joined, of: node, "is here (session \(session))", [.session: session])
  }

  static func late(_ node: String, silence: Interval, missed: Int64) -> Message {
    Message(
      .late, of: node, "is late: silent for \(silence.text), \(missed.heartbeats) missed",
      [.silence: silence.inMicroseconds, .missed: "\(missed)"])
  }

  static func onTime(_ node: String, after silence: Interval) -> Message {
    Message(.onTime, of: node, "is back in time, after \(silence.text)", [.silence: silence.inMicroseconds])
  }

  static func dead(_ node: String, silence: Interval, missed: Int64) -> Message {
    Message(
      .dead, of: node, "is dead: silent for \(silence.text), \(missed.heartbeats) missed",
      [.silence: silence.inMicroseconds, .missed: "\(missed)"])
  }

  static func returned(_ node: String, after silence: Interval) -> Message {
    Message(
      .returned, of: node,
      """
      is heard again after \(silence.text) and was not restarted: the network was cut or the node stopped, or \
      deadtime is too short
      """, [.silence: silence.inMicroseconds])
  }

  static func left(_ node: String) -> Message { Message(.left, of: node, "said goodbye") }

  static func restarting(_ node: String) -> Message {
    Message(.restarting, of: node, "restarts its agent and keeps its addresses meanwhile: bearing with it")
  }

  static func silentInRestart(_ node: String, silence: Interval) -> Message {
    Message(
      .silentInRestart, of: node,
      "is silent for \(silence.text): its agent restarts, and its kernel keeps what it held",
      [.silence: silence.inMicroseconds])
  }

  static func unheard(by node: String, port: UInt16) -> Message {
    Message(
      .unheard, of: node,
      """
      is heard but does not hear us: is UDP port \(port) open on \(node), and does the network carry our broadcasts \
      to it?
      """)
  }

  static func heardAgain(by node: String) -> Message { Message(.heardAgain, of: node, "hears us again") }

  static func unproven(_ node: String, port: UInt16) -> Message {
    Message(
      .unproven,
      """
      heartbeats in the name of \(node) do not answer to ours: it does not hear us (is UDP port \(port) open on \
      it?), or somebody replays a recording
      """, [.peer: node])
  }

  static func configurationDiffers(of node: String, theirs: UInt32, ours: UInt32) -> Message {
    let (theirs, ours) = (theirs.hex, ours.hex)
    return Message(
      .configurationDiffers,
      """
      the configuration of \(node) (fingerprint \(theirs)) differs from ours (\(ours)): make the files equal and \
      reload both
      """, [.peer: node, .fingerprint: theirs])
  }

  static func configurationAgrees(of node: String) -> Message {
    Message(.configurationAgrees, "the configuration of \(node) agrees with ours again", [.peer: node])
  }

  static func timingDiffers(of node: String, keepalive: Interval, deadtime: Interval) -> Message {
    Message(
      .timingDiffers,
      """
      \(node) beats every \(keepalive.text) and wants \(deadtime.text) of silence to be borne, which is not what our \
      configuration says: make the files equal and reload both
      """, [.peer: node])
  }

  /// - Parameter source: an IPv4 address in network byte order; nil where nobody knows. A heartbeat has no name, but this.
  static func unknownNode(_ tag: Tag, from source: UInt32? = nil) -> Message {
    let tag = tag.rawValue.hex, address = source.map { octets(of: $0) }
    return Message(
      .unknownNode,
      """
      a node\(address.map { " at \($0)" } ?? "") (tag \(tag)) signs with our key but is not in the configuration: add it \
      as [[node]] on all nodes, or give it another cluster name or key
      """, [.source: address, .tag: tag])
  }

  /// - Parameter source: as above.
  static func namesake(of me: String, session: UInt64, from source: UInt32? = nil) -> Message {
    let session = session.hex, address = source.map { octets(of: $0) }
    return Message(
      .namesake,
      """
      another agent\(address.map { " at \($0)" } ?? "") calls itself \(me) too (session \(session)): give one of the two \
      hosts another name; until then this one takes no address
      """, [.source: address, .session: session])
  }
}

extension Int64 {
  /// "1 heartbeat", "3 heartbeats".
  var heartbeats: String { self == 1 ? "1 heartbeat" : "\(self) heartbeats" }
}

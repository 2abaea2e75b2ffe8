import Log
import Support
import TakeoverCore

extension Message {
  /// Datagrams that were dropped; nil for a reason that the core reports itself, with more to say.
  /// - Parameters:
  ///   - source: an IPv4 address in network byte order: the last datagram's.
  ///   - keys: path of the key file.
  static func dropped(_ reason: DropReason, count: Int, source: UInt32, port: UInt16, keys: String) -> Message? {
    let octets = octets(of: source)
    let what = "dropped \(count == 1 ? "a datagram" : "\(count) datagrams") from \(octets) on port \(port)"
    let fields: MessageFields = [.count: "\(count)", .source: octets]
    func because(_ kind: MessageKind, _ why: String) -> Message { Message(kind, "\(what): \(why)", fields) }
    switch reason {
    case .authentication:
      return because(
        .wrongSignature, "the signature is wrong; copy the key file \(keys) to all nodes and reload them")
    case .unknownKey:
      return because(.unknownKey, "signed with a key number that \(keys) does not hold; copy the file to all nodes")
    case .cluster:
      return because(
        .otherCluster, "of another cluster; give each cluster on a network its own udpport to avoid this")
    case .version: return because(.otherVersion, "another version of the protocol; install one version on all nodes")
    case .notOurs: return because(.notHeartbeat, "not a heartbeat of vipagent; another program uses the port")
    case .length: return because(.wrongLength, "not as long as it says")
    case .outOfRange: return because(.forbiddenValue, "signed with our key, but with a value that the protocol forbids")
    case .formerSession: return because(.replayed, "a recording of a former session is being replayed")
    case .unknownNode, .ownEcho, .namesake, .notNewer, .unproven, .unread: return nil
    }
  }

  /// Datagrams for a cluster of our name from a node that is none of ours, with keys that are not ours.
  static func namedAlike(_ cluster: String, count: Int, source: UInt32, port: UInt16) -> Message {
    let octets = octets(of: source)
    let datagrams = count == 1 ? "a datagram" : "\(count) datagrams"
    return Message(
      .namedAlike,
      """
      dropped \(datagrams) from \(octets) on port \(port): another cluster is named \(cluster), too; its node is none of \
      ours and signs with other keys: give one of the clusters another name or udpport
      """, [.count: "\(count)", .source: octets])
  }

  /// - Parameter source: an IPv4 address in network byte order.
  static func octets(of source: UInt32) -> String {
    IPv4Number(rawValue: UInt32(bigEndian: source)).text
  }
}

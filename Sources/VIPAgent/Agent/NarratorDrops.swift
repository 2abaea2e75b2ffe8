import TakeoverCore

extension Narrator {
  /// The sentence for dropped datagrams; `source` is an IPv4 address in network byte order.
  func sentence(for reason: DropReason, count: Int, source: UInt32) -> Sentence {
    let octets = (0..<4).map { String(source.littleEndian >> (8 * UInt32($0)) & 0xff) }.joined(separator: ".")
    let what = "dropped \(count == 1 ? "a datagram" : "\(count) datagrams") from \(octets) on port \(plan.port)"
    switch reason {
    case .authentication:
      return (
        .error,
        "\(what): the signature is wrong; copy the key file \(plan.configuration.keys) to all nodes and reload them"
      )
    case .unknownKey:
      return (
        .error,
        "\(what): signed with a key number that \(plan.configuration.keys) does not hold; copy the file to all nodes"
      )
    case .cluster:
      return (
        .informational, "\(what): of another cluster; give each cluster on a network its own udpport to avoid this"
      )
    case .version: return (.error, "\(what): another version of the protocol; install one version on all nodes")
    case .notOurs: return (.warning, "\(what): not a heartbeat of vipagent; another program uses the port")
    case .length: return (.warning, "\(what): not as long as it says")
    case .outOfRange: return (.error, "\(what): signed with our key, but with a value that the protocol forbids")
    case .formerSession: return (.error, "\(what): a recording of a former session is being replayed")
    case .unknownNode, .ownEcho, .namesake, .notNewer, .unproven: return (.debug, "\(what): \(reason)")
    }
  }
}

extension Plan {
  /// The heartbeats' UDP port.
  var port: UInt16 { configuration.heartbeat.udpport }
}

import TakeoverCore

/// Tells heartbeats of a cluster from everything else.
final class SignedHeartbeats {
  private let cluster: Tag
  private var authenticator: Authenticator

  init(of cluster: String, keys: KeyRing) {
    self.cluster = Tag(of: cluster)
    authenticator = keys.authenticator()
  }

  /// A heartbeat, if it is one and somebody who has a key has signed it.
  func read(_ datagram: UnsafeRawBufferPointer) throws(DropReason) -> Heartbeat {
    try HeartbeatCodec.screen(datagram, for: cluster)
    let signed = datagram.count - HeartbeatCodec.authenticationLength
    let verdict = authenticator.verify(
      UnsafeRawBufferPointer(rebasing: datagram[..<signed]),
      mac: UnsafeRawBufferPointer(rebasing: datagram[signed...]), keyID: HeartbeatCodec.keyID(in: datagram))
    switch verdict {
    case .valid: return try HeartbeatCodec.parse(datagram)
    case .unknownKey: throw .unknownKey
    case .wrong: throw .authentication
    }
  }
}

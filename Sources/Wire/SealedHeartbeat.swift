import TakeoverCore

/// The way of a heartbeat into a datagram and out of it.
extension Authenticator {
  /// Reads a datagram from the network: what a stranger can send costs least, and nothing in it is believed before its
  /// authentication code is right. Total: every sequence of bytes gives a heartbeat or a reason.
  /// - Parameter cluster: whose heartbeats are wanted.
  package mutating func open(_ datagram: UnsafeRawBufferPointer, of cluster: Tag) throws(DropReason) -> Heartbeat {
    try HeartbeatCodec.screen(datagram, for: cluster)
    let signed = datagram.count - HeartbeatCodec.authenticationLength
    let verdict = verify(
      UnsafeRawBufferPointer(rebasing: datagram[..<signed]),
      mac: UnsafeRawBufferPointer(rebasing: datagram[signed...]), keyID: HeartbeatCodec.keyID(in: datagram))
    switch verdict {
    case .valid: return try HeartbeatCodec.parse(datagram)
    case .unknownKey: throw .unknownKey
    case .wrong: throw .authentication
    }
  }

  /// Writes a heartbeat and signs it.
  /// - Parameter buffer: at least ``HeartbeatCodec/maximumLength`` bytes.
  /// - Returns: how many bytes the datagram has.
  package mutating func seal(_ heartbeat: borrowing Heartbeat, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let signed = HeartbeatCodec.emit(heartbeat, keyID: signingKeyID, into: buffer)
    let length = signed + HeartbeatCodec.authenticationLength
    sign(
      UnsafeRawBufferPointer(rebasing: buffer[..<signed]),
      into: UnsafeMutableRawBufferPointer(rebasing: buffer[signed..<length]))
    return length
  }
}

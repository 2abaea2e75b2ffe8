import Configuration
import Engine
import TakeoverCore
import Wire

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
    try authenticator.open(datagram, of: cluster)
  }
}

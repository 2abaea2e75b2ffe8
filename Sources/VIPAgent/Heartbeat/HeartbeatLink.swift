import Linux
import TakeoverCore

/// One device that heartbeats go out on and come in from. After `init` only the heartbeat thread touches it.
final class HeartbeatLink: @unchecked Sendable {
  let device: String
  /// The device's number when the socket was bound to it: a device that is made anew has another.
  let index: Int32
  let port: UInt16
  let socket: HeartbeatSocket
  /// How the others' heartbeats arrive; any thread may read it.
  let arrivals = Arrivals()
  /// What the kernel answered to the last send; nil where it took it.
  var failure: Errno?

  init(device: String, index: Int32, port: UInt16) throws(SystemError) {
    self.device = device
    self.index = index
    self.port = port
    socket = try HeartbeatSocket(device: device, port: port)
  }
}

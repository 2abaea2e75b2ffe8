import Linux
import TakeoverCore
import Wire

/// One device that heartbeats go out on and come in from. After `init` only the heartbeat thread touches it.
package final class HeartbeatLink: @unchecked Sendable {
  package let device: String
  /// The device's number when the socket was bound to it: a device that is made anew has another.
  package let index: Int32
  package let port: UInt16
  package let socket: HeartbeatSocket
  /// Hears the heartbeats that the kernel drops, because they seem to come from this host.
  package let martians: MartianSocket
  /// How the others' heartbeats arrive; any thread may read it.
  package let arrivals = Arrivals()
  /// What heartbeats leave from: the device's own address, 0.0.0.0 where it has none; nil before the address thread has
  /// told it.
  package var source: IPv4Number?
  /// What the kernel answered to the last send; nil where it took it.
  package var failure: Errno?
  /// Whether the kernel is to drop junk.
  package var gate = JunkGate()
  /// What the socket had dropped when that was last counted.
  package var unread: UInt32 = 0

  package init(device: String, index: Int32, port: UInt16) throws(SystemError) {
    self.device = device
    self.index = index
    self.port = port
    socket = try HeartbeatSocket(device: device, index: index, port: port)
    martians = try MartianSocket(device: device, index: index)
  }

  /// Lets everything in again.
  package func reopen() {
    gate = JunkGate()
    SocketFilter.detach(from: socket.descriptor)
  }
}

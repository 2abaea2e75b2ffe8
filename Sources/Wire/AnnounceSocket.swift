import CLinux
import Glibc
import Linux

/// Sends ready-made Ethernet frames: gratuitous ARP, and whatever else goes out under a VIP's name
/// (`packet(7)`, `AF_PACKET`, `SOCK_RAW`).
///
/// One socket serves every link: the link is an argument. Its protocol is 0, so it never receives anything and a busy
/// network costs nothing.
package struct AnnounceSocket: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// Frames handed to the kernel in one `sendmmsg(2)`: what `clinux_send_frames` takes.
  private static let chunk = 64

  /// Opens the socket.
  /// - Throws: EPERM without CAP_NET_RAW.
  package init() throws(SystemError) {
    let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    descriptor = try Descriptor(socket(AF_PACKET, type, 0), "open announce socket")
  }

  /// Sends frames in their order, and stops at the first one that the kernel does not take. Never waits.
  /// - Parameters:
  ///   - frames: frame i begins at byte `i * stride` with its destination address.
  ///   - stride: bytes from one frame to the next.
  ///   - lengths: `count` lengths in bytes, each at most `stride`.
  ///   - index: the link's interface index.
  /// - Returns: how many the kernel took, and why not the next one: ENXIO without such a link, ENETDOWN while it is
  ///   down, EAGAIN or ENOBUFS when its queue is full (the rest can be tried again), EMSGSIZE above its MTU.
  package func send(
    frames: UnsafeRawBufferPointer, stride: Int, lengths: UnsafePointer<Int>, count: Int, to index: Int32
  ) -> (sent: Int, errno: Errno?) {
    precondition(count <= 0 || (count - 1) * stride + lengths[count - 1] <= frames.count, "frames end early")
    var link = sockaddr_ll()
    link.sll_family = UInt16(AF_PACKET)
    link.sll_ifindex = index
    return withUnsafePointer(to: link) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { link in
        var sent = 0
        while sent < count, let first = frames.baseAddress {
          let taken = clinux_send_frames(
            descriptor.raw, first + sent * stride, stride, lengths + sent, UInt32(min(count - sent, Self.chunk)), link,
            socklen_t(MemoryLayout<sockaddr_ll>.size))
          if taken < 0 { return (sent, .current) }
          sent += Int(taken)
        }
        return (sent, nil)
      }
    }
  }
}

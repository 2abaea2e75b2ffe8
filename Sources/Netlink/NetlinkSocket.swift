import CMnl
import Glibc
import Linux

/// A NETLINK_ROUTE socket of libmnl's, in the network namespace of the thread that opened it.
struct NetlinkSocket: ~Copyable, @unchecked Sendable {
  /// What one read brought.
  enum Received {
    /// So many bytes from the kernel.
    case datagram(Int)
    /// Nothing, before the timeout or at all (EAGAIN).
    case nothing
    /// The receive buffer was full (ENOBUFS), or a datagram longer than the caller's buffer: something was lost.
    case loss
  }

  private let handle: OpaquePointer

  private init(handle: OpaquePointer) {
    self.handle = handle
  }

  /// Opens and binds a socket. `type` is SOCK_NONBLOCK or 0.
  static func open(type: Int32 = 0) throws(NetlinkError) -> NetlinkSocket {
    guard let handle = mnl_socket_open2(NETLINK_ROUTE, Int32(SOCK_CLOEXEC.rawValue) | type) else {
      throw NetlinkError("open", "a netlink socket", .socket(.current))
    }
    let socket = NetlinkSocket(handle: handle)
    guard mnl_socket_bind(handle, 0, MNL_SOCKET_AUTOPID) >= 0 else {
      throw NetlinkError("bind", "a netlink socket", .socket(.current))
    }
    return socket
  }

  deinit { mnl_socket_close(handle) }

  /// The number, for `poll(2)`.
  var descriptor: Int32 { mnl_socket_get_fd(handle) }

  /// Sets an option of level SOL_NETLINK; false if the kernel does not know it.
  func set(_ option: Int32, _ value: Int32 = 1) -> Bool {
    var value = value
    return mnl_socket_setsockopt(handle, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
  }

  /// Lets a program decide what is worth hearing (`socket(7)`, SO_ATTACH_FILTER); false if the kernel does not take it.
  func attach(_ program: [sock_filter]) -> Bool {
    var program = program
    return program.withUnsafeMutableBufferPointer { instructions in
      var whole = sock_fprog(len: UInt16(instructions.count), filter: instructions.baseAddress)
      let size = socklen_t(MemoryLayout<sock_fprog>.size)
      return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &whole, size) == 0
    }
  }

  /// Asks for a receive buffer of so many bytes, beyond net.core.rmem_max if we may, and returns what we got, which is
  /// twice as much as asked for, as the kernel counts its own overhead (`socket(7)`).
  func setReceiveBuffer(_ byteCount: Int) -> Int {
    var value = Int32(clamping: byteCount)
    var size = socklen_t(MemoryLayout<Int32>.size)
    if setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &value, size) != 0 {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &value, size)
    }
    getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &value, &size)
    return Int(value)
  }

  /// Lets no read wait longer than this.
  func setReceiveTimeout(seconds: Int) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Sends to the kernel, which does what it is told before this returns.
  func send(_ bytes: UnsafeRawBufferPointer) throws(NetlinkError.Reason) {
    while mnl_socket_sendto(handle, bytes.baseAddress, bytes.count) < 0 {
      let errno = Errno.current
      if errno.rawValue != EINTR { throw .socket(errno) }
    }
  }

  /// Reads one datagram. Those that another process sent are thrown away: only the kernel speaks from port 0.
  func receive(into buffer: UnsafeMutableRawBufferPointer) throws(NetlinkError.Reason) -> Received {
    while true {
      var sender = sockaddr_nl()
      var size = socklen_t(MemoryLayout<sockaddr_nl>.size)
      let count = withUnsafeMutableBytes(of: &sender) {
        recvfrom(
          descriptor, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC),
          $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size)
      }
      if count >= 0 {
        if sender.nl_pid != 0 { continue }
        return count <= buffer.count ? .datagram(count) : .loss
      }
      let errno = Errno.current
      switch errno.rawValue {
      case EINTR: continue
      case EAGAIN: return .nothing
      case ENOBUFS: return .loss
      default: throw .socket(errno)
      }
    }
  }
}

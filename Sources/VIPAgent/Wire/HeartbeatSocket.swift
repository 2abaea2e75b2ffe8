import CLinux
import Glibc
import Linux

/// The UDP socket that carries heartbeats over one device: limited broadcast (255.255.255.255, RFC 919 §7), which
/// needs neither an address nor a route on the device.
///
/// The kernel gives a broadcast to every matching socket of the sending host too, so **this socket receives its own
/// heartbeats**; the receiver has to know its own node tag and session and drop them under a name. Its own heartbeat
/// says nothing about the wire: the copy is made before the device has seen it, carrier or not.
///
/// Used by the heartbeat thread: after `init` no call waits or allocates.
struct HeartbeatSocket: ~Copyable, Sendable {
  /// What ``receive(into:)`` found.
  enum Received: Equatable, Sendable {
    /// A datagram of `length` bytes from the IPv4 address `source` (network byte order, as in `s_addr`; 0 from a
    /// device without an address).
    case datagram(length: Int, source: UInt32)
    /// Nothing is waiting.
    case empty
    /// A datagram longer than the buffer was dropped: none of ours is.
    case truncated
    /// The kernel reports an error of the socket; the next call may work.
    case failed(Errno)
  }

  /// Readable when a datagram is waiting; for a ``Poller``.
  let descriptor: Descriptor

  private let broadcast: sockaddr_in

  /// Opens the socket.
  /// - Parameters:
  ///   - device: the only device it sends to and hears from (`SO_BINDTODEVICE`); it need not be up.
  ///   - port: the UDP port of both ends.
  /// - Throws: ENODEV without such a device, EADDRINUSE when another agent has the port, EPERM
  ///   without CAP_NET_ADMIN, EACCES below port 1024 without CAP_NET_BIND_SERVICE; the subject is `eth0:694`.
  init(device: String, port: UInt16) throws(SystemError) {
    let name = "\(device):\(port)"
    let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = try Descriptor(socket(AF_INET, type, 0), "open heartbeat socket", on: name)
    let raw = descriptor.raw
    try Self.configure(raw, name)
    try retryOnInterrupt("set SO_BINDTODEVICE", on: name) {
      setsockopt(raw, SOL_SOCKET, SO_BINDTODEVICE, device, socklen_t(device.utf8.count))
    }
    try retryOnInterrupt("bind", on: name) {
      withSocketAddress(sockaddr_in(INADDR_ANY, port)) { Glibc.bind(raw, $0, $1) }
    }
    self.descriptor = descriptor
    broadcast = sockaddr_in(INADDR_BROADCAST, port)
  }

  private static func configure(_ raw: Int32, _ name: String) throws(SystemError) {
    func set(_ level: Int32, _ option: Int32, _ value: Int32, _ what: String) throws(SystemError) {
      var value = value
      try retryOnInterrupt("set \(what)", on: name) { setsockopt(raw, level, option, &value, 4) }
    }
    // Not SO_REUSEADDR: a second agent on the same device and port would start without a word.
    try set(SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST")
    // A limited broadcast is never forwarded (RFC 1812 §5.3.5.1); a time to live of 1 says so to whatever might.
    try set(Int32(IPPROTO_IP), IP_TTL, 1, "IP_TTL")
    // Class selector 6, network control (RFC 4594 §3.1): switches that look at it drop this last. The priority is
    // Linux's own (TC_PRIO_CONTROL, the first band of pfifo_fast), and after the other, which also sets it.
    try set(Int32(IPPROTO_IP), IP_TOS, 0xc0, "IP_TOS")
    try set(SOL_SOCKET, SO_PRIORITY, 7, "SO_PRIORITY")
    // When each arrived: it may wait until the next beat is due.
    try set(SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS")
    // Room for a thousand heartbeats while the thread is late; the plain option stops at net.core.rmem_max.
    if (try? set(SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20, "SO_RCVBUFFORCE")) == nil {
      try set(SOL_SOCKET, SO_RCVBUF, 1 << 20, "SO_RCVBUF")
    }
  }

  /// Broadcasts one datagram.
  /// - Returns: nil, or why the kernel did not take it: ENETUNREACH while the device is down (ENETDOWN if it goes down
  ///   meanwhile), ENODEV when it is gone, EAGAIN when the socket's buffer is full, EPERM from a firewall, EMSGSIZE above
  ///   65,507 bytes. What a full queue or a device without carrier drops afterwards is not reported.
  func send(_ bytes: UnsafeRawBufferPointer) -> Errno? {
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    let sent = withSocketAddress(broadcast) {
      sendto(descriptor.raw, bytes.baseAddress, bytes.count, flags, $0, $1)
    }
    return sent < 0 ? .current : nil
  }

  /// Takes as many waiting datagrams off the socket as the batch has room for, in one system call.
  /// - Returns: why nothing could be taken; nil where something was, or nothing is waiting.
  func receive(into batch: inout DatagramBatch) -> Errno? {
    guard batch.fill(from: descriptor.raw) < 0 else { return nil }
    let errno = Errno.current
    return errno.rawValue == EAGAIN ? nil : errno
  }

  /// Takes the oldest waiting datagram off the socket.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
    var source: UInt32 = 0
    let length = clinux_receive_datagram(descriptor.raw, buffer.baseAddress, buffer.count, &source)
    if length > buffer.count { return .truncated }
    if length >= 0 { return .datagram(length: length, source: source) }
    let errno = Errno.current
    return errno.rawValue == EAGAIN ? .empty : .failed(errno)
  }
}

extension sockaddr_in {
  /// An IPv4 address and a port, both in host byte order.
  fileprivate init(_ address: UInt32, _ port: UInt16) {
    self.init()
    sin_family = sa_family_t(AF_INET)
    sin_port = port.bigEndian
    sin_addr.s_addr = address.bigEndian
  }
}

/// Lends an address to a system call as the general kind of address, with its length.
private func withSocketAddress<Result>(
  _ address: sockaddr_in, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
  withUnsafePointer(to: address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
  }
}

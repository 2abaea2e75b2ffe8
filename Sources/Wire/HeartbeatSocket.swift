import CLinux
import Glibc
import Linux
import TakeoverCore

/// The sockets that carry heartbeats over one device: limited broadcast (255.255.255.255, RFC 919 §7), which needs
/// neither an address nor a route on the device.
///
/// A heartbeat leaves with a source address that is named (IP_PKTINFO): the one that the kernel would fill in can be a
/// shared address, and a host that has that, too, drops what seems to come from itself. Where the device has no address
/// of its own, a heartbeat leaves from 0.0.0.0, which every kernel takes as the source of a limited broadcast, whatever
/// its rp_filter (RFC 1122 §3.2.1.3; `ip_route_input_slow()`). UDP cannot say that while the device has a shared
/// address: those heartbeats go through a packet socket.
///
/// The kernel gives a broadcast to every matching socket of the sending host too, so **this socket receives its own
/// heartbeats**; the receiver has to know its own node tag and session and drop them under a name. Its own heartbeat
/// says nothing about the wire: the copy is made before the device has seen it, carrier or not.
///
/// Used by the heartbeat thread: after `init` no call waits or allocates.
package struct HeartbeatSocket: ~Copyable, Sendable {
  /// What ``receive(into:)`` found.
  package enum Received: Equatable, Sendable {
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
  package let descriptor: Descriptor

  /// Sends what has no source address; its protocol is 0, so it never receives anything.
  private let frames: Descriptor
  private let index: Int32
  private let port: UInt16

  /// Opens the socket.
  /// - Parameters:
  ///   - device: the only device it sends to and hears from (`SO_BINDTODEVICE`); it need not be up.
  ///   - index: the device's number.
  ///   - port: the UDP port of both ends.
  /// - Throws: ENODEV without such a device, EADDRINUSE when another agent has the port, EPERM
  ///   without CAP_NET_ADMIN or CAP_NET_RAW, EACCES below port 1024 without CAP_NET_BIND_SERVICE; the subject is
  ///   `eth0:694`.
  package init(device: String, index: Int32, port: UInt16) throws(SystemError) {
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
    let packets = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let frames = try Descriptor(socket(AF_PACKET, packets, 0), "open packet socket", on: name)
    var priority: Int32 = 7
    let frame = frames.raw
    try retryOnInterrupt("set SO_PRIORITY", on: name) { setsockopt(frame, SOL_SOCKET, SO_PRIORITY, &priority, 4) }
    self.descriptor = descriptor
    self.frames = frames
    self.index = index
    self.port = port
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
    // Room for some hundred heartbeats, more than all nodes send in a deadtime, and no more: in a flood what lies in a
    // long queue is old when it is read. The plain option stops at net.core.rmem_max.
    if (try? set(SOL_SOCKET, SO_RCVBUFFORCE, 1 << 18, "SO_RCVBUFFORCE")) == nil {
      try set(SOL_SOCKET, SO_RCVBUF, 1 << 18, "SO_RCVBUF")
    }
  }

  /// Broadcasts one datagram.
  /// - Parameter source: an address of this host, which has just lost it perhaps: then, and with 0.0.0.0, the datagram
  ///   leaves from 0.0.0.0, past the firewall's output rules and without a copy for this host.
  /// - Returns: nil, or why the kernel did not take it: ENETDOWN while the device is down, ENODEV or ENXIO
  ///   when it is gone, EAGAIN or ENOBUFS when the socket's buffer or the device's queue is full, EPERM from a
  ///   firewall, EMSGSIZE above 65,507 bytes, from 0.0.0.0 above the device's MTU. What a device without carrier drops
  ///   afterwards is not reported.
  package func send(_ bytes: UnsafeRawBufferPointer, from source: IPv4Number) -> Errno? {
    if source == .any { return sendFrame(bytes) }
    let sent = clinux_broadcast(
      descriptor.raw, bytes.baseAddress, bytes.count, source.rawValue.bigEndian, port.bigEndian)
    guard sent < 0 else { return nil }
    let errno = Errno.current
    // The one or the other, by the kernel's version; and ENETUNREACH while the device is down, which a frame finds,
    // too.
    return errno.rawValue == EINVAL || errno.rawValue == ENETUNREACH ? sendFrame(bytes) : errno
  }

  private func sendFrame(_ bytes: UnsafeRawBufferPointer) -> Errno? {
    var link = sockaddr_ll()
    link.sll_family = UInt16(AF_PACKET)
    link.sll_protocol = UInt16(ETH_P_IP).bigEndian
    link.sll_ifindex = index
    link.sll_halen = 6
    withUnsafeMutableBytes(of: &link.sll_addr) { for place in 0..<6 { $0[place] = 0xff } }
    return withUnsafeTemporaryAllocation(byteCount: BroadcastHeader.length, alignment: 8) { header in
      BroadcastHeader.emit(into: header, port: port, payload: bytes.count)
      let sent = withUnsafePointer(to: link) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { link in
          clinux_send_pieces(
            frames.raw, header.baseAddress, header.count, bytes.baseAddress, bytes.count, link,
            socklen_t(MemoryLayout<sockaddr_ll>.size))
        }
      }
      return sent < 0 ? .current : nil
    }
  }

  /// How many datagrams the kernel has dropped at this socket since it was opened, because it was full or a filter said
  /// so; begins anew after 2³² (SO_MEMINFO, `<linux/sock_diag.h>`).
  package var dropped: UInt32 {
    var counts = InlineArray<9, UInt32>(repeating: 0)
    var length = socklen_t(MemoryLayout<InlineArray<9, UInt32>>.size)
    let result = withUnsafeMutableBytes(of: &counts) {
      getsockopt(descriptor.raw, SOL_SOCKET, Self.memoryInformation, $0.baseAddress, &length)
    }
    return result == 0 ? counts[8] : 0
  }

  /// SO_MEMINFO, and SK_MEMINFO_DROPS is its ninth number.
  private static let memoryInformation: Int32 = 55

  /// Takes the oldest waiting datagram off the socket.
  package func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
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

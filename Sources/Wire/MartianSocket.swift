import CLinux
import Glibc
import Linux
import TakeoverCore

/// Hears the heartbeats on a device that the kernel drops because their source is an address of this host (RFC 1812
/// §5.3.7, "martian" addresses; `fib_validate_source()`): a node whose device has no address but a shared one, or whose
/// source a packet filter turns into a shared address, is silent to whoever holds that address, for ever.
///
/// A packet socket (`packet(7)`) that gets the IPv4 packet without its Ethernet header. Its room is for a few packets:
/// who looks once a second shall see what is sent now.
package struct MartianSocket: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// Opens the socket; it hears nothing yet.
  /// - Throws: EPERM without CAP_NET_RAW, ENODEV without such a device.
  package init(device: String, index: Int32) throws(SystemError) {
    let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = try Descriptor(socket(AF_PACKET, type, 0), "open packet socket", on: device)
    try SocketFilter.none.attach(to: descriptor)
    var room: Int32 = 8 << 10
    let raw = descriptor.raw
    try retryOnInterrupt("set SO_RCVBUF", on: device) { setsockopt(raw, SOL_SOCKET, SO_RCVBUF, &room, 4) }
    try descriptor.bind(toFrames: ETH_P_IP, of: device, index: index)
    self.descriptor = descriptor
  }

  /// From now on, hears heartbeats from these addresses.
  package func hear(from addresses: [UInt32], port: UInt16, of cluster: Tag) throws(SystemError) {
    try SocketFilter.attachFinest(addresses, to: descriptor) { .martians(from: $0, port: port, of: cluster) }
  }

  /// What a packet carries, from which address, and which Ethernet address it came from.
  package struct Heard {
    package let payload: UnsafeRawBufferPointer
    package let source: IPv4Number
    package let hardware: EthernetAddress
  }

  /// The oldest waiting packet; nil where none is waiting, or it is not whole. Never waits.
  /// - Parameter buffer: as long as a heartbeat can be, and both headers.
  package func next(into buffer: UnsafeMutableRawBufferPointer) -> Heard? {
    var hardware: UInt64 = 0
    let length = clinux_receive_frame(descriptor.raw, buffer.baseAddress, buffer.count, nil, &hardware)
    guard length >= 28, length <= buffer.count else { return nil }
    let header = Int(buffer[0] & 0x0f) * 4
    guard header >= 20, length >= header + 8 else { return nil }
    let end = header + (Int(buffer[header + 4]) << 8 | Int(buffer[header + 5]))
    guard end >= header + 8, end <= length else { return nil }
    let source = UInt32(bigEndian: buffer.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
    return Heard(
      payload: UnsafeRawBufferPointer(rebasing: buffer[header + 8..<end]), source: IPv4Number(rawValue: source),
      hardware: EthernetAddress(rawValue: hardware))
  }
}

import CLinux
import Glibc
import Linux

/// Hears what passes a device in either direction, as far as it concerns heartbeats and spanning trees (`packet(7)`).
///
/// It hears what arrives before any packet filter, and what leaves after it: what it hears and a socket does not, a
/// filter has dropped. It never sends.
package final class WireTap {
  package let device: String
  package let descriptor: Descriptor

  /// Begins to listen. Until it goes, the device also takes frames to the bridges' group address.
  /// - Throws: EPERM without CAP_NET_RAW.
  package init(_ device: String, index: Int32, port: UInt16) throws(SystemError) {
    let flags = Int32(SOCK_RAW.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = try Descriptor(socket(AF_PACKET, flags, 0), "open packet socket", on: device)
    try SocketFilter.heartbeatsAndBridges(port: port).attach(to: descriptor)
    try Self.joinBridges(descriptor.raw, device, index)
    try descriptor.bind(toFrames: ETH_P_ALL, of: device, index: index)
    self.device = device
    self.descriptor = descriptor
  }

  private static func joinBridges(_ raw: Int32, _ device: String, _ index: Int32) throws(SystemError) {
    var membership = packet_mreq()
    membership.mr_ifindex = index
    membership.mr_type = UInt16(PACKET_MR_MULTICAST)
    membership.mr_alen = 6
    withUnsafeMutableBytes(of: &membership.mr_address) { $0.copyBytes(from: [0x01, 0x80, 0xc2, 0, 0, 0]) }
    try retryOnInterrupt("set PACKET_ADD_MEMBERSHIP", on: device) {
      setsockopt(raw, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, socklen_t(MemoryLayout<packet_mreq>.size))
    }
  }

  /// The oldest waiting frame, and whether this host sends it; nil where none is waiting.
  package func next(into buffer: UnsafeMutableRawBufferPointer) -> (frame: UnsafeRawBufferPointer, isOutgoing: Bool)? {
    var type: Int32 = 0
    let length = clinux_receive_frame(descriptor.raw, buffer.baseAddress, buffer.count, &type, nil)
    guard length >= 0, length <= buffer.count else { return nil }
    return (UnsafeRawBufferPointer(rebasing: buffer[..<length]), type == Int32(PACKET_OUTGOING))
  }
}

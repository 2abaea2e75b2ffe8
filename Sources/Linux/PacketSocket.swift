import CLinux
import Glibc

/// What a packet socket hears (`packet(7)`). One that was opened for protocol 0 hears nothing before it is bound, so that no
/// frame of another device slips in.
extension Descriptor {
  /// Hears the frames of one device from now on, in either direction.
  /// - Parameters:
  ///   - etherType: of `<linux/if_ether.h>`, such as ETH_P_ALL; in the host's byte order.
  ///   - index: the device's.
  public func bind(toFrames etherType: Int32, of device: String, index: Int32) throws(SystemError) {
    var address = sockaddr_ll()
    address.sll_family = UInt16(AF_PACKET)
    address.sll_protocol = UInt16(etherType).bigEndian
    address.sll_ifindex = index
    let raw = raw
    try retryOnInterrupt("bind", on: device) {
      withUnsafeBytes(of: &address) {
        Glibc.bind(raw, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
      }
    }
  }

  /// Has the device take frames that are meant for others, as long as the socket is open. A bridge that does gets a copy of
  /// what its ports say to each other.
  public func makePromiscuous(_ device: String, index: Int32) throws(SystemError) {
    var membership = packet_mreq()
    membership.mr_ifindex = index
    membership.mr_type = UInt16(PACKET_MR_PROMISC)
    let raw = raw
    try retryOnInterrupt("set PACKET_MR_PROMISC", on: device) {
      setsockopt(raw, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, socklen_t(MemoryLayout<packet_mreq>.size))
    }
  }
}

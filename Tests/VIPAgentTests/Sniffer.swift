import CLinux
import Glibc
import Linux

/// Everything that packet sockets see of one Ethernet protocol on one device (`packet(7)`).
struct Sniffer: ~Copyable {
  private let descriptor: Descriptor

  /// - Parameter protocolNumber: `ETH_P_*`, host byte order.
  init(on index: Int32, protocolNumber: Int32) throws {
    let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = try Descriptor(socket(AF_PACKET, type, 0), "open sniffer")
    var size: Int32 = 8 << 20
    setsockopt(descriptor.raw, SOL_SOCKET, SO_RCVBUFFORCE, &size, 4)
    var link = sockaddr_ll()
    link.sll_family = UInt16(AF_PACKET)
    link.sll_protocol = UInt16(protocolNumber).bigEndian
    link.sll_ifindex = index
    let raw = descriptor.raw
    try retryOnInterrupt("bind sniffer") {
      withUnsafePointer(to: &link) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(raw, $0, socklen_t(MemoryLayout<sockaddr_ll>.size))
        }
      }
    }
    self.descriptor = descriptor
  }

  /// The oldest frame that is waiting; nil where none is.
  func waiting() -> [UInt8]? {
    var frame = [UInt8](repeating: 0, count: 2048)
    let length = recv(descriptor.raw, &frame, frame.count, Int32(MSG_DONTWAIT))
    return length < 0 ? nil : Array(frame.prefix(length))
  }

  /// The next frame; nil after five seconds without one.
  func next() -> [UInt8]? {
    guard becomesReadable(descriptor.raw) else { return nil }
    var frame = [UInt8](repeating: 0, count: 2048)
    let length = recv(descriptor.raw, &frame, frame.count, 0)
    return length < 0 ? nil : Array(frame.prefix(length))
  }
}

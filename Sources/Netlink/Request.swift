import CMnl
import Glibc

/// Memory of its own at a fixed place, given back at the end.
struct Buffer: ~Copyable, @unchecked Sendable {
  let start: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) {
    start = .allocate(byteCount: byteCount, alignment: 16)
    self.byteCount = byteCount
  }

  deinit { start.deallocate() }

  /// All of it, to be written to.
  var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: start, count: byteCount) }

  /// The first bytes of it, to be read; no more than there are.
  func prefix(_ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: min(max(count, 0), byteCount))
  }
}

/// A message under construction: libmnl appends to it and keeps its length.
///
/// Integers, addresses and names of at most 15 bytes are all that can be put, so no request this library makes comes
/// near ``RequestBuffer/messageLimit``.
package struct Request {
  fileprivate let message: UnsafeMutablePointer<nlmsghdr>

  /// Appends the structure that follows the netlink header: `ifinfomsg`, `ifaddrmsg`.
  func putHeader<Header: BitwiseCopyable>(_ header: Header) {
    let size = MemoryLayout<Header>.size
    mnl_nlmsg_put_extra_header(message, size).storeBytes(of: header, as: Header.self)
  }

  /// Appends an attribute of 32 bits.
  func put(_ type: Int, _ value: UInt32) {
    mnl_attr_put_u32(message, UInt16(type), value)
  }

  /// Appends an attribute of 8 bits.
  func put(_ type: Int, _ value: UInt8) {
    mnl_attr_put_u8(message, UInt16(type), value)
  }

  /// Appends an address in network byte order.
  func put(_ type: Int, _ address: IPAddress) {
    address.withBytes { mnl_attr_put(message, UInt16(type), $0.count, $0.baseAddress) }
  }

  /// Appends a structure of the kernel's.
  func put<Value: BitwiseCopyable>(_ type: Int, bytesOf value: Value) {
    withUnsafeBytes(of: value) { mnl_attr_put(message, UInt16(type), $0.count, $0.baseAddress) }
  }

  /// Appends a short run of bytes.
  func put(_ type: Int, bytes: [UInt8]) {
    mnl_attr_put(message, UInt16(type), bytes.count, bytes)
  }

  /// Appends the name of a device, a driver or an address, with a NUL.
  func put(_ type: Int, name: String) throws(NetlinkError.Reason) {
    // A NUL inside would make the kernel read another, shorter name.
    guard (1..<Int(IFNAMSIZ)).contains(name.utf8.count), !name.utf8.contains(0) else { throw .invalidName(name) }
    mnl_attr_put_strz(message, UInt16(type), name)
  }

  /// Appends an attribute whose value is what `body` appends.
  func nest(_ type: Int, _ body: () throws(NetlinkError.Reason) -> Void) throws(NetlinkError.Reason) {
    let start = mnl_attr_nest_start(message, UInt16(type))
    try body()
    mnl_attr_nest_end(message, start)
  }
}

/// The memory that requests are written into, one after the other, to leave in one system call. It is used again and
/// again: renewing a thousand addresses allocates nothing.
package struct RequestBuffer: ~Copyable, Sendable {
  /// More than the longest request this library can make, in bytes (a veth pair with both names: about 150).
  static let messageLimit = 512

  // Below the default send buffer (net.core.wmem_default, 208 KiB), beyond which sendmsg says EMSGSIZE.
  private let buffer = Buffer(byteCount: 128 << 10)
  private var used = 0
  private var last = 0
  /// The number of the last request.
  private(set) var lastSequence: UInt32 = 0

  package init() {}

  /// Whether another request fits.
  var hasRoom: Bool { buffer.byteCount - used >= Self.messageLimit }

  var isEmpty: Bool { used == 0 }

  /// The requests so far.
  package var bytes: UnsafeRawBufferPointer { buffer.prefix(used) }

  package mutating func removeAll() {
    used = 0
  }

  /// Appends a request, or nothing if `fill` throws. Call it only while there is room.
  package mutating func append(
    _ type: Int, flags: Int32, sequence: UInt32, _ fill: (Request) throws(NetlinkError.Reason) -> Void
  ) throws(NetlinkError.Reason) {
    precondition(hasRoom, "a request was appended to a full buffer")
    let place = buffer.start + used
    // libmnl 1.0.4 leaves the padding of attributes as it finds it.
    memset(place, 0, Self.messageLimit)
    guard let message = mnl_nlmsg_put_header(place) else { return }
    message.pointee.nlmsg_type = UInt16(type)
    message.pointee.nlmsg_flags = UInt16(Int32(NLM_F_REQUEST) | flags)
    message.pointee.nlmsg_seq = sequence
    try fill(Request(message: message))
    last = used
    lastSequence = sequence
    used += (Int(message.pointee.nlmsg_len) + 3) & ~3
  }

  /// Asks for an answer to the last request even if it succeeds, and so for one after which no other comes.
  mutating func acknowledgeLast() {
    guard !isEmpty else { return }
    (buffer.start + last).assumingMemoryBound(to: nlmsghdr.self).pointee.nlmsg_flags |= UInt16(NLM_F_ACK)
  }
}

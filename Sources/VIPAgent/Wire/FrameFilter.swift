import CLinux
import Glibc
import Linux

/// A program for the kernel's socket filter (`socket(7)` SO_ATTACH_FILTER, classic BPF): which frames are worth waking
/// up for. It looks at Ethernet frames from their first byte.
struct FrameFilter {
  private var program: [sock_filter] = []

  // The instructions used, from `<linux/bpf_common.h>`, whose macros Swift does not see.
  private static let loadWord: UInt16 = 0x20, loadHalf: UInt16 = 0x28, loadByte: UInt16 = 0x30
  private static let loadHalfIndexed: UInt16 = 0x48, loadByteIndexed: UInt16 = 0x50, loadHeaderLength: UInt16 = 0xb1
  private static let jumpIfEqual: UInt16 = 0x15, jumpIfSet: UInt16 = 0x45, give: UInt16 = 0x06

  /// ARP packets whose sender protocol address is one of these; above 64 addresses all ARP packets, because a jump
  /// reaches no further than 255 instructions.
  static func arp(from addresses: [UInt32]) -> FrameFilter {
    var filter = FrameFilter()
    guard addresses.count <= 64 else {
      filter.add(give, .max)
      return filter
    }
    filter.add(loadWord, 28)
    for (place, address) in addresses.enumerated() {
      filter.add(jumpIfEqual, address, then: UInt8(addresses.count - place))
    }
    filter.add(give, 0)
    filter.add(give, .max)
    return filter
  }

  /// ICMP echo replies, unfragmented, with this identifier (RFC 792).
  static func echoReplies(identifier: UInt16) -> FrameFilter {
    var filter = FrameFilter()
    filter.add(loadByte, 23)
    filter.add(jumpIfEqual, UInt32(IPPROTO_ICMP), otherwise: 8)
    filter.add(loadHalf, 20)
    filter.add(jumpIfSet, 0x1fff, then: 6)
    filter.add(loadHeaderLength, 14)
    filter.add(loadByteIndexed, 14)
    filter.add(jumpIfEqual, UInt32(ICMP_ECHOREPLY), otherwise: 3)
    filter.add(loadHalfIndexed, 18)
    filter.add(jumpIfEqual, UInt32(identifier), otherwise: 1)
    filter.add(give, .max)
    filter.add(give, 0)
    return filter
  }

  /// UDP datagrams to this port (RFC 768), and bridge protocol data units (IEEE 802.1D, to 01:80:c2:00:00:00). Of datagrams
  /// in fragments the first says the port; the others are all taken.
  static func heartbeatsAndBridges(port: UInt16) -> FrameFilter {
    var filter = FrameFilter()
    filter.add(loadWord, 0)
    filter.add(jumpIfEqual, 0x0180_c200, otherwise: 2)
    filter.add(loadHalf, 4)
    filter.add(jumpIfEqual, 0, then: 9)
    filter.add(loadHalf, 12)
    filter.add(jumpIfEqual, UInt32(ETH_P_IP), otherwise: 8)
    filter.add(loadByte, 23)
    filter.add(jumpIfEqual, UInt32(IPPROTO_UDP), otherwise: 6)
    filter.add(loadHalf, 20)
    filter.add(jumpIfSet, 0x1fff, then: 3)
    filter.add(loadHeaderLength, 14)
    filter.add(loadHalfIndexed, 16)
    filter.add(jumpIfEqual, UInt32(port), otherwise: 1)
    filter.add(give, .max)
    filter.add(give, 0)
    return filter
  }

  /// Attaches the program to a packet socket; it replaces the one before.
  func attach(to descriptor: Int32) throws(SystemError) {
    var program = program
    let count = UInt16(program.count)
    try retryOnInterrupt("set SO_ATTACH_FILTER") {
      program.withUnsafeMutableBufferPointer { instructions in
        var whole = sock_fprog(len: count, filter: instructions.baseAddress)
        return setsockopt(
          descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &whole, socklen_t(MemoryLayout<sock_fprog>.size))
      }
    }
  }

  private mutating func add(_ code: UInt16, _ operand: UInt32, then: UInt8 = 0, otherwise: UInt8 = 0) {
    program.append(sock_filter(code: code, jt: then, jf: otherwise, k: operand))
  }
}

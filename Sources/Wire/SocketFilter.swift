import CLinux
import Glibc
import Linux

/// A program for the kernel's socket filter (`socket(7)` SO_ATTACH_FILTER, classic BPF;
/// `Documentation/networking/filter.rst`): which packets are worth waking up for. A load beyond the packet's end drops
/// it.
package struct SocketFilter {
  /// The instructions, with the jumps' offsets resolved.
  package private(set) var program: [sock_filter] = []

  /// What goes into the accumulator, from `<linux/bpf_common.h>` and `<linux/filter.h>`, whose macros Swift does not
  /// see.
  enum Load {
    case byte(UInt32), half(UInt32), word(UInt32)
    /// The same behind the index register.
    case byteBehind(UInt32), halfBehind(UInt32), wordBehind(UInt32)
    /// The packet's bytes.
    case length
    /// PACKET_*, as in `sll_pkttype` (`packet(7)`).
    case kind
    /// The number of the device that it came in on.
    case device

    /// SKF_AD_OFF: what is loaded from here on is not in the packet.
    private static let extensions = UInt32(bitPattern: -0x1000)

    fileprivate var instruction: (code: UInt16, operand: UInt32) {
      switch self {
      case .word(let offset): (0x20, offset)
      case .half(let offset): (0x28, offset)
      case .byte(let offset): (0x30, offset)
      case .wordBehind(let offset): (0x40, offset)
      case .halfBehind(let offset): (0x48, offset)
      case .byteBehind(let offset): (0x50, offset)
      case .length: (0x80, 0)
      case .kind: (0x20, Self.extensions + 4)
      case .device: (0x20, Self.extensions + 8)
      }
    }
  }

  private static let jump: UInt16 = 0x05, jumpIfEqual: UInt16 = 0x15, jumpIfGreater: UInt16 = 0x25
  private static let jumpIfNotLess: UInt16 = 0x35, jumpIfSet: UInt16 = 0x45
  private static let loadHeaderLength: UInt16 = 0xb1, give: UInt16 = 0x06

  /// Drops everything.
  static var none: SocketFilter {
    var filter = SocketFilter()
    filter.drop()
    return filter
  }

  // MARK: - What a program is made of

  mutating func load(_ what: Load) { add(what.instruction.code, what.instruction.operand) }

  /// Puts the length of the IPv4 header that begins at an offset, in bytes, into the index register.
  mutating func indexBehindHeader(at offset: UInt32) { add(Self.loadHeaderLength, offset) }

  /// Goes on if the accumulator is this.
  mutating func require(_ value: UInt32) {
    add(Self.jumpIfEqual, value, then: 1)
    drop()
  }

  /// Goes on if the accumulator is one of these, fewer than 256.
  mutating func require(oneOf values: [UInt32]) {
    for (place, value) in values.enumerated() { add(Self.jumpIfEqual, value, then: UInt8(values.count - place)) }
    drop()
  }

  /// Goes on if the accumulator is neither less nor more.
  mutating func require(in range: ClosedRange<UInt32>) {
    add(Self.jumpIfNotLess, range.lowerBound, then: 1)
    drop()
    add(Self.jumpIfGreater, range.upperBound, otherwise: 1)
    drop()
  }

  /// Goes on unless the accumulator is this.
  mutating func refuse(_ value: UInt32) {
    add(Self.jumpIfEqual, value, otherwise: 1)
    drop()
  }

  /// Goes on if none of these bits is set in the accumulator.
  mutating func refuse(bits: UInt32) {
    add(Self.jumpIfSet, bits, otherwise: 1)
    drop()
  }

  /// Leaves the rest to another program, shorter than 256 instructions, if the accumulator is this.
  mutating func ifEqual(_ value: UInt32, _ other: SocketFilter) {
    add(Self.jumpIfEqual, value, otherwise: UInt8(other.program.count))
    program += other.program
  }

  /// Takes the packet if any of these bits is set in the accumulator.
  mutating func takeIf(bits: UInt32) {
    add(Self.jumpIfSet, bits, otherwise: 1)
    take()
  }

  /// Takes the packet.
  mutating func take() { add(Self.give, .max) }

  /// Drops the packet.
  mutating func drop() { add(Self.give, 0) }

  /// Takes the packet if the accumulator is in one of these ranges, and drops it otherwise: by bisection, down to what
  /// a conditional jump can leap over.
  mutating func take(in ranges: ArraySlice<ClosedRange<UInt32>>) {
    guard ranges.count > Self.leap, let upper = ranges[ranges.middle...].first else { return takeOne(of: ranges) }
    var left = SocketFilter()
    left.take(in: ranges[..<ranges.middle])
    add(Self.jumpIfNotLess, upper.lowerBound, otherwise: 1)
    add(Self.jump, UInt32(left.program.count))
    program += left.program
    take(in: ranges[ranges.middle...])
  }

  /// So many ranges are looked through one by one; a jump reaches no further than 255 instructions.
  private static let leap = 32

  private mutating func takeOne(of ranges: ArraySlice<ClosedRange<UInt32>>) {
    var size = ranges.reduce(0) { $0 + ($1.count > 1 ? 2 : 1) }
    for range in ranges {
      if range.count > 1 {
        // Ranges are in order: what is less than this one is in none.
        add(Self.jumpIfNotLess, range.lowerBound, otherwise: UInt8(size - 1))
        size -= 1
        add(Self.jumpIfGreater, range.upperBound, otherwise: UInt8(size))
      } else {
        add(Self.jumpIfEqual, range.lowerBound, then: UInt8(size))
      }
      size -= 1
    }
    drop()
    take()
  }

  private mutating func add(_ code: UInt16, _ operand: UInt32, then: UInt8 = 0, otherwise: UInt8 = 0) {
    program.append(sock_filter(code: code, jt: then, jf: otherwise, k: operand))
  }

  // MARK: - In force

  /// Attaches the program to a socket; it replaces the one before.
  /// - Throws: ENOMEM where the socket may not have so long a program (net.core.optmem_max), EINVAL above 4,096
  ///   instructions (BPF_MAXINSNS).
  package func attach(to descriptor: borrowing Descriptor) throws(SystemError) {
    let raw = descriptor.raw
    guard let count = UInt16(exactly: program.count) else {
      throw SystemError("set SO_ATTACH_FILTER", Errno(rawValue: EINVAL))
    }
    try retryOnInterrupt("set SO_ATTACH_FILTER") {
      program.withUnsafeBufferPointer { instructions in
        var whole = sock_fprog(len: count, filter: UnsafeMutablePointer(mutating: instructions.baseAddress))
        return setsockopt(raw, SOL_SOCKET, SO_ATTACH_FILTER, &whole, socklen_t(MemoryLayout<sock_fprog>.size))
      }
    }
  }

  /// Takes every packet from now on.
  package static func detach(from descriptor: borrowing Descriptor) {
    var nothing: Int32 = 0
    // ENOENT where there is none.
    setsockopt(descriptor.raw, SOL_SOCKET, SO_DETACH_FILTER, &nothing, 4)
  }
}

extension ArraySlice {
  fileprivate var middle: Int { startIndex + count / 2 }
}

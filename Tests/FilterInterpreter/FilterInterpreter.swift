import CLinux
import Glibc

/// What the kernel would make of a packet: an interpreter of those instructions of classic BPF that the agent's socket filters
/// use (`Documentation/networking/filter.rst`).
package struct FilterInterpreter {
  /// A program that the kernel would not take, or that this interpreter does not know.
  package enum Fault: Error {
    case instruction(UInt16)
    case noEnd
  }

  private let program: [sock_filter]

  /// Takes a program whose jumps are resolved.
  package init(_ program: [sock_filter]) { self.program = program }

  /// Whether the program takes a packet. A load beyond the packet's end drops it.
  /// - Parameters:
  ///   - device: the number of the device that it came in on.
  ///   - kind: PACKET_*.
  package func takes(
    _ packet: [UInt8], device: Int32 = 0, kind: Int32 = Int32(PACKET_BROADCAST)
  ) throws(Fault) -> Bool {
    var (accumulator, index): (UInt32, UInt32) = (0, 0)
    func load(_ offset: UInt32, _ size: Int) -> UInt32? {
      if offset == 0xffff_f004 { return UInt32(bitPattern: kind) }
      if offset == 0xffff_f008 { return UInt32(bitPattern: device) }
      guard Int(offset) + size <= packet.count else { return nil }
      return packet[Int(offset)..<Int(offset) + size].reduce(0) { $0 << 8 | UInt32($1) }
    }
    var place = 0
    while place < program.count {
      let step = program[place]
      place += 1
      let value: UInt32?
      switch step.code {
      case 0x20: value = load(step.k, 4)
      case 0x28: value = load(step.k, 2)
      case 0x30: value = load(step.k, 1)
      case 0x40: value = load(index &+ step.k, 4)
      case 0x48: value = load(index &+ step.k, 2)
      case 0x50: value = load(index &+ step.k, 1)
      case 0x80: value = UInt32(packet.count)
      case 0xb1:
        guard let byte = load(step.k, 1) else { return false }
        index = (byte & 15) * 4
        continue
      case 0x06: return step.k != 0
      case 0x05:
        place += Int(step.k)
        continue
      default:
        place += Int(try Self.isTrue(step, accumulator) ? step.jt : step.jf)
        continue
      }
      guard let value else { return false }
      accumulator = value
    }
    throw .noEnd
  }

  private static func isTrue(_ jump: sock_filter, _ accumulator: UInt32) throws(Fault) -> Bool {
    switch jump.code {
    case 0x15: accumulator == jump.k
    case 0x25: accumulator > jump.k
    case 0x35: accumulator >= jump.k
    case 0x45: accumulator & jump.k != 0
    default: throw .instruction(jump.code)
    }
  }
}

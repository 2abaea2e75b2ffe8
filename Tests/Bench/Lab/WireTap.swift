import CLinux
import Glibc
import Lab
import Linux
import Synchronization

/// Notes every frame that one of the two hosts sends, with the time at which the kernel took it from the cable: a tap
/// that is late itself falsifies nothing.
final class WireTap: Sendable {
  struct Frame: Sendable {
    /// Nanoseconds of `BootClock`.
    let time: Int64
    /// Which of the two hosts; nil for a virtual Ethernet address, which either may use.
    let sender: Int?
    /// Bytes, without the checksum.
    let length: Int
    /// `<linux/if_ether.h>`
    let etherType: UInt16
    /// The protocol that an IPv4 packet carries; 0 of every other frame.
    let transport: UInt8
    /// The IPv4 address that a gratuitous ARP announces; 0 for every other frame.
    let announced: UInt32
  }

  private let log = Mutex<[Frame]>([])
  private let socket: Descriptor
  private let ending: EventDescriptor
  private let thread = Mutex<Linux.Thread?>(nil)

  init(on network: Switch) throws {
    ending = try EventDescriptor()
    socket = try network.namespace.perform("listen") { try WireTap.open(Switch.bridgeName) }
    let started = try Linux.Thread(name: "wire") { [unowned self] in self.listen() }
    thread.withLock { $0 = started }
  }

  deinit { stop() }

  var frames: [Frame] { log.withLock { $0 } }

  /// Forgets what was heard so far.
  func clear() { log.withLock { $0.removeAll(keepingCapacity: true) } }

  /// Ends the listening. Does no harm twice.
  func stop() {
    guard let thread = thread.withLock({ $0.take() }) else { return }
    ending.signal()
    thread.join()
  }

  private static func open(_ device: String) throws -> Descriptor {
    let type = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let socket = try Descriptor(Glibc.socket(AF_PACKET, type, 0), "socket", on: "packet")
    let raw = socket.raw
    var size: Int32 = 64 << 20
    try retryOnInterrupt("set SO_RCVBUFFORCE") {
      setsockopt(raw, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    _ = realTime(of: raw)  // The first call asks for time stamps.
    try leaveOutOthers(on: socket)
    let index = Int32(bitPattern: if_nametoindex(device))
    try socket.makePromiscuous(device, index: index)
    try socket.bind(toFrames: ETH_P_ALL, of: device, index: index)
    return socket
  }

  /// Has the kernel drop what `frame` would: somebody may be flooding the switch. Classic BPF (`<linux/filter.h>`): where byte 6 is
  /// 2, byte 11 is 2 at most.
  private static func leaveOutOthers(on socket: borrowing Descriptor) throws(SystemError) {
    var program = [
      sock_filter(code: 0x30, jt: 0, jf: 0, k: 6), sock_filter(code: 0x15, jt: 0, jf: 2, k: 2),
      sock_filter(code: 0x30, jt: 0, jf: 0, k: 11), sock_filter(code: 0x25, jt: 1, jf: 0, k: 2),
      sock_filter(code: 0x06, jt: 0, jf: 0, k: .max), sock_filter(code: 0x06, jt: 0, jf: 0, k: 0),
    ]
    let raw = socket.raw
    try retryOnInterrupt("set SO_ATTACH_FILTER") {
      program.withUnsafeMutableBufferPointer { instructions in
        var whole = sock_fprog(len: UInt16(instructions.count), filter: instructions.baseAddress)
        return setsockopt(raw, SOL_SOCKET, SO_ATTACH_FILTER, &whole, socklen_t(MemoryLayout<sock_fprog>.size))
      }
    }
  }

  /// When the kernel got the frame that was read last, by CLOCK_REALTIME (socket(7), SIOCGSTAMPNS); nil if it does not
  /// say.
  private static func realTime(of socket: Int32) -> Int64? {
    var time = timespec()
    guard ioctl(socket, 0x8907, &time) == 0 else { return nil }
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Nobody waits at the socket: to wake a reader up for every frame would be charged to whoever sends it.
  private func listen() {
    guard let poller = try? Poller() else { return }
    try? poller.watch(ending.descriptor.raw, as: 0)
    var isEnding = false
    while !isEnding {
      poller.wait(timeoutMilliseconds: 5) { _ in isEnding = true }
      take()
    }
  }

  private func take() {
    let lag = BootClock.lag()
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { buffer in
      while true {
        let length = recv(socket.raw, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC))
        guard length >= 0 else { return }
        let time = Self.realTime(of: socket.raw).map { $0 - lag } ?? BootClock.now()
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<min(length, buffer.count)])
        if let frame = Self.frame(bytes, length, time) { log.withLock { $0.append(frame) } }
      }
    }
  }

  /// The hosts of a lab have the Ethernet addresses 02:00:00:00:00:01 and on; those after the first two do not count.
  private static func frame(_ bytes: UnsafeRawBufferPointer, _ length: Int, _ time: Int64) -> Frame? {
    guard bytes.count >= 14 else { return nil }
    let sender = bytes[6] == 2 ? Int(bytes[11]) - 1 : nil
    guard sender.map({ 0...1 ~= $0 }) ?? true else { return nil }
    let type = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt16.self))
    var announced: UInt32 = 0
    if type == 0x0806, bytes.count >= 42 {
      let source = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 28, as: UInt32.self))
      let target = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 38, as: UInt32.self))
      if source == target { announced = source }
    }
    let transport = type == 0x0800 && bytes.count >= 24 ? bytes[23] : 0
    return Frame(
      time: time, sender: sender, length: length, etherType: type, transport: transport, announced: announced)
  }
}

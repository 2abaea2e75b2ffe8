import CLinux
import Glibc
import Linux
import Netlink

/// The pinger's thread: requests by the clock, answers as they come. After its start it allocates nothing and takes no
/// lock but the log's.
final class PingLoop: Sendable {
  private enum Token {
    static let ending: UInt32 = 0
    static let timer: UInt32 = 1
    static let socket: UInt32 = 2
  }

  /// Time between two requests: nanoseconds.
  private let interval: Int64
  private let log: Guarded<PingLog>
  private let socket: EchoSocket
  private let ending: EventDescriptor
  private let timer: TimerDescriptor
  private let poller: Poller

  /// Opens the socket in the calling thread's namespace.
  init(to target: IPAddress, interval: Int64, log: Guarded<PingLog>) throws(SystemError) {
    self.interval = interval
    self.log = log
    socket = try EchoSocket(to: target)
    ending = try EventDescriptor()
    timer = try TimerDescriptor()
    poller = try Poller()
    try poller.watch(ending.descriptor.raw, as: Token.ending)
    try poller.watch(timer.descriptor.raw, as: Token.timer)
    try poller.watch(socket.descriptor.raw, as: Token.socket)
  }

  /// Makes `run` return.
  func end() {
    ending.signal()
  }

  /// Asks until `end` is called.
  func run() {
    // A client that is late measures itself. Without the right to be punctual it does what it can.
    try? Realtime.enter(priority: 1)
    var next = BootClock.now()
    var isEnding = false
    while !isEnding {
      timer.arm(at: next)
      poller.wait { if $0 == Token.ending { isEnding = true } }
      takeAnswers()
      let now = BootClock.now()
      guard now >= next else { continue }
      ask(at: now)
      // Deadlines that were missed are left out: a burst afterwards would tell nothing about the time before.
      next += ((now - next) / interval + 1) * interval
    }
  }

  private func ask(at now: Int64) {
    let number = log.withLock { log in
      log.send(at: now)
      return log.count - 1
    }
    socket.send(number)
  }

  private func takeAnswers() {
    while let number = socket.receive() {
      let now = BootClock.now()
      log.withLock { $0.answer(number, at: now) }
    }
  }
}

/// A raw socket for ICMP echo to one IPv4 address (RFC 792):
///
///     0       1       2               4               6               8                      16
///     | type  | code  | checksum      | identifier    | sequence      | number, 64 bits       |
struct EchoSocket: ~Copyable {
  /// Readable when an answer has arrived.
  let descriptor: Descriptor
  // Tells the answers of two pingers on one host apart: the kernel gives every raw socket a copy of each.
  private let identifier = UInt16.random(in: 1 ... .max)

  private static let size = 16
  private static let request: UInt8 = 8
  private static let reply: UInt8 = 0
  // <linux/icmp.h> clashes with glibc's <netinet/ip_icmp.h>, so two of its names are repeated here.
  private static let filterLevel: Int32 = 255  // SOL_RAW
  private static let filterOption: Int32 = 1  // ICMP_FILTER

  /// Opens the socket in the calling thread's namespace.
  /// - Throws: EPERM without CAP_NET_RAW, ENETUNREACH without a route, EAFNOSUPPORT for an IPv6 address.
  init(to target: IPAddress) throws(SystemError) {
    guard target.family == .v4 else { throw SystemError("ping", on: "\(target)", Errno(rawValue: EAFNOSUPPORT)) }
    let type = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = try Descriptor(Glibc.socket(AF_INET, type, Int32(IPPROTO_ICMP)), "socket", on: "ICMP")
    let raw = descriptor.raw
    var unwanted = ~(UInt32(1) << Self.reply)
    try retryOnInterrupt("set ICMP_FILTER") {
      setsockopt(raw, Self.filterLevel, Self.filterOption, &unwanted, socklen_t(MemoryLayout<UInt32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    target.withBytes { bytes in withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyMemory(from: bytes) } }
    try retryOnInterrupt("connect", on: "\(target)") {
      withUnsafeBytes(of: &address) {
        connect(raw, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
      }
    }
    self.descriptor = descriptor
  }

  /// Sends one request. A kernel that refuses has lost it, like any other part of the way: nobody will answer.
  func send(_ number: Int) {
    withUnsafeTemporaryAllocation(byteCount: Self.size, alignment: 8) { packet in
      packet.storeBytes(of: Self.request, toByteOffset: 0, as: UInt8.self)
      packet.storeBytes(of: 0, toByteOffset: 1, as: UInt8.self)
      packet.storeBytes(of: 0, toByteOffset: 2, as: UInt16.self)
      packet.storeBytes(of: identifier.bigEndian, toByteOffset: 4, as: UInt16.self)
      packet.storeBytes(of: UInt16(truncatingIfNeeded: number).bigEndian, toByteOffset: 6, as: UInt16.self)
      packet.storeBytes(of: UInt64(number).bigEndian, toByteOffset: 8, as: UInt64.self)
      packet.storeBytes(of: Self.checksum(of: packet), toByteOffset: 2, as: UInt16.self)
      _ = Glibc.send(descriptor.raw, packet.baseAddress, packet.count, 0)
    }
  }

  /// The number of the next request that was answered; nil if there is no more to read. Never blocks.
  func receive() -> Int? {
    withUnsafeTemporaryAllocation(byteCount: 128, alignment: 8) { packet in
      while true {
        let count = recv(descriptor.raw, packet.baseAddress, packet.count, 0)
        guard count >= 0 else { return nil }
        if let number = number(in: UnsafeRawBufferPointer(rebasing: packet[..<count])) { return number }
      }
    }
  }

  /// Reads an IPv4 packet: the number, if it is an answer to one of our requests.
  private func number(in packet: UnsafeRawBufferPointer) -> Int? {
    guard let first = packet.first else { return nil }
    let header = Int(first & 0xf) * 4
    guard packet.count >= header + Self.size, packet[header] == Self.reply,
      UInt16(bigEndian: packet.loadUnaligned(fromByteOffset: header + 4, as: UInt16.self)) == identifier
    else { return nil }
    return Int(exactly: UInt64(bigEndian: packet.loadUnaligned(fromByteOffset: header + 8, as: UInt64.self)))
  }

  /// The Internet checksum (RFC 1071), ready to be stored: it does not depend on the byte order.
  private static func checksum(of packet: UnsafeMutableRawBufferPointer) -> UInt16 {
    var sum: UInt32 = 0
    for offset in stride(from: 0, to: packet.count, by: 2) {
      sum &+= UInt32(packet.load(fromByteOffset: offset, as: UInt16.self))
    }
    while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
    return ~UInt16(truncatingIfNeeded: sum)
  }
}

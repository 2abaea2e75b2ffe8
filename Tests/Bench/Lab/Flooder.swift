import CLinux
import Glibc
import Lab
import Linux
import Synchronization

/// Sends the same frames again and again, as fast as one thread can: the machine's first processor is its own. It stays within
/// the lab, because its socket is that of one of the lab's hosts, and it ends by itself.
final class Flooder: Sendable {
  /// So many frames, and none more.
  static let most = 20_000_000
  /// What `clinux_send_frames` takes at once.
  private static let batch = 64
  private static let stride = 128

  private let socket: Descriptor
  private let device: Int32
  private let frames: [UInt8]
  private let lengths: [Int]
  private let count = Atomic<Int>(0)
  private let thread = Mutex<Linux.Thread?>(nil)

  /// - Parameters:
  ///   - host: who sends.
  ///   - kinds: frames of 14 to 128 bytes that take turns; one at least.
  ///   - duration: for so long.
  ///   - most: and so many at most.
  init(from host: Host, _ kinds: [[UInt8]], for duration: Duration, most: Int = Flooder.most) throws {
    let namespace = try host.namespace()
    socket = try namespace.perform("open a packet socket") { try Self.open() }
    device = try namespace.perform("find eth0") { Int32(bitPattern: if_nametoindex("eth0")) }
    let turns = (0..<Self.batch).map { kinds[$0 % kinds.count] }
    frames = turns.flatMap { $0 + [UInt8](repeating: 0, count: Self.stride - $0.count) }
    lengths = turns.map(\.count)
    let started = try Linux.Thread(name: "flooder") { [unowned self] in self.run(for: duration.nanoseconds, most) }
    thread.withLock { $0 = started }
  }

  deinit { wait() }

  /// How many frames the kernel has taken.
  var sent: Int { count.load(ordering: .relaxed) }

  /// Waits for its end. Does no harm twice.
  func wait() {
    guard let thread = thread.withLock({ $0.take() }) else { return }
    thread.join()
  }

  private static func open() throws(SystemError) -> Descriptor {
    let type = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
    return try Descriptor(Glibc.socket(AF_PACKET, type, 0), "socket", on: "packet")
  }

  private func run(for nanoseconds: Int64, _ most: Int) {
    try? Realtime.stay(onProcessor: 0)
    var link = sockaddr_ll()
    link.sll_family = UInt16(AF_PACKET)
    link.sll_ifindex = device
    let end = BootClock.now() + nanoseconds
    var sent = 0
    while sent < most, BootClock.now() < end, !Interruption.isRequested.load(ordering: .relaxed) {
      let taken = send(min(most - sent, Self.batch), to: &link)
      if taken < 0, errno != ENOBUFS, errno != EAGAIN { return }
      sent += max(taken, 0)
      count.store(sent, ordering: .relaxed)
    }
  }

  private func send(_ many: Int, to link: inout sockaddr_ll) -> Int {
    withUnsafeBytes(of: &link) { link in
      Int(
        clinux_send_frames(
          socket.raw, frames, Self.stride, lengths, UInt32(many),
          link.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(link.count)))
    }
  }
}

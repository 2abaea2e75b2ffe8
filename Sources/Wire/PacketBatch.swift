import CLinux
import Glibc
import Linux
import Support
import TakeoverCore

/// Room for the packets that one system call takes off a socket. It is made once and reused.
package struct PacketBatch: ~Copyable {
  /// How many fit. A batch that is not full has left nothing behind.
  package static let capacity = 8
  /// Bytes for each: more than a heartbeat can have (``HeartbeatCodec/maximumLength``).
  private static let stride = 2048

  private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity * stride, alignment: 16)
  private let lengths = UnsafeMutablePointer<Int>.allocate(capacity: capacity)
  private let origins = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
  /// Nanoseconds of CLOCK_REALTIME.
  private let times = UnsafeMutablePointer<Int64>.allocate(capacity: capacity)
  /// What CLOCK_REALTIME is ahead of the clock of ``TakeoverCore/Instant`` by, when the batch was filled.
  private var lead: Int64 = 0
  /// How many are in it.
  package private(set) var count = 0

  /// An empty batch, whose memory has been written to, so that no later call faults on it.
  package init() {
    room.initializeMemory(as: UInt8.self, repeating: 0)
    lengths.initialize(repeating: 0, count: Self.capacity)
    origins.initialize(repeating: 0, count: Self.capacity)
    times.initialize(repeating: 0, count: Self.capacity)
  }

  deinit {
    room.deallocate()
    lengths.deallocate()
    origins.deallocate()
    times.deallocate()
  }

  package var isFull: Bool { count == Self.capacity }

  /// The bytes of a packet, until the next time the batch is filled; nil where it was longer than any of ours.
  package subscript(place: Int) -> UnsafeRawBufferPointer? {
    guard place < count, lengths[place] <= Self.stride else { return nil }
    let start = place * Self.stride
    return UnsafeRawBufferPointer(rebasing: room[start..<start + lengths[place]])
  }

  /// Where a datagram came from, in network byte order; 0 from a device without an address.
  package func source(of place: Int) -> UInt32 { place < count ? origins[place] : 0 }

  /// The number of the device on which a packet socket has heard a frame.
  package func device(of place: Int) -> Int32 { place < count ? Int32(bitPattern: origins[place]) : 0 }

  /// When the kernel took it from the device. If the wall clock was set while it waited it says something else: whoever
  /// needs to rely on it knows how long it can have waited. Where the kernel does not say, now.
  package func arrival(of place: Int) -> Instant {
    guard place < count, times[place] != 0 else { return .now }
    return Instant(nanoseconds: times[place] &- lead)
  }

  /// Whether the last one arrived later than this, and so nothing that is left did earlier.
  package func hasArrived(after end: Instant) -> Bool { arrival(of: count - 1) > end }

  /// Replaces what is in the batch by what is waiting. Never blocks.
  /// - Returns: why nothing could be taken; nil where something was, or nothing is waiting.
  package mutating func fill(from descriptor: borrowing Descriptor) -> Errno? {
    let received = clinux_receive_packets(
      descriptor.raw, room.baseAddress, Self.stride, UInt32(Self.capacity), lengths, origins, times)
    let errno = Errno.current
    count = max(Int(received), 0)
    if count > 0 { lead = BootClock.lag() }
    return received < 0 && errno.rawValue != EAGAIN ? errno : nil
  }
}

import Glibc
import Linux
import TakeoverCore
import Wire

/// An address to announce, and on which device: with whatever Ethernet address that has when a frame leaves.
struct Announcement {
  let address: IPv4Number
  let link: Int32
}

/// Writes gratuitous ARP frames and hands them to the kernel, many in a system call.
///
/// For one thread at a time: the address thread's, or that of a ``EarlyAnnouncer`` which it waits for.
final class AnnouncementBatch: @unchecked Sendable {
  /// Frames handed to the kernel in one system call.
  private static let chunk = 64

  private let socket: AnnounceSocket
  private let frames = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk * ARPFrame.length, alignment: 16)
  private let lengths = UnsafeMutablePointer<Int>.allocate(capacity: chunk)

  /// - Throws: EPERM without CAP_NET_RAW.
  init() throws(SystemError) {
    socket = try AnnounceSocket()
    lengths.initialize(repeating: ARPFrame.length, count: Self.chunk)
  }

  deinit {
    frames.deallocate()
    lengths.deallocate()
  }

  /// The device's queue is full: it takes more when it has sent some.
  static func isFull(_ failure: Errno?) -> Bool {
    failure?.rawValue == EAGAIN || failure?.rawValue == ENOBUFS
  }

  /// Sends one form of as many announcements as fit into a chunk, all of one device.
  /// - Returns: how many frames the kernel took of how many, and why not the others. A device that is gone, or has no Ethernet
  ///   address, takes none.
  func send(
    _ announcements: [Announcement], from start: Int, as form: ARPFrame.Operation, by devices: Devices
  ) -> (taken: Int, count: Int, failure: Errno?) {
    guard start < announcements.count else { return (0, 0, nil) }
    let link = announcements[start].link
    let hardware = devices.hardwareAddress(of: link)
    var count = 0
    while start + count < announcements.count, announcements[start + count].link == link, count < Self.chunk {
      if let hardware { write(announcements[start + count].address, at: hardware, as: form, into: count) }
      count += 1
    }
    guard hardware != nil else { return (0, count, Errno(rawValue: ENODEV)) }
    let (sent, errno) = socket.send(
      frames: UnsafeRawBufferPointer(frames), stride: ARPFrame.length, lengths: lengths, count: count, to: link)
    return (sent, count, errno)
  }

  private func write(
    _ address: IPv4Number, at hardware: EthernetAddress, as form: ARPFrame.Operation, into place: Int
  ) {
    ARPFrame.announcement(of: address, at: hardware, as: form)
      .emit(into: UnsafeMutableRawBufferPointer(rebasing: frames[(place * ARPFrame.length)...]))
  }
}

import Linux
import Synchronization
import TakeoverCore

/// Announces what the kernel has confirmed of many addresses, on a second processor, while it is asked for the next of them.
///
/// The thread lives for one chunk: whoever starts it waits for its end before doing anything else, so nothing is on its way
/// that a later order could no longer stop.
final class EarlyAnnouncer: Sendable {
  private let batch: AnnouncementBatch
  private let announcements: [Announcement]
  private let devices: Devices
  private let announced = Atomic<Int>(0)
  private let thread = Mutex<Thread?>(nil)

  /// Begins to send the first frame of each.
  /// - Parameter batch: nobody else uses it until ``finish()``.
  /// - Throws: where there is no thread for it; then nothing leaves.
  init(_ announcements: [Announcement], by batch: AnnouncementBatch, on devices: Devices) throws(SystemError) {
    self.batch = batch
    self.devices = devices
    self.announcements = announcements
    let started = try Thread(name: "announce", stackSize: 1 << 17) { [unowned self] in self.run() }
    thread.withLock { $0 = started }
  }

  private func run() {
    var sent = 0
    while sent < announcements.count {
      let (taken, _, failure) = batch.send(announcements, from: sent, as: .request, by: devices)
      sent += taken
      // A full queue is no reason to wait here: the rest follows with the claim's own announcement.
      if failure != nil { break }
    }
    announced.store(sent, ordering: .releasing)
  }

  /// Waits until all have left that the kernel takes. Call it once.
  /// - Returns: how many did, from the first on.
  func finish() -> Int {
    thread.withLock { $0.take() }?.join()
    return announced.load(ordering: .acquiring)
  }
}

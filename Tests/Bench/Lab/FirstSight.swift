import Glibc
import Lab
import Linux
import Netlink
import Synchronization

/// Notes when a host's kernel tells of the first address that is added from now on, and then listens no more, so that it
/// takes no time from those that add the others.
final class FirstSight: Sendable {
  private let ending: EventDescriptor
  private let thread: Linux.Thread

  init(on host: Host) throws {
    ending = try EventDescriptor()
    let monitor = try host.namespace().perform("watch the addresses") { Box(try RouteMonitor()) }
    let (time, ending) = (Stamp(), ending.descriptor.raw)
    stamp = time
    thread = try Linux.Thread(name: "first sight") { Self.listen(monitor, until: ending, time) }
  }

  deinit {
    ending.signal()
    thread.join()
  }

  private final class Box: @unchecked Sendable {
    var monitor: RouteMonitor
    init(_ monitor: consuming RouteMonitor) { self.monitor = monitor }
  }

  private final class Stamp: Sendable {
    let time = Mutex<Int64?>(nil)
  }

  private let stamp: Stamp

  /// Nanoseconds of `BootClock`; nil if none was added yet.
  var firstAdded: Int64? { stamp.time.withLock { $0 } }

  private static func listen(_ box: Box, until ending: Int32, _ stamp: Stamp) {
    // Above the agents, or the first address would seem to come after the last announcement; it runs once only.
    try? Realtime.enter(priority: 90)
    var ready = [
      pollfd(fd: ending, events: Int16(POLLIN), revents: 0),
      pollfd(fd: box.monitor.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    while stamp.time.withLock({ $0 }) == nil {
      poll(&ready, 2, -1)
      if ready[0].revents != 0 { return }
      let now = BootClock.now()
      _ = try? box.monitor.read { event in
        guard case .addressAdded = event else { return }
        stamp.time.withLock { if $0 == nil { $0 = now } }
      }
    }
  }
}

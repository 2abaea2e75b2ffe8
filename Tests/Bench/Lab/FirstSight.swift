import Glibc
import Lab
import Linux
import Netlink
import Synchronization

/// Notes when a host's kernel tells of the first address that is added from now on, and then listens no more, so that it
/// takes no time from those that add the others.
///
/// One thread a processor listens, and the first word counts: where addresses are being added the kernel runs nobody else before
/// a system call is over, and one of hundreds of addresses takes milliseconds.
final class FirstSight: Sendable {
  private let ending: EventDescriptor
  private let threads: [Linux.Thread]
  private let stamp = Stamp()

  init(on host: Host) throws {
    ending = try EventDescriptor()
    let (stamp, ending) = (stamp, ending.descriptor.raw)
    threads = try (0..<Realtime.processors).map { processor in
      let monitor = try host.namespace().perform("watch the addresses") { Box(try RouteMonitor()) }
      return try Linux.Thread(name: "first sight") { Self.listen(monitor, on: processor, until: ending, stamp) }
    }
  }

  deinit {
    ending.signal()
    for thread in threads { thread.join() }
  }

  private final class Box: @unchecked Sendable {
    var monitor: RouteMonitor
    init(_ monitor: consuming RouteMonitor) { self.monitor = monitor }
  }

  private final class Stamp: Sendable {
    let time = Mutex<Int64?>(nil)
  }

  /// Nanoseconds of `BootClock`; nil if none was added yet.
  var firstAdded: Int64? { stamp.time.withLock { $0 } }

  private static func listen(_ box: Box, on processor: Int, until ending: Int32, _ stamp: Stamp) {
    // Above the agents, or the first address would seem to come after the last announcement; it runs once only.
    try? Realtime.enter(priority: 90)
    try? Realtime.stay(onProcessor: processor)
    var ready = [
      pollfd(fd: ending, events: Int16(POLLIN), revents: 0),
      pollfd(fd: box.monitor.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      poll(&ready, 2, -1)
      if ready[0].revents != 0 { return }
      let now = BootClock.now()
      var isAdded = false
      _ = try? box.monitor.read { event in if case .addressAdded = event { isAdded = true } }
      guard isAdded else { continue }
      return stamp.time.withLock { $0 = min($0 ?? now, now) }
    }
  }
}

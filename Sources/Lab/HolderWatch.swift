import Linux
import Netlink

/// Watches who holds an address: a route monitor in the namespace of every host, read by one thread.
///
/// It sees what the kernels do, not what the agents say. Times are those of reading, some tens of microseconds after
/// the kernel acted.
public final class HolderWatch: Sendable {
  /// The address.
  public let address: IPAddress
  private let log: Guarded<HolderLog>
  private let loop: HolderLoop
  private let thread: Thread
  private let hasStopped = Guarded(false)

  /// Starts to watch, no host yet.
  init(for address: IPAddress) throws(LabError) {
    self.address = address
    let log = Guarded(HolderLog())
    let loop = try doing("watch \(address)") { try HolderLoop(address: address, log: log) }
    (self.log, self.loop) = (log, loop)
    thread = try doing("watch \(address)") { try Thread(name: "holders") { loop.run() } }
  }

  deinit { stop() }

  /// Names of the hosts whose kernels have the address now, in the order in which they took it.
  public var holders: [String] { log.withLock { $0.holders } }

  /// Every time a host held the address, in the order in which they began.
  public var holdings: [Holding] { log.withLock { $0.holdings } }

  /// Every time two hosts held it at once.
  public func overlaps() -> [Overlap] { log.withLock { $0.overlaps } }

  /// Waits until the holders are as `condition` wants them; false if they never were in time.
  public func waitUntil(timeout: Duration, _ condition: ([String]) -> Bool) -> Bool {
    log.wait(timeout: timeout) { condition($0.holders) ? true : nil } ?? false
  }

  /// Waits until what was held when is as `condition` wants it; false if it never was in time.
  public func waitForHoldings(timeout: Duration, _ condition: ([Holding]) -> Bool) -> Bool {
    log.wait(timeout: timeout) { condition($0.holdings) ? true : nil } ?? false
  }

  /// Watches a host from now on. What it has already counts from now.
  func add(_ host: String, in namespace: Namespace) throws(LabError) {
    try loop.add(host, in: namespace)
  }

  /// Leaves a host that was switched off at this time, and lets go of its namespace.
  func forget(_ host: String, at time: Int64) {
    loop.forget(host)
    log.withLock { $0.end(host, at: time) }
  }

  /// Ends the watching; what was seen stays to be asked for. Does no harm twice.
  public func stop() {
    hasStopped.withLock { hasStopped in
      if hasStopped { return }
      hasStopped = true
      loop.end()
      thread.join()
    }
  }
}

import Linux
import Netlink

/// The thread of a `HolderWatch`: reads the monitors of all hosts as events come in.
final class HolderLoop: Sendable {
  /// One host's kernel. Used under the lock only.
  private final class Watched {
    let host: String
    var monitor: RouteMonitor
    var route: RouteSocket

    init(host: String, monitor: consuming RouteMonitor, route: consuming RouteSocket) {
      self.host = host
      self.monitor = monitor
      self.route = route
    }
  }

  private struct State {
    var watched: [UInt32: Watched] = [:]
    var nextToken: UInt32 = 1
  }

  private static let endingToken: UInt32 = 0

  private let address: IPAddress
  private let log: Guarded<HolderLog>
  private let state = Guarded(State())
  private let poller: Poller
  private let ending: EventDescriptor

  init(address: IPAddress, log: Guarded<HolderLog>) throws(SystemError) {
    self.address = address
    self.log = log
    poller = try Poller()
    ending = try EventDescriptor()
    try poller.watch(ending.descriptor.raw, as: Self.endingToken)
  }

  /// Makes `run` return.
  func end() {
    ending.signal()
  }

  /// Reads until `end` is called.
  func run() {
    // Late reading is a late time stamp. Without the right to be punctual it does what it can.
    try? Realtime.enter(priority: 1)
    var isEnding = false
    while !isEnding {
      poller.wait { token in
        if token == Self.endingToken {
          isEnding = true
        } else {
          read(token)
        }
      }
    }
  }

  func add(_ host: String, in namespace: Namespace) throws(LabError) {
    // The monitor first: what changes while the dump is read is then told afterwards, and telling twice does no harm.
    let watched = try namespace.perform("watch \(address)") {
      Watched(host: host, monitor: try RouteMonitor(), route: try RouteSocket())
    }
    try doing("watch \(address) on \(host)") {
      try state.withLock { state in
        try compare(watched)
        try poller.watch(watched.monitor.descriptor, as: state.nextToken)
        state.watched[state.nextToken] = watched
        state.nextToken += 1
      }
    }
  }

  func forget(_ host: String) {
    state.withLock { state in
      for (token, watched) in state.watched where watched.host == host {
        poller.forget(watched.monitor.descriptor)
        state.watched[token] = nil
      }
    }
  }

  private func read(_ token: UInt32) {
    state.withLock { state in
      // A host that was forgotten a moment ago may still be among the events of this wait.
      guard let watched = state.watched[token] else { return }
      do {
        let isLossy = try watched.monitor.read { note($0, of: watched.host) }
        if isLossy { try compare(watched) }
      } catch {
        poller.forget(watched.monitor.descriptor)
        state.watched[token] = nil
        log.withLock { $0.end(watched.host, at: BootClock.now()) }
      }
    }
  }

  private func note(_ event: RouteEvent, of host: String) {
    let now = BootClock.now()
    switch event {
    case .addressAdded(let added) where added.prefix.address == address:
      log.withLock { $0.begin(host, at: now) }
    case .addressRemoved(let removed) where removed.prefix.address == address:
      log.withLock { $0.end(host, at: now) }
    default: break
    }
  }

  /// Asks the kernel instead of its messages.
  private func compare(_ watched: Watched) throws(NetlinkError) {
    let isHolder = try watched.route.addresses(of: address.family).contains { $0.prefix.address == address }
    let now = BootClock.now()
    log.withLock { isHolder ? $0.begin(watched.host, at: now) : $0.end(watched.host, at: now) }
  }
}

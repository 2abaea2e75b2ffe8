import Synchronization
import TakeoverCore

/// What the heartbeat thread has counted, readable from any thread.
package final class Counters: Sendable {
  /// Heartbeats said, one for all links together.
  package let sent = Atomic<UInt64>(0)
  /// Authentic heartbeats heard, this node's own among them.
  package let received = Atomic<UInt64>(0)

  private let length = Atomic<UInt64>(0), notOurs = Atomic<UInt64>(0), version = Atomic<UInt64>(0)
  private let cluster = Atomic<UInt64>(0), unknownKey = Atomic<UInt64>(0), authentication = Atomic<UInt64>(0)
  private let outOfRange = Atomic<UInt64>(0), unknownNode = Atomic<UInt64>(0), ownEcho = Atomic<UInt64>(0)
  private let namesake = Atomic<UInt64>(0), notNewer = Atomic<UInt64>(0), formerSession = Atomic<UInt64>(0)
  private let unproven = Atomic<UInt64>(0), unread = Atomic<UInt64>(0)

  package init() {}

  /// Counts a dropped datagram. The heartbeat thread's alone.
  package func count(_ reason: DropReason, times: UInt64 = 1) {
    withCounter(of: reason) { _ = $0.add(times, ordering: .relaxed) }
  }

  /// How many datagrams were dropped for a reason.
  package func dropped(_ reason: DropReason) -> UInt64 {
    withCounter(of: reason) { $0.load(ordering: .relaxed) }
  }

  /// What was said, heard and dropped since the start, in a sentence.
  package var summary: String {
    let said =
      "\(sent.load(ordering: .relaxed)) heartbeats sent, \(received.load(ordering: .relaxed)) authentic ones heard"
    let drops = DropReason.allCases.compactMap { reason -> String? in
      let count = dropped(reason)
      return count == 0 ? nil : "\(count) \(reason)"
    }
    return drops.isEmpty ? "\(said), none dropped" : "\(said); dropped: \(drops.joined(separator: ", "))"
  }

  private func withCounter<Result>(of reason: DropReason, _ body: (borrowing Atomic<UInt64>) -> Result) -> Result {
    switch reason {
    case .length: body(length)
    case .notOurs: body(notOurs)
    case .version: body(version)
    case .cluster: body(cluster)
    case .unknownKey: body(unknownKey)
    case .authentication: body(authentication)
    case .outOfRange: body(outOfRange)
    case .unknownNode: body(unknownNode)
    case .ownEcho: body(ownEcho)
    case .namesake: body(namesake)
    case .notNewer: body(notNewer)
    case .formerSession: body(formerSession)
    case .unproven: body(unproven)
    case .unread: body(unread)
    }
  }
}

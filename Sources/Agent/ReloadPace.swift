import Support
import TakeoverCore

/// When the configuration is read anew: at once, but at most once a second. What is asked for meanwhile is one reload, and
/// nothing of it is lost: it comes when the second is over.
///
/// The main thread's alone. Each reload makes a generation, which lives until no thread uses it, and has the heartbeat thread go over to it.
final class ReloadPace {
  private static let interval = Interval.seconds(1)

  /// So many of those who want a reload are named; he who asks again and again is named once.
  private static let askersLimit = 4

  private var isWanted = false
  private var askers: [Operator] = []
  private var earliest = Instant.origin

  /// Somebody wants a reload.
  /// - Parameter asker: who, where that is known.
  func want(by asker: Operator? = nil) {
    isWanted = true
    guard let asker, askers.count < Self.askersLimit, !askers.contains(asker) else { return }
    askers.append(asker)
  }

  /// Whether the reload that is wanted is due.
  func isDue(at now: Instant) -> Bool { isWanted && now >= earliest }

  /// It begins.
  /// - Returns: who has wanted it.
  @discardableResult
  func begin(at now: Instant) -> [Operator] {
    defer { askers = [] }
    isWanted = false
    earliest = now + Self.interval
    return askers
  }

  /// How many milliseconds until the next one is due; -1 where none is wanted.
  func timeout(at now: Instant) -> Int32 {
    guard isWanted else { return -1 }
    return now >= earliest ? 0 : Int32(clamping: (earliest - now).nanoseconds / 1_000_000 + 1)
  }
}

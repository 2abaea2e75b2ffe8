import ArgumentParser

/// How often a node says that it lives; it is dead after three times that.
struct Pace: Hashable, Codable, Comparable, ExpressibleByArgument, CustomStringConvertible {
  /// Time between two heartbeats in microseconds.
  let keepalive: Int

  init(keepalive: Int) { self.keepalive = keepalive }

  /// Reads `2ms` or `1s`.
  init?(argument: String) {
    for (unit, size) in [("ms", 1_000), ("s", 1_000_000)] where argument.hasSuffix(unit) {
      guard let number = Int(argument.dropLast(unit.count)), 1...60_000 ~= number else { continue }
      keepalive = number * size
      return
    }
    return nil
  }

  /// Silence after which a node is dead, in microseconds.
  var deadtime: Int { 3 * keepalive }
  var silence: Duration { .microseconds(deadtime) }

  var description: String { Self.text(keepalive) }
  static func text(_ microseconds: Int) -> String {
    microseconds % 1_000_000 == 0 ? "\(microseconds / 1_000_000)s" : "\(microseconds / 1000)ms"
  }

  static func < (one: Pace, other: Pace) -> Bool { one.keepalive < other.keepalive }
}

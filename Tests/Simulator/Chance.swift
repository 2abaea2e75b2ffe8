import TakeoverCore

/// The simulator's only source of chance.
///
/// What happens to a message or to an operation is a hash of the seed, of whom it concerns and of its number there: a fault more or
/// less in a schedule changes the luck of nobody whom it does not concern, and that is what makes schedules shrink well.
package enum Chance {
  static let golden: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
  @inline(__always) static func mix(_ number: UInt64) -> UInt64 {
    var mixed = number
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// A place below `span` for 32 bits of chance.
  @inline(__always) static func scale(_ chance: UInt64, to span: Int64) -> Int64 {
    Int64(truncatingIfNeeded: UInt64(truncatingIfNeeded: span).multipliedFullWidth(by: chance << 32).high)
  }
}

/// Numbers in a row from a seed: SplitMix64. The same on every machine.
package struct Dice: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= Chance.golden
    return Chance.mix(state)
  }

  /// A number from 0 and below `count`.
  mutating func below(_ count: Int64) -> Int64 {
    Int64(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: max(count, 1))).high)
  }

  mutating func isOneIn(_ count: Int64) -> Bool { below(count) == 0 }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[Int(below(Int64(elements.count)))] }

  /// One of the values, each as often as its weight says.
  mutating func pick<Value>(weighted values: [(Int, Value)]) -> Value {
    var rest = Int(below(Int64(values.reduce(0) { $0 + $1.0 })))
    for (weight, value) in values {
      if rest < weight { return value }
      rest -= weight
    }
    return values[values.count - 1].1
  }

  mutating func interval(upTo most: Interval) -> Interval { Interval(nanoseconds: below(most.nanoseconds + 1)) }
}

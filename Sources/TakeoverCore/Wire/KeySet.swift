/// Some of the key numbers that a datagram can carry, 0…255.
public struct KeySet: BitwiseCopyable, Sendable {
  private var bits: InlineArray<4, UInt64>

  /// No key.
  public static let none = KeySet(bits: InlineArray(repeating: 0))
  /// Every key.
  public static let all = KeySet(bits: InlineArray(repeating: .max))

  private init(bits: InlineArray<4, UInt64>) { self.bits = bits }

  /// Adds a key.
  public mutating func insert(_ key: UInt8) { bits[Int(key >> 6)] |= 1 << UInt64(key & 63) }

  /// Whether it has the key.
  public func contains(_ key: UInt8) -> Bool { bits[Int(key >> 6)] >> UInt64(key & 63) & 1 == 1 }
}

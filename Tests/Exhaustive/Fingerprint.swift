/// 128 bits of a row. Among a thousand million rows two share them with a probability of about 10⁻²¹.
struct Fingerprint: Hashable {
  var low: UInt64
  var high: UInt64

  init(_ row: [UInt8]) {
    var low: UInt64 = 0x9e37_79b9_7f4a_7c15
    var high: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    row.withUnsafeBytes { bytes in
      var place = 0
      while place < bytes.count {
        var chunk: UInt64 = 0
        if place + 8 <= bytes.count {
          chunk = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        } else {
          for rest in place..<bytes.count { chunk = chunk << 8 | UInt64(bytes[rest]) }
        }
        low = Self.fold(low ^ chunk, 0xa076_1d64_78bd_642f)
        high = Self.fold(high ^ chunk, 0xe703_7ed1_a0b4_28db) &+ chunk
        place += 8
      }
    }
    self.low = Self.fold(low ^ UInt64(row.count), 0x8ebc_6af0_9c88_c6e3)
    self.high = Self.fold(high ^ UInt64(row.count), 0x5899_65cc_7537_4cc3)
  }

  private static func fold(_ value: UInt64, _ factor: UInt64) -> UInt64 {
    let product = (value ^ factor >> 32).multipliedFullWidth(by: factor)
    return product.high ^ product.low
  }
}

/// A number for each fingerprint, in 20 bytes each and some room.
struct FingerprintTable {
  private var keys: [Fingerprint] = []
  private var values: [UInt32] = []
  private(set) var count = 0
  private static let free = UInt32.max
  private static let nobody = Fingerprint([])

  init(capacity: Int = 1 << 16) {
    keys = Array(repeating: Self.nobody, count: capacity)
    values = Array(repeating: Self.free, count: capacity)
  }

  subscript(key: Fingerprint) -> UInt32? {
    let slot = slot(of: key)
    return values[slot] == Self.free ? nil : values[slot]
  }

  /// - Returns: whether it is new.
  mutating func insert(_ key: Fingerprint, _ value: UInt32) -> Bool {
    if count * 4 >= keys.count * 3 { grow() }
    let slot = slot(of: key)
    guard values[slot] == Self.free else { return false }
    keys[slot] = key
    values[slot] = value
    count += 1
    return true
  }

  private func slot(of key: Fingerprint) -> Int {
    var slot = Int(truncatingIfNeeded: key.low) & (keys.count - 1)
    while values[slot] != Self.free, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
    return slot
  }

  private mutating func grow() {
    var larger = FingerprintTable(capacity: keys.count * 2)
    for slot in keys.indices where values[slot] != Self.free { _ = larger.insert(keys[slot], values[slot]) }
    self = larger
  }
}

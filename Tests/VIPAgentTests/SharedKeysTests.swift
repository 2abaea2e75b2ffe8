import TakeoverCore
import Testing

@testable import Configuration

/// Which keys two files have in common: what another one has signed is forgotten in a reload.
@Suite struct SharedKeysTests {
  private static func ring(_ keys: [(UInt8, UInt8)]) -> KeyRing {
    let keys = keys.map { Key(id: $0.0, secret: Array(repeating: $0.1, count: 32)) }
    return KeyRing(signing: keys[0], keys: keys)
  }

  @Test func aNumberAloneIsNoKey() {
    let shared = Self.ring([(1, 0x11), (2, 0x22), (255, 0x33)]).shared(
      with: Self.ring([(255, 0x33), (2, 0x11), (3, 0x22)]))
    #expect((UInt8.min...UInt8.max).filter { shared.contains($0) } == [255])
  }

  @Test func setsOfKeys() {
    var keys = KeySet.none
    for key in [UInt8(0), 63, 64, 255] { keys.insert(key) }
    #expect((UInt8.min...UInt8.max).filter { keys.contains($0) } == [0, 63, 64, 255])
    #expect((UInt8.min...UInt8.max).allSatisfy { KeySet.all.contains($0) && !KeySet.none.contains($0) })
  }
}

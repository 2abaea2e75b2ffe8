import TakeoverCore
import Testing

@testable import Exhaustive

/// The rows stand for the worlds: whoever goes on from a row meets what he would have met without it.
@Suite struct RowTests {
  /// SplitMix64.
  private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state
      mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
      return mixed ^ mixed >> 31
    }
  }

  private static let everything: [Trouble: Int] = [
    .loss: 4, .start: 3, .crash: 1, .kill: 1, .stall: 1, .suspend: 1, .block: 1, .cut: 2, .wall: 2, .stop: 1,
    .restart: 1,
  ]

  /// Both policies, with a lease and without.
  private static func setting(_ kind: Int) -> Setting {
    var setting = Setting("everything", everything)
    setting.policy = kind & 1 == 0 ? .wait : .claim
    setting.lease = kind & 2 == 0 ? 6 : nil
    setting.beginsSettled = false
    return setting
  }

  /// Two walks take the same steps, one over the worlds as they are, one over what rows say of them.
  @Test(arguments: 0..<4, 0..<5) func aRowForgetsNothingThatMatters(_ kind: Int, _ seed: Int) throws {
    var dice = Dice(state: UInt64(seed))
    // Instants are not rounded, so that both walks must agree to the nanosecond.
    var machine = Machine(Self.setting(kind), unit: Interval(nanoseconds: 1))
    var world = machine.beginning
    var reread = world
    for step in 0..<600 {
      let moves = machine.moves(in: world)
      try #require(moves == machine.moves(in: reread), "seed \(seed), step \(step)")
      // What goes wrong comes rarely, so that there is time for its consequences.
      let duties = moves.filter { $0.trouble == nil || $0.kind == Move.Kind.start }
      let isTrouble = Int.random(in: 0..<20, using: &dice) == 0
      let choice = isTrouble || duties.isEmpty ? moves : duties
      let move = choice[Int.random(in: 0..<choice.count, using: &dice)]
      machine.take(move, in: &world)
      machine.take(move, in: &reread)
      let row = machine.codec.row(of: world)
      try #require(row == machine.codec.row(of: reread), "seed \(seed), step \(step): \(move)")
      reread = machine.codec.world(of: row)
      #expect(machine.codec.row(of: reread) == row)
    }
  }

  @Test func aMessageIsTheHeartbeatThatWasSaid() throws {
    let machine = Machine(Setting("", [:]))
    var world = machine.settledBeginning()
    let composed = world.hosts[0].core?.composeHeartbeat(at: world.now)
    let said = try #require(composed)
    let heard = Message(said).heartbeat(from: 0)
    let bytes = [said, heard].map { heartbeat in
      var bytes = [UInt8](repeating: 0, count: HeartbeatCodec.maximumLength)
      let length = bytes.withUnsafeMutableBytes { HeartbeatCodec.emit(heartbeat, keyID: 1, into: $0) }
      return Array(bytes[..<length])
    }
    #expect(bytes[0] == bytes[1])
  }

  @Test func fingerprintsTellRowsApart() {
    var table = FingerprintTable(capacity: 4)
    for number in 0..<1000 {
      let row = [UInt8(number & 0xff), 7, UInt8(number >> 8)]
      let isNew = table.insert(Fingerprint(row), UInt32(number))
      #expect(isNew)
      let isNewAgain = table.insert(Fingerprint(row), 0)
      #expect(!isNewAgain)
      #expect(table[Fingerprint(row)] == UInt32(number))
    }
    #expect(table.count == 1000)
  }
}

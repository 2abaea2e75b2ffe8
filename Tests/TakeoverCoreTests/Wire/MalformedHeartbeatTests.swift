import Testing

@testable import TakeoverCore

@Suite struct MalformedHeartbeatTests {
  private static let good = HeartbeatCodecTests.signedGolden

  @Test func truncatedAtEveryLength() {
    for length in 0..<Self.good.bytes.count {
      #expect(throws: DropReason.length) { try Datagram(bytes: Array(Self.good.bytes.prefix(length))).parsed() }
    }
  }

  @Test func longerThanItsCountsSay() {
    #expect(throws: DropReason.length) { try Datagram(bytes: Self.good.bytes + [0]).parsed() }
  }

  /// An offset and a byte to write there, and what becomes of it.
  @Test(
    arguments: [
      (0, 0x57, .notOurs), (1, 0x00, .notOurs), (2, 0, .version), (2, 2, .version), (41, 0, .length), (41, 31, .length),
      (41, 255, .length), (42, 0, .length), (42, 33, .length), (72, 6, .outOfRange), (72, 255, .outOfRange),
      (76, 0x40, .outOfRange), (76, 0xff, .outOfRange),
    ] as [(Int, UInt8, DropReason)])
  func oneByteIsWrong(offset: Int, value: UInt8, reason: DropReason) {
    var datagram = Self.good
    datagram.bytes[offset] = value
    #expect(throws: reason) { try datagram.parsed() }
  }

  /// Fields that a well-meaning sender never fills like this.
  @Test(
    arguments: [
      { $0.session = 0 }, { $0.sequence = 0 }, { $0.node = .none }, { $0.keepalive = .zero },
      { $0.deadtime = $0.keepalive }, { $0.deadtime = $0.keepalive + .microseconds(-1) },
      { $0.groups[0].term = HeartbeatCodec.maximumTerm + 1 }, { $0.groups[0].term = .max },
    ] as [@Sendable (inout Heartbeat) -> Void])
  func outOfRange(spoil: @Sendable (inout Heartbeat) -> Void) {
    var heartbeat = HeartbeatCodecTests.sample
    spoil(&heartbeat)
    #expect(throws: DropReason.outOfRange) { try Datagram(heartbeat).parsed() }
  }

  @Test func tooManyEntriesEvenIfTheLengthFits() {
    var echoes = Self.good.bytes
    echoes[41] = 31
    echoes += Array(repeating: 0, count: 30 * HeartbeatCodec.echoLength)
    #expect(throws: DropReason.length) { try Datagram(bytes: echoes).parsed() }
    var groups = Self.good.bytes
    groups[42] = 33
    groups += Array(repeating: 0, count: 32 * HeartbeatCodec.groupLength)
    #expect(throws: DropReason.length) { try Datagram(bytes: groups).parsed() }
    var hardware = Self.good.bytes
    hardware[43] = 17
    hardware += Array(repeating: 0, count: 17 * HeartbeatCodec.hardwareLength)
    #expect(throws: DropReason.length) { try Datagram(bytes: hardware).parsed() }
  }

  /// Each list is short enough, but together they do not fit into an Ethernet frame.
  @Test func tooLongInAll() {
    var heartbeat = HeartbeatCodecTests.largest
    heartbeat.hardware.append(EthernetAddress(rawValue: 7))
    var bytes = Array(repeating: UInt8(0), count: 2048)
    let count = bytes.withUnsafeMutableBytes { HeartbeatCodec.emit(heartbeat, keyID: 1, into: $0) }
    bytes.removeLast(bytes.count - count - HeartbeatCodec.authenticationLength)
    #expect(throws: DropReason.length) { try Datagram(bytes: bytes).parsed() }
  }

  @Test func reservedBytesAndUnknownFlagsMeanNothing() throws {
    var datagram = Self.good
    datagram.bytes[40] = 0xfe
    for offset in 49...51 { datagram.bytes[offset] = 0xff }
    datagram.bytes[73] = 0xff
    let heartbeat = try datagram.parsed()
    #expect(heartbeat.flags.contains(.goodbye) && !heartbeat.flags.contains(.leaving))
    #expect(heartbeat.echoes[0].alive)
    #expect(heartbeat.groups[0].flags.contains([.eligible, .wants, .yielded]))
  }

  @Test func theScreenLooksAtNothingBehindTheClusterTag() throws {
    let ours = HeartbeatCodecTests.sample.cluster
    var datagram = Self.good
    try datagram.screened(for: ours)
    #expect(throws: DropReason.cluster) { try datagram.screened(for: Tag(of: "another")) }
    datagram.bytes[72] = 0xff
    try datagram.screened(for: ours)
    datagram.bytes.removeLast()
    #expect(throws: DropReason.length) { try datagram.screened(for: ours) }
  }

  /// Every value of every byte gives a heartbeat, which reads the same when it is said again, or a reason.
  @Test func everyByteMutated() {
    var outcomes = Outcomes()
    for offset in Self.good.bytes.indices {
      for value in UInt8.min...UInt8.max {
        var datagram = Self.good
        datagram.bytes[offset] = value
        outcomes.read(datagram)
      }
    }
    #expect(outcomes.unstable == 0)
    #expect(Set(outcomes.reasons.keys) == [.notOurs, .version, .length, .outOfRange])
    #expect(outcomes.heartbeats + outcomes.reasons.values.reduce(0, +) == 104 * 256)
  }

  /// Noise of every length, then noise behind a header that fits its length.
  @Test func randomBytes() {
    var dice = Dice(seed: 1)
    var outcomes = Outcomes()
    for run in 0..<100_000 {
      var datagram = Datagram(bytes: dice.bytes(run % 1501))
      if run % 2 == 0 { datagram.disguise(with: &dice) }
      outcomes.read(datagram)
    }
    #expect(outcomes.unstable == 0)
    #expect(outcomes.heartbeats > 1000)
    #expect(outcomes.reasons[.outOfRange, default: 0] > 1000)
    #expect(outcomes.reasons[.notOurs, default: 0] > 10_000)
    #expect(outcomes.heartbeats + outcomes.reasons.values.reduce(0, +) == 100_000)
  }

  private struct Outcomes {
    var heartbeats = 0
    var reasons: [DropReason: Int] = [:]
    var unstable = 0

    mutating func read(_ datagram: Datagram) {
      do throws(DropReason) {
        let said = Datagram(try datagram.parsed())
        heartbeats += 1
        if try Datagram(said.parsed()) != said { unstable += 1 }
      } catch {
        reasons[error, default: 0] += 1
      }
    }
  }
}

extension Datagram {
  /// Gives noise the frame of a heartbeat: magic, version and counts that fit the length.
  fileprivate mutating func disguise(with dice: inout Dice) {
    let echoes = Int.random(in: 0...3, using: &dice)
    let groups = Int.random(in: 0...3, using: &dice)
    let hardware = Int.random(in: 0...3, using: &dice)
    let lists =
      echoes * HeartbeatCodec.echoLength + groups * HeartbeatCodec.groupLength
      + hardware * HeartbeatCodec.hardwareLength
    bytes = dice.bytes(60 + lists)
    bytes.replaceSubrange(0..<3, with: [0x56, 0x41, 1])
    bytes[41] = UInt8(echoes)
    bytes[42] = UInt8(groups)
    bytes[43] = UInt8(hardware)
    if dice.chance(0.9) {
      // Times that a configuration may have.
      bytes[32] = 0x02
      bytes[36] = 0x20
    }
    for group in 0..<groups where dice.chance(0.9) {
      let offset = HeartbeatCodec.headerLength + echoes * HeartbeatCodec.echoLength + group * HeartbeatCodec.groupLength
      bytes[offset + 4] %= 6
      bytes[offset + 8] &= 0x3f
    }
  }
}

extension Interval {
  fileprivate static func + (left: Interval, right: Interval) -> Interval {
    Interval(nanoseconds: left.nanoseconds + right.nanoseconds)
  }
}

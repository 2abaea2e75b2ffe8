import Testing

@testable import TakeoverCore

@Suite struct HeartbeatCodecTests {
  /// Every field has a value of its own, so that no two can be mistaken for each other.
  static let sample: Heartbeat = {
    var heartbeat = Heartbeat(
      cluster: Tag(rawValue: 0x0102_0304), node: Tag(rawValue: 0x1112_1314), fingerprint: 0x2122_2324,
      session: 0x3132_3334_3536_3738, sequence: 0x4142_4344_4546_4748, keepalive: .microseconds(0x0152_5354),
      deadtime: .microseconds(0x2162_6364), flags: [.goodbye])
    heartbeat.echoes.append(
      Heartbeat.Echo(
        node: Tag(rawValue: 0x7172_7374), alive: true, session: 0x8182_8384_8586_8788,
        sequence: 0x9192_9394_9596_9798))
    heartbeat.groups.append(
      GroupReport(
        group: Tag(rawValue: 0xa1a2_a3a4), role: .releasing, flags: [.eligible, .yielded, .placed, .onStandby],
        rank: 0xb1, degraded: 0xc1,
        term: 0x3fd2_d3d4_d5d6_d7d8, target: Tag(rawValue: 0xe1e2_e3e4)))
    return heartbeat
  }()

  static let golden: [UInt8] = [
    0x56, 0x41, 0x01, 0x0e,  // "VA", version, key id
    0x01, 0x02, 0x03, 0x04,  // cluster
    0x11, 0x12, 0x13, 0x14,  // node
    0x21, 0x22, 0x23, 0x24,  // fingerprint
    0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38,  // session
    0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  // sequence
    0x01, 0x52, 0x53, 0x54,  // keepalive, µs
    0x21, 0x62, 0x63, 0x64,  // deadtime, µs
    0x02, 0x01, 0x01, 0x00,  // goodbye, 1 echo, 1 group, reserved
    0x71, 0x72, 0x73, 0x74, 0x01, 0x00, 0x00, 0x00,  // echo: node, alive, reserved
    0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88,  // session heard
    0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98,  // sequence heard
    0xa1, 0xa2, 0xa3, 0xa4, 0x04, 0x55, 0xb1, 0xc1,  // group: tag, releasing, its flags, rank, degraded
    0x3f, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8,  // term
    0xe1, 0xe2, 0xe3, 0xe4,  // target
  ]

  static var signedGolden: Datagram { Datagram(bytes: golden + Array(repeating: 0, count: 16)) }

  /// As many echoes and groups as a heartbeat can carry.
  static let largest: Heartbeat = {
    var heartbeat = sample
    for number in 1..<30 {
      heartbeat.echoes.append(
        Heartbeat.Echo(
          node: Tag(rawValue: UInt32(number)), alive: number % 2 == 0, session: .max - UInt64(number),
          sequence: UInt64(number)))
    }
    for number in 1..<32 {
      heartbeat.groups.append(
        GroupReport(group: Tag(rawValue: UInt32(number)), role: .owner, term: HeartbeatCodec.maximumTerm))
    }
    for number in 1...6 { heartbeat.hardware.append(EthernetAddress(rawValue: 0x0200_0000_0000 + UInt64(number))) }
    return heartbeat
  }()

  @Test func emitsTheGoldenBytes() {
    #expect(Datagram(Self.sample, keyID: 14) == Self.signedGolden)
  }

  @Test func readsTheGoldenBytes() throws {
    let heartbeat = try Self.signedGolden.parsed()
    #expect(heartbeat.cluster == Self.sample.cluster)
    #expect(heartbeat.node == Self.sample.node)
    #expect(heartbeat.fingerprint == Self.sample.fingerprint)
    #expect(heartbeat.session == Self.sample.session)
    #expect(heartbeat.sequence == Self.sample.sequence)
    #expect(heartbeat.keepalive == Self.sample.keepalive)
    #expect(heartbeat.deadtime == Self.sample.deadtime)
    #expect(heartbeat.flags == [.goodbye])
    #expect(heartbeat.key == 14)
    try #require(heartbeat.echoes.count == 1 && heartbeat.groups.count == 1)
    let echo = heartbeat.echoes[0]
    #expect(echo.node == Tag(rawValue: 0x7172_7374) && echo.alive)
    #expect(echo.session == 0x8182_8384_8586_8788 && echo.sequence == 0x9192_9394_9596_9798)
    #expect(heartbeat.groups[0] == Self.sample.groups[0])
  }

  @Test func groupFlagsHaveTheirBits() {
    let flags: [GroupReport.Flags] = [.eligible, .wants, .yielded, .present, .placed, .insists, .onStandby]
    #expect(flags.map(\.rawValue) == [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40])
  }

  @Test func keyIDIsTheFourthByte() {
    #expect(Self.golden.withUnsafeBytes { HeartbeatCodec.keyID(in: $0) } == 14)
    #expect(Self.golden.prefix(3).withUnsafeBytes { HeartbeatCodec.keyID(in: $0) } == 0)
  }

  @Test func twoNodesWithAGroupOnADeviceNeed112Bytes() {
    var heartbeat = Self.sample
    heartbeat.hardware.append(EthernetAddress(rawValue: 0x0200_5e00_5301))
    let bytes = Datagram(heartbeat).bytes
    #expect(bytes.count == 112)
    #expect(bytes[88..<96] == [0, 0, 0x02, 0x00, 0x5e, 0x00, 0x53, 0x01])
  }

  @Test func largestFitsIntoAnEthernetFrame() throws {
    let datagram = Datagram(Self.largest)
    #expect(datagram.bytes.count == HeartbeatCodec.maximumLength)
    #expect(datagram.bytes.count + 8 + 20 <= 1500)
    let heartbeat = try datagram.parsed()
    #expect(heartbeat.echoes.count == 30 && heartbeat.groups.count == 32 && heartbeat.hardware.count == 6)
    #expect(heartbeat.hardware[5] == EthernetAddress(rawValue: 0x0200_0000_0006))
    #expect(heartbeat.echoes[29].session == .max - 29 && !heartbeat.echoes[29].alive)
    #expect(heartbeat.groups[31].term == HeartbeatCodec.maximumTerm)
    #expect(Datagram(heartbeat) == datagram)
  }

  @Test func listsTakeNoMoreThanTheyHold() {
    var heartbeat = Self.largest
    let anotherEcho = heartbeat.echoes.append(heartbeat.echoes[0])
    let anotherGroup = heartbeat.groups.append(heartbeat.groups[0])
    #expect(!anotherEcho && !anotherGroup)
    #expect(heartbeat.echoes.count == 30 && heartbeat.groups.count == 32)
  }

  /// No byte of the result may come from what the buffer held before, and none beyond the result may be touched.
  @Test(arguments: [sample, largest])
  func determinesEveryByteItReturns(heartbeat: Heartbeat) {
    var poisoned = Array(repeating: UInt8(0xaa), count: HeartbeatCodec.maximumLength + 64)
    var otherwise = Array(repeating: UInt8(0x55), count: HeartbeatCodec.maximumLength + 64)
    let count = poisoned.withUnsafeMutableBytes { HeartbeatCodec.emit(heartbeat, keyID: 1, into: $0) }
    let again = otherwise.withUnsafeMutableBytes { HeartbeatCodec.emit(heartbeat, keyID: 1, into: $0) }
    #expect(count == again)
    #expect(poisoned[..<count] == otherwise[..<count])
    #expect(poisoned[count...].allSatisfy { $0 == 0xaa })
    #expect(otherwise[count...].allSatisfy { $0 == 0x55 })
  }

  @Test func clampsTimesThatDoNotFit() {
    var heartbeat = Self.sample
    heartbeat.deadtime = .seconds(100_000)
    #expect(Array(Datagram(heartbeat).bytes[36..<40]) == [0xff, 0xff, 0xff, 0xff])
  }
}

import CLinux
import FilterInterpreter
import Glibc
import TakeoverCore
import Testing
import struct TakeoverCore.Tag

@testable import Wire

/// The kernel's filters let through what the parsers take, and nothing that they would not at least look at: compared
/// on frames that are right, and on such with a few bytes changed or cut off.
struct SocketFilterTests {
  private static let addresses = AddressRanges([0xc000_0201, 0xc000_0202, 0xc000_0263, 0xc633_6401])
  private static let devices: [Int32] = [7, 9], identifier: UInt16 = 0x4711
  private static let rounds = 20_000

  private func mutated(_ frame: [UInt8], _ random: inout SystemRandomNumberGenerator) -> [UInt8] {
    var frame = frame
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      guard let place = frame.indices.randomElement(using: &random) else { break }
      frame[place] = .random(in: 0...255, using: &random)
    }
    if Int.random(in: 0..<8, using: &random) == 0 {
      frame.removeLast(Int.random(in: 0...frame.count, using: &random))
    }
    return frame
  }

  @Test func arp() {
    var random = SystemRandomNumberGenerator()
    let filter = SocketFilter.arp(from: Self.addresses, on: Self.devices)
    var (taken, dropped) = (0, 0)
    for round in 0..<Self.rounds {
      let base = ARPFrame(
        destination: .broadcast, source: EthernetAddress(rawValue: 0x0200_0000_0001),
        operation: round % 2 == 0 ? .reply : .request, senderHardware: EthernetAddress(rawValue: 0x0200_0000_0001),
        senderProtocol: IPv4Number(rawValue: 0xc000_0200 + UInt32(round % 4)), targetHardware: .zero,
        targetProtocol: .any)
      var bytes = [UInt8](repeating: 0, count: 60)
      bytes.withUnsafeMutableBytes { base.emit(into: $0) }
      // The socket is for ARP alone, so the EtherType is not looked at.
      let frame = mutated(bytes, &random)
      guard frame.count < 14 || frame[12] == 8 && frame[13] == 6 else { continue }
      let parsed = frame.withUnsafeBytes { try? ARPFrame(parsing: $0) }
      let wanted = parsed.map { arp in Self.addresses.ranges.contains { $0.contains(arp.senderProtocol.rawValue) } }
      let isTaken = filter.takes(frame, device: 7)
      #expect(isTaken == (wanted ?? false) || frame.count < ARPFrame.length, "\(frame)")
      #expect(!filter.takes(frame, device: 8) && !filter.takes(frame, device: 9, kind: Int32(PACKET_OTHERHOST)))
      if isTaken { taken += 1 } else { dropped += 1 }
    }
    #expect(taken > 1_000 && dropped > 1_000)
  }

  @Test func echoes() {
    var random = SystemRandomNumberGenerator()
    let filter = SocketFilter.echoReplies(identifier: Self.identifier, on: Self.devices)
    var (taken, dropped) = (0, 0)
    for round in 0..<Self.rounds {
      let request = EchoFrame(
        destination: EthernetAddress(rawValue: 1), source: EthernetAddress(rawValue: 2),
        from: IPv4Number(rawValue: 0xc000_0201), to: IPv4Number(rawValue: 0xc000_0202), identifier: Self.identifier,
        sequence: UInt16(round % 32))
      var bytes = [UInt8](repeating: 0, count: 60)
      bytes.withUnsafeMutableBytes { request.emit(into: $0) }
      bytes[34] = 0
      let frame = mutated(bytes, &random)
      let answer = frame.withUnsafeBytes { EchoFrame.answer(in: $0, to: Self.identifier) }
      let isTaken = filter.takes(frame, device: 9)
      if answer != nil { #expect(isTaken, "\(frame)") }
      if isTaken { #expect(answer != nil || frame.count < EchoFrame.length + 20, "\(frame)") }
      #expect(!filter.takes(frame, device: 8))
      if isTaken { taken += 1 } else { dropped += 1 }
    }
    #expect(taken > 1_000 && dropped > 1_000)
  }

  /// What the filter drops the codec drops, too, and under a name that needs no key.
  @Test func heartbeats() {
    var random = SystemRandomNumberGenerator()
    let cluster = Tag(of: "lab")
    let filter = SocketFilter.heartbeats(of: cluster)
    var heartbeat = [UInt8](repeating: 0, count: HeartbeatCodec.length(echoes: 1, groups: 1, hardware: 1))
    heartbeat.replaceSubrange(0..<4, with: [0x56, 0x41, HeartbeatCodec.version, 1])
    heartbeat.replaceSubrange(4..<8, with: withUnsafeBytes(of: cluster.rawValue.bigEndian, Array.init))
    heartbeat.replaceSubrange(41..<44, with: [1, 1, 1])
    var (passed, dropped) = (0, 0)
    for _ in 0..<Self.rounds {
      var datagram = mutated(heartbeat, &random)
      if Bool.random(using: &random), !datagram.isEmpty { datagram[Int.random(in: 0..<min(8, datagram.count))] ^= 1 }
      let isTaken = filter.takes([UInt8](repeating: 0xa5, count: 8) + datagram)
      let isHeartbeat = datagram.withUnsafeBytes { bytes in (try? HeartbeatCodec.screen(bytes, for: cluster)) != nil }
      #expect(isTaken || !isHeartbeat, "\(datagram)")
      if isTaken { passed += 1 } else { dropped += 1 }
    }
    #expect(passed > 1_000 && dropped > 1_000)
  }

  /// Any number of addresses, neighbours or not: exactly those, where the program is not coarse.
  @Test(arguments: [0, 1, 2, 31, 32, 33, 64, 65, 100, 500]) func bisection(count: Int) {
    for gap in [1, 2, 7] {
      let addresses = (0..<UInt32(count)).map { 0xc000_0000 + $0 * UInt32(gap) + ($0 % 5 == 0 ? 0 : 1) }
      let filter = SocketFilter.arp(from: AddressRanges(addresses), on: [7])
      let known = Set(addresses)
      for address in UInt32(0xbfff_fff0)..<0xc000_0000 + UInt32(count * gap) + 20 {
        var bytes = [UInt8](repeating: 0, count: 60)
        let frame = ARPFrame.announcement(of: IPv4Number(rawValue: address), at: .zero, as: .reply)
        bytes.withUnsafeMutableBytes { frame.emit(into: $0) }
        #expect(filter.takes(bytes, device: 7) == known.contains(address))
      }
    }
  }

  @Test func aProgramHasNoMoreInstructionsThanTheKernelTakes() {
    let most = AddressRanges((0..<10_000).map { $0 * 3 }).coarsened(to: 1_024)
    #expect(SocketFilter.arp(from: most, on: Array(1...16)).program.count <= 4_096)
  }
}

extension SocketFilter {
  /// What the kernel would make of a packet.
  fileprivate func takes(_ packet: [UInt8], device: Int32 = 0, kind: Int32 = Int32(PACKET_BROADCAST)) -> Bool {
    do {
      return try FilterInterpreter(program).takes(packet, device: device, kind: kind)
    } catch {
      Issue.record("a program that the kernel would not take: \(error)")
      return false
    }
  }
}

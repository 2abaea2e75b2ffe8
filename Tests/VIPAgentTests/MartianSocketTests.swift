import Glibc
import Linux
import Netlink
import TakeoverCore
import Testing
import struct TakeoverCore.Tag

@testable import Support
@testable import Wire

/// Heartbeats that a kernel drops because they seem to come from its own host.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"))
struct MartianSocketTests {
  private static let port: UInt16 = 694, cluster = Tag(of: "lab")
  private static let own = IPv4Number(rawValue: 0xc32e_400f), shared = IPv4Number(rawValue: 0xc32e_4015)

  /// What begins like a heartbeat.
  private static func datagram(of cluster: Tag = cluster, version: UInt8 = HeartbeatCodec.version) -> [UInt8] {
    let tag = withUnsafeBytes(of: cluster.rawValue.bigEndian, Array.init)
    return [0x56, 0x41, version, 1] + tag + [UInt8](repeating: 7, count: 60)
  }

  /// Two hosts with the shared address; `body` gets the one's heartbeat socket and the other's ears.
  private func withBoth(
    _ body: (borrowing HeartbeatSocket, borrowing HeartbeatSocket, borrowing MartianSocket, EthernetAddress) throws ->
      Void
  ) throws {
    let one = try PrivateNetwork()
    let other = try PrivateNetwork()
    try one.connect("eth0", to: other, "eth0")
    try one.add("195.46.64.15/24", to: "eth0")
    try one.add("195.46.64.21/24", to: "eth0")
    try other.add("195.46.64.21/24", to: "eth0")
    let hardware = try one.enter {
      var route = try RouteSocket()
      return EthernetAddress(try #require(try route.link(named: "eth0")?.hardwareAddress))
    }
    let (index, peer) = (try one.index(of: "eth0"), try other.index(of: "eth0"))
    let sender = try one.enter { try HeartbeatSocket(device: "eth0", index: index, port: Self.port) }
    let receiver = try other.enter { try HeartbeatSocket(device: "eth0", index: peer, port: Self.port) }
    let martians = try other.enter { try MartianSocket(device: "eth0", index: peer) }
    try martians.hear(from: [Self.shared.rawValue], port: Self.port, of: Self.cluster)
    try body(sender, receiver, martians, hardware)
  }

  private func send(_ bytes: [UInt8], on socket: borrowing HeartbeatSocket, from source: IPv4Number) {
    #expect(bytes.withUnsafeBytes { socket.send($0, from: source) } == nil)
  }

  @Test func hearsWhatTheKernelDrops() throws {
    try withBoth { sender, receiver, martians, hardware in
      send(Self.datagram(), on: sender, from: Self.shared)
      send(Self.datagram(), on: sender, from: Self.own)
      #expect(becomesReadable(receiver.descriptor.raw))
      var batch = PacketBatch()
      #expect(batch.fill(from: receiver.descriptor) == nil)
      #expect(batch.count == 1 && batch.source(of: 0) == Self.own.rawValue.bigEndian, "the other was dropped")
      try withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 8) { buffer in
        let next = martians.next(into: buffer)
        let heard = try #require(next)
        #expect(heard.source == Self.shared && heard.hardware == hardware)
        #expect(Array(heard.payload) == Self.datagram())
        let more = martians.next(into: buffer)
        #expect(more?.source == nil, "what comes from elsewhere is not heard twice")
      }
    }
  }

  @Test func hearsNothingElse() throws {
    try withBoth { sender, receiver, martians, _ in
      send(Self.datagram(of: Tag(of: "another")), on: sender, from: Self.shared)
      send(Self.datagram(version: 2), on: sender, from: Self.shared)
      send(Array("no heartbeat, of some length".utf8), on: sender, from: Self.shared)
      send([], on: sender, from: Self.shared)
      send(Self.datagram(), on: sender, from: Self.own)
      #expect(becomesReadable(receiver.descriptor.raw))
      let isSilent = withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 8) { martians.next(into: $0) == nil }
      #expect(isSilent)
    }
  }
}

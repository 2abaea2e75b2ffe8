import CLinux
import Glibc
import Linux
import TakeoverCore

/// The programs of the agent's sockets.
extension SocketFilter {
  /// More ranges of addresses than this are never asked of the kernel.
  private static let mostRanges = 1024

  /// ARP packets (RFC 826) of Ethernet and IPv4 that the kernel itself would hear, from one of these devices, whose
  /// sender claims an address of one of these ranges. Sees Ethernet frames.
  package static func arp(from addresses: AddressRanges, on devices: [Int32]) -> SocketFilter {
    var filter = SocketFilter()
    filter.requireForUs(on: devices)
    filter.load(.word(14))
    filter.require(0x0001_0800)
    filter.load(.half(18))
    filter.require(0x0604)
    filter.load(.half(20))
    filter.require(in: 1...2)
    filter.load(.word(28))
    filter.take(in: addresses.ranges[...])
    return filter
  }

  /// ICMP echo replies (RFC 792), unfragmented, with this identifier, from one of these devices. Sees Ethernet frames.
  package static func echoReplies(identifier: UInt16, on devices: [Int32]) -> SocketFilter {
    var filter = SocketFilter()
    filter.requireForUs(on: devices)
    filter.requireWholePacket(of: IPPROTO_ICMP, at: 14)
    filter.load(.byteBehind(14))
    filter.require(UInt32(ICMP_ECHOREPLY))
    filter.load(.halfBehind(18))
    filter.require(UInt32(identifier))
    filter.take()
    return filter
  }

  /// Heartbeats of this cluster, by what can be seen without a key, that were broadcast to this port from an address of
  /// one of these ranges. Sees IPv4 packets (SOCK_DGRAM).
  package static func martians(from addresses: AddressRanges, port: UInt16, of cluster: Tag) -> SocketFilter {
    var filter = SocketFilter()
    filter.load(.kind)
    filter.require(UInt32(PACKET_BROADCAST))
    filter.requireWholePacket(of: IPPROTO_UDP, at: 0)
    filter.load(.halfBehind(2))
    filter.require(UInt32(port))
    filter.load(.halfBehind(8))
    filter.require(UInt32(HeartbeatCodec.magic))
    filter.load(.byteBehind(10))
    filter.require(UInt32(HeartbeatCodec.version))
    filter.load(.wordBehind(12))
    filter.require(cluster.rawValue)
    filter.load(.word(12))
    filter.take(in: addresses.ranges[...])
    return filter
  }

  /// Heartbeats of this cluster, by what can be seen without a key. Sees UDP datagrams from their header on.
  package static func heartbeats(of cluster: Tag) -> SocketFilter {
    let header: UInt32 = 8
    let shortest = HeartbeatCodec.length(echoes: 0, groups: 0, hardware: 0)
    var filter = SocketFilter()
    filter.load(.length)
    filter.require(in: header + UInt32(shortest)...header + UInt32(HeartbeatCodec.maximumLength))
    filter.load(.half(header))
    filter.require(UInt32(HeartbeatCodec.magic))
    filter.load(.byte(header + 2))
    filter.require(UInt32(HeartbeatCodec.version))
    filter.load(.word(header + 4))
    filter.require(cluster.rawValue)
    filter.take()
    return filter
  }

  /// UDP datagrams to this port (RFC 768), and bridge protocol data units (IEEE 802.1D, to 01:80:c2:00:00:00). Of datagrams
  /// in fragments the first says the port; the others are all taken. Sees Ethernet frames.
  package static func heartbeatsAndBridges(port: UInt16) -> SocketFilter {
    var bridges = SocketFilter()
    bridges.load(.half(4))
    bridges.require(0)
    bridges.take()
    var filter = SocketFilter()
    filter.load(.word(0))
    filter.ifEqual(0x0180_c200, bridges)
    filter.load(.half(12))
    filter.require(UInt32(ETH_P_IP))
    filter.requirePacket(of: IPPROTO_UDP, at: 14)
    filter.load(.half(20))
    filter.takeIf(bits: 0x1fff)
    filter.indexBehindHeader(at: 14)
    filter.load(.halfBehind(16))
    filter.require(UInt32(port))
    filter.take()
    return filter
  }

  /// A frame for this host, from one of these devices. In promiscuous mode, and of a VLAN that it has no device for, a
  /// device gives others' frames to packet sockets; the kernel itself does not look at those.
  private mutating func requireForUs(on devices: [Int32]) {
    load(.kind)
    refuse(UInt32(PACKET_OTHERHOST))
    load(.device)
    require(oneOf: devices.map { UInt32(bitPattern: $0) })
  }

  /// An unfragmented IPv4 packet of a protocol, whose header begins at an offset; leaves the header's length in the
  /// index register.
  private mutating func requireWholePacket(of number: Int, at offset: UInt32) {
    requirePacket(of: number, at: offset)
    load(.half(offset + 6))
    // More fragments, or a fragment's offset.
    refuse(bits: 0x3fff)
    indexBehindHeader(at: offset)
  }

  /// An IPv4 packet of a protocol, or a fragment of one, whose header begins at an offset.
  private mutating func requirePacket(of number: Int, at offset: UInt32) {
    load(.byte(offset))
    require(in: 0x45...0x4f)
    load(.byte(offset + 9))
    require(UInt32(number))
  }

  /// Attaches the finest of filters of these addresses that the kernel takes: where there are too many for a program,
  /// it also lets through what lies between some of them.
  static func attachFinest(
    _ addresses: [UInt32], to descriptor: borrowing Descriptor, _ filter: (AddressRanges) -> SocketFilter
  ) throws(SystemError) {
    let all = AddressRanges(addresses)
    var most = min(max(all.ranges.count, 1), mostRanges)
    // The room is for both, the former and the next.
    try SocketFilter.none.attach(to: descriptor)
    for _ in 0..<16 {
      do throws(SystemError) {
        return try filter(all.coarsened(to: most)).attach(to: descriptor)
      } catch {
        guard error.errno.rawValue == ENOMEM || error.errno.rawValue == EINVAL, most > 1 else { throw error }
        most = (most + 1) / 2
      }
    }
  }
}

import Lab
import Netlink
import TakeoverCore

/// What somebody without the key sends to a cluster. Each kind is addressed to the contender's own port or protocol.
enum FloodKind: String, CaseIterable {
  /// Nothing: what all else is compared with.
  case quiet
  /// No heartbeat at all.
  case junk
  /// A heartbeat under a key that is not in the file.
  case unknownKey
  /// All but the signature is right; of VRRP, which has none, an advertisement with the highest priority.
  case forged
  /// Answers that claim the address, to the two hosts alone: clients go on as ever.
  case arp
  /// Echo replies that nobody has asked for.
  case icmp
  /// One frame of the kind `forged`, and no more.
  case once

  /// Frames that take turns; none where the contender knows no such thing.
  func frames(for rig: Rig, from stranger: Host) -> [[UInt8]] {
    let source = stranger.hardwareAddress.bytes
    return switch self {
    case .quiet: []
    case .junk: [FloodFrames.toAll(rig.contender, [0x78], from: source)]
    case .unknownKey: rig.contender == .vipagent ? [FloodFrames.heartbeat(key: 9, from: source)] : []
    case .forged, .once:
      [
        rig.contender == .vipagent
          ? FloodFrames.heartbeat(key: 1, from: source) : FloodFrames.advertisement(rig.pace, from: source)
      ]
    case .arp: rig.nodes.map { FloodFrames.claim(to: $0.host.hardwareAddress.bytes, from: source) }
    case .icmp: rig.nodes.indices.map { FloodFrames.echoReply(to: rig, $0, from: source) }
    }
  }
}

/// Ethernet frames, byte by byte.
private enum FloodFrames {
  private static let stranger: [UInt8] = [10, 77, 255, 101]
  private static let vip: [UInt8] = [10, 77, 0, 1]
  private static let vrrpGroup: [UInt8] = [224, 0, 0, 18]

  /// To whom the contender listens: UDP port 694 by broadcast, or VRRP's multicast group.
  static func toAll(_ contender: Contender, _ payload: [UInt8], from source: [UInt8]) -> [UInt8] {
    guard contender == .vipagent else {
      return ethernet([1, 0, 0x5e, 0, 0, 18], source, ipv4(112, timeToLive: 255, to: vrrpGroup, payload))
    }
    let header = [694, 694, 8 + payload.count, 0].flatMap(Self.half)
    return ethernet(
      [UInt8](repeating: 0xff, count: 6), source,
      ipv4(17, timeToLive: 1, to: [255, 255, 255, 255], header + payload))
  }

  /// 60 bytes: the header of docs/protocol.md §2 without echoes and groups, and a signature that nobody has made.
  static func heartbeat(key: UInt8, from source: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xaa, count: 60)
    let tag = Tag(of: "bench").rawValue
    bytes.replaceSubrange(0..<4, with: half(Int(HeartbeatCodec.magic)) + [HeartbeatCodec.version, key])
    bytes.replaceSubrange(4..<8, with: half(Int(tag >> 16)) + half(Int(tag & 0xffff)))
    bytes.replaceSubrange(41..<44, with: [0, 0, 0])
    return toAll(.vipagent, bytes, from: source)
  }

  /// VRRP version 3 (RFC 9568 §5.2): priority 255, the cluster's own interval in hundredths of a second, its address.
  static func advertisement(_ pace: Pace, from source: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x31, 21, 255, 1] + half(pace.keepalive / 10_000) + [0, 0] + vip
    let pseudo = stranger + vrrpGroup + [0, 112] + half(bytes.count)
    bytes.replaceSubrange(6..<8, with: half(checksum(pseudo + bytes)))
    return toAll(.keepalived, bytes, from: source)
  }

  static func claim(to destination: [UInt8], from source: [UInt8]) -> [UInt8] {
    let claim: [UInt8] = [0, 1, 8, 0, 6, 4, 0, 2] + source + vip + source + vip
    return destination + source + [8, 6] + claim + [UInt8](repeating: 0, count: 18)
  }

  static func echoReply(to rig: Rig, _ place: Int, from source: [UInt8]) -> [UInt8] {
    let reply: [UInt8] = [0, 0] + half(checksum([0, 0, 0x12, 0x67, 0, 1])) + [0x12, 0x67, 0, 1]
    let own: [UInt8] = [10, 77, 255, UInt8(place + 1)]
    return ethernet(rig.nodes[place].host.hardwareAddress.bytes, source, ipv4(1, timeToLive: 64, to: own, reply))
  }

  /// Frames are never shorter than 60 bytes.
  private static func ethernet(_ destination: [UInt8], _ source: [UInt8], _ packet: [UInt8]) -> [UInt8] {
    let frame = destination + source + [8, 0] + packet
    return frame + [UInt8](repeating: 0, count: max(0, 60 - frame.count))
  }

  /// RFC 791, without options.
  private static func ipv4(_ protocolNumber: UInt8, timeToLive: UInt8, to: [UInt8], _ payload: [UInt8]) -> [UInt8] {
    var header: [UInt8] = [0x45, 0] + half(20 + payload.count) + [0, 0, 0, 0, timeToLive, protocolNumber, 0, 0]
    header += stranger + to
    header.replaceSubrange(10..<12, with: half(checksum(header)))
    return header + payload
  }

  /// RFC 1071, of an even number of bytes.
  private static func checksum(_ bytes: [UInt8]) -> Int {
    var sum = stride(from: 0, to: bytes.count, by: 2).reduce(0) { $0 + Int(bytes[$1]) << 8 + Int(bytes[$1 + 1]) }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return ~sum & 0xffff
  }

  private static func half(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xff), UInt8(value & 0xff)] }
}

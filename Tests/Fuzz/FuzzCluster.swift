import Configuration
import Engine
import Netlink
import TakeoverCore

/// Configurations and keys for the targets that need a cluster. No device of theirs exists, so that no socket is opened.
enum FuzzCluster {
  /// As an operator goes from one key to the next, and on to another secret under a number that was used before.
  static let keyRings: [KeyRing] = {
    let first = Key(id: 1, secret: Array(repeating: 0x5a, count: 32))
    let second = Key(id: 2, secret: Array(repeating: 0xa5, count: 64))
    let last = Key(id: 255, secret: Array(repeating: 0x77, count: 32))
    let reused = Key(id: 1, secret: Array(repeating: 0x11, count: 32))
    return [
      KeyRing(signing: first, keys: [first, second]), KeyRing(signing: second, keys: [second, last]),
      KeyRing(signing: last, keys: [last, first]), KeyRing(signing: reused, keys: [reused, second]),
    ]
  }()

  /// What the example configuration says, about one group.
  static var plain: Configuration {
    var source = ByteSource(UnsafeRawBufferPointer(start: nil, count: 0))
    return configuration(from: &source)
  }

  /// 2...5 nodes with 1...3 groups; the bytes decide on the rules.
  static func configuration(from source: inout ByteSource) -> Configuration {
    let nodes = (1...2 + source.choice(of: 4)).map { "loadb\($0)" }
    let groups = (0...source.choice(of: 3)).map { group(at: $0, nodes, from: &source) }
    let keepalive = Duration.milliseconds([100, 1, 10, 60_000][source.choice(of: 4)])
    return Configuration(
      cluster: "loadb",
      heartbeat: HeartbeatSettings(
        bcast: ["nodevice0"], udpport: 694, keepalive: keepalive, warntime: keepalive * 2, deadtime: keepalive * 3,
        initdead: keepalive * 10, realtime: false, rtprio: 1),
      keys: "/nowhere", control: ControlSettings(), nodes: nodes, groups: groups)
  }

  /// The rules say under which of two names, too.
  private static func group(at place: Int, _ nodes: [String], from source: inout ByteSource) -> GroupSettings {
    let rules = source.byte()
    let name = rules & 32 == 0 ? "group\(place)" : "renamed\(place)"
    let address = IPAddress(bytes: [195, 46, 64, UInt8(21 + place)])
    let vips = address.flatMap { IPPrefix(address: $0, length: 24) }.map {
      VIPSettings(prefix: $0, dev: "nodevice0", label: nil, broadcast: nil, noprefixroute: false)
    }
    return GroupSettings(
      name: name, preferred: rules & 1 == 0 ? nodes : nodes.reversed(), autoFailback: rules & 2 == 0,
      failbackDelay: rules & 4 == 0 ? .zero : .seconds(2), lease: rules & 8 == 0 ? .seconds(3) : nil,
      onConflict: rules & 16 == 0 ? .wait : .claim, announceRefresh: .seconds(60), vips: vips.map { [$0] } ?? [])
  }

  /// A plan as the agent makes it; nil only if a socket could not be opened, and none is.
  static func generation(_ configuration: Configuration, me: Int, keys: Int = 0, after former: Generation? = nil)
    -> Generation?
  {
    try? Generation(
      configuration, keys: keyRings[keys % keyRings.count],
      nodeName: configuration.nodes[me % configuration.nodes.count],
      session: 0x5e55_1000_0000_0001, after: former)
  }
}

import Configuration
import Netlink
import Support
import TakeoverCore

/// Whether a bridge, on this host or beyond the cable, keeps a new link silent for longer than a node listens.
enum SpanningTreeCheck: HostCheck {
  static let name = "spanning-tree"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    let findings = host.devices.flatMap { device in here(device, host) + beyond(device, host) }
    if !findings.isEmpty { return findings }
    guard let duration = host.wire.duration, host.wire.deaf.isEmpty, duration >= .seconds(2) else {
      return [.unknown("bridges beyond the devices", because: "one speaks every 2 s, and was not listened for so long")]
    }
    return [.ok("no bridge speaks the spanning tree protocol within \(duration.text)")]
  }

  /// A bridge of this host, whose ports are silent after they come up.
  private static func here(_ device: String, _ host: HostSnapshot) -> [Finding] {
    guard let link = host.link(named: device), let tree = link.spanningTree, tree.isOn else { return [] }
    let silence = Interval.milliseconds(Int64(tree.forwardDelay) * 20)
    return [
      judge(
        "\(device) is a bridge with spanning tree, forward delay \((silence / 2).text)", silence, host,
        fix: .stopSpanningTree(device))
    ]
  }

  /// A bridge that is heard on a device.
  private static func beyond(_ device: String, _ host: HostSnapshot) -> [Finding] {
    guard let bridge = host.wire.bridges[device] else { return [] }
    let rapid = bridge.isRapid ? "rapid " : ""
    return [
      judge(
        "a switch on \(device) speaks the \(rapid)spanning tree protocol, forward delay \(bridge.forwardDelay.text)",
        bridge.forwardDelay * 2, host,
        fix: .advice("make the switch port an edge port (\"portfast\"); then this warning can be ignored"))
    ]
  }

  private static func judge(_ what: String, _ silence: Interval, _ host: HostSnapshot, fix: Remedy) -> Finding {
    let initdead = Interval(host.configuration.heartbeat.initdead)
    if initdead >= silence { return .ok("\(what); initdead is \(initdead.text)") }
    // Whole seconds, and one on top, so that heartbeats come through before the listening ends.
    let advised = (silence.nanoseconds + 999_999_999) / 1_000_000_000 + 1
    return .warning(
      what,
      """
      After a link comes up its port may pass nothing for \(silence.text), two forward delays. A node listens for initdead, \
      \(initdead.text), then finds itself alone and takes addresses that another node may have: both have them until the \
      port opens.
      """,
      fix: [
        Remedy(.lengthenInitdead, "initdead = \"\(advised)s\"", "under [heartbeat], on every node"), fix,
      ])
  }
}

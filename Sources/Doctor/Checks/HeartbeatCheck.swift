import Configuration
import Netlink
import Support
import TakeoverCore

/// Whether each peer is heard and hears us, measured: what arrives at the devices, what of it comes through to the
/// heartbeats' sockets, and what the nodes tell each other about whom they hear.
enum HeartbeatCheck: HostCheck {
  static let name = "heartbeats"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    guard (try? host.keys.get()) != nil else {
      return [.unknown("whether the peers are heard", because: "that takes the keys")]
    }
    guard host.nodeName != nil else {
      return [.unknown("whether the peers are heard", because: "this host is none of the nodes")]
    }
    let bcast = host.configuration.heartbeat.bcast
    guard let duration = host.wire.duration, bcast.contains(where: { host.link(named: $0) != nil }) else {
      return [.unknown("whether the peers are heard", because: "no device could be listened to")]
    }
    if let error = bcast.compactMap({ host.wire.deaf[$0] }).first {
      return [.unknown("whether the peers are heard", because: "\(error)")]
    }
    let own = ownSending(host, duration)
    return own + host.peers.flatMap { judge($0, host, duration, isSending: own.isEmpty) } + namesakes(host)
      + refusals(host) + namesakeCluster(host)
  }

  /// Whether the agent's own heartbeats leave.
  private static func ownSending(_ host: HostSnapshot, _ duration: Interval) -> [Finding] {
    guard let agent = host.agent else { return [] }
    return host.configuration.heartbeat.bcast.compactMap { device in
      guard let link = host.link(named: device), link.isUp, host.wire.sent[device] == nil else { return nil }
      return .error(
        "no heartbeat of the agent (pid \(agent.process)) has left \(device) within \(duration.text)",
        """
        Either a packet filter of this host drops what goes out to UDP port \(port(host)), or the agent hangs, or it runs \
        with another configuration or key. The others take this node for dead.
        """, fix: Remedy.acceptHeartbeats("oifname \(device)", port: port(host)))
    }
  }

  private static func judge(_ peer: String, _ host: HostSnapshot, _ duration: Interval, isSending: Bool) -> [Finding] {
    let tag = Tag(of: peer)
    guard let stream = host.wire.stream(of: tag) else {
      return [mistrusted(peer, host) ?? unheard(peer, host, duration)]
    }
    let devices = host.configuration.heartbeat.bcast.filter {
      host.wire.arrived[WireRecord.Path(node: tag, device: $0)] != nil
    }
    for device in devices {
      guard let source = host.wire.masked[WireRecord.Path(node: tag, device: device)] else { continue }
      return [masked(peer, source, on: device, host)]
    }
    if let device = devices.first(where: { isFiltered(stream, on: $0, host) }) {
      return [filtered(peer, on: device, host)]
    }
    let silent = host.configuration.heartbeat.bcast.filter { !devices.contains($0) }
    let links = silent.map { silence(of: peer, on: $0) }
    let heard = "\(peer) is heard on \(devices.joined(separator: ", "))"
    guard isSending, let own = host.wire.ownStream else {
      return [.ok("\(heard); whether it hears this node is seen while an agent runs here")] + links
    }
    return [stream.last.confirms(own) ? .ok("\(heard), and hears this node") : unhearing(peer, host)] + links
  }

  private static func silence(of peer: String, on device: String) -> Finding {
    .warning(
      "\(peer) is not heard on \(device)",
      "The heartbeats have one way less than the configuration says. If the other fails too, both nodes take the addresses.",
      fix: [.showDevice(device, on: "on both nodes")])
  }

  /// Whether what arrives at a device does not come through to the socket: the agent's, which echoes what it hears, or
  /// else our own.
  private static func isFiltered(_ stream: WireRecord.Stream, on device: String, _ host: HostSnapshot) -> Bool {
    if host.agent != nil { return host.wire.ownStream.map { !$0.last.confirms(stream) } ?? false }
    return host.wire.open.contains(device)
      && !host.wire.delivered.contains(WireRecord.Path(node: stream.last.node, device: device))
  }

  private static func unheard(_ peer: String, _ host: HostSnapshot, _ duration: Interval) -> Finding {
    let others = host.peers.filter { host.wire.heartbeat(of: Tag(of: $0)) != nil }
    let consequence =
      others.isEmpty ? "Nobody could take over from this node." : "\(peer) could not take over from this node."
    return Finding(
      severity: host.agent == nil || !others.isEmpty ? .warning : .error,
      what: "\(peer) is not heard: nothing arrived within \(duration.text)",
      why: """
        Its host or its agent is down, or it sends on another network, or a packet filter of \(peer) or between the two drops \
        UDP port \(port(host)). \(consequence)
        """, fix: [.examine(peer, host)])
  }

  /// A peer whose heartbeats arrive and are signed with other keys.
  private static func mistrusted(_ peer: String, _ host: HostSnapshot) -> Finding? {
    let tag = Tag(of: peer)
    guard let (refusal, seen) = host.wire.refused.first(where: { $0.key.node == tag }),
      let keys = refusal.reason.otherKeys
    else { return nil }
    return .error(
      "\(peer) is not heard: \(seen.count) heartbeats in its name, from \(seen.source.text), were refused: they are signed with \(keys)",
      "Nodes with different key files do not hear each other.", fix: Remedy.equalKeys(peer, host))
  }

  private static func filtered(_ peer: String, on device: String, _ host: HostSnapshot) -> Finding {
    .error(
      "the heartbeats of \(peer) arrive at \(device), but do not come through to the agent's socket",
      """
      A packet filter of this host drops them, or rp_filter does. This node takes \(peer) for dead; only the second opinion \
      by ARP keeps it from taking over.
      """, fix: Remedy.acceptHeartbeats("iifname \(device)", port: port(host)))
  }

  private static func masked(
    _ peer: String, _ source: IPv4Number, on device: String, _ host: HostSnapshot
  ) -> Finding {
    .error(
      "the heartbeats of \(peer) arrive at \(device) from \(source.text), a shared address",
      """
      A kernel that has this address drops what seems to come from itself, so whoever holds it does not hear \(peer), \
      and both keep it. A packet filter of \(peer) changes the source of what it sends (snat, masquerade), or its agent \
      is an old one.
      """, fix: Remedy.exemptHeartbeats(port: port(host), on: peer))
  }

  private static func unhearing(_ peer: String, _ host: HostSnapshot) -> Finding {
    .error(
      "\(peer) does not hear this node",
      """
      The heartbeats leave here, and \(peer) says that it does not hear them: a packet filter of \(peer) or between the two drops \
      them, or \(peer) has other keys. It takes this node for dead.
      """, fix: [.examine(peer, host)])
  }

  private static func namesakes(_ host: HostSnapshot) -> [Finding] {
    host.wire.returned.filter { $0.key != host.wire.ownStream?.last.session }.map { session, source in
      .error(
        "an agent at \(source.text) calls itself \(host.nodeName ?? host.hostName) too",
        "Two hosts of one name: a namesake is not counted as a peer, and this node claims nothing that it does not hold.",
        fix: [
          Remedy(
            .stopAgent, "systemctl disable --now vipagent",
            "on the one that is there by mistake, a cloned machine perhaps; then give it a name of its own")
        ])
    }
  }

  private static func namesakeCluster(_ host: HostSnapshot) -> [Finding] {
    guard let seen = host.wire.namedAlike else { return [] }
    return [
      .warning(
        "another cluster is named \(host.configuration.cluster), too: \(seen.count) datagrams from \(seen.source.text) were refused",
        "Their node is none of this configuration, and they are signed with other keys. If it is a node of this cluster, it lacks the key file, and this file lacks the node.",
        fix: [
          Remedy(
            .nameCluster, "cluster = \"\(host.configuration.cluster)2\"",
            "on all nodes of that cluster of the two that serves nothing yet, or another udpport")
        ])
    ]
  }

  /// What came to the port and counts for nothing.
  private static func refusals(_ host: HostSnapshot) -> [Finding] {
    let told = host.peers.filter { host.wire.stream(of: Tag(of: $0)) == nil }.map { Tag(of: $0) }
    let refused = host.wire.refused.filter { refusal, _ in !told.contains { $0 == refusal.node } }
    return refused.sorted { $0.key.reason.rawValue < $1.key.reason.rawValue }.map { refusal, seen in
      let what = "\(seen.count) datagrams from \(seen.source.text) were refused"
      if let keys = refusal.reason.otherKeys {
        return .error(
          "\(what): they are signed with \(keys)",
          "They come in the name of \(refusal.node.flatMap(host.node) ?? "a node"), which is heard with the right keys, too: somebody else sends them.",
          fix: [.find(seen.source)])
      }
      switch refusal.reason {
      case .unknownNode:
        return .warning(
          "\(what): their node is not in this configuration",
          "It takes no part in what this node decides, but may hold the same addresses.",
          fix: [
            Remedy(
              .compareConfigurations,
              "ssh \(seen.source.text) cat \(host.configPath) | diff - \(host.configPath)",
              "which one is right?")
          ])
      case .version:
        return .warning(
          "\(what): they speak another version of the protocol", "Agents of different versions do not hear each other.",
          fix: [Remedy(.showVersion, "vipagent --version", "on each node")])
      default:
        return .note(
          "\(what): \(refusal.reason)", "Another cluster or another program uses the port; that does no harm.")
      }
    }
  }

  private static func port(_ host: HostSnapshot) -> UInt16 { host.configuration.heartbeat.udpport }
}

extension Remedy {
  fileprivate static func find(_ source: IPv4Number) -> Remedy {
    Remedy(.findStranger, "ip neighbour show \(source.text); bridge fdb show", "find its port")
  }

  fileprivate static func equalKeys(_ peer: String, _ host: HostSnapshot) -> [Remedy] {
    let keys = host.configuration.keys
    return [
      Remedy(.compareKeys, "sha256sum \(keys)", "here and on \(peer): which file is right?"),
      Remedy(
        .copyKeys, "scp -p \(keys) \(peer):\(keys)", "if this one is; there too it must belong to the agent's user"),
      .reload(on: peer, "then"),
    ]
  }
}

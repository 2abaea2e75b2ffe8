import Status

extension Metric {
  private static let conditions = ["unknown", "alive", "late", "dead", "left", "restarting"]

  static let peers: [Metric] = [
    Metric("peer_up", .gauge, by: ["peer"], "Whether the peer is alive; a late one still is.") {
      $0.status.peers.map { Sample(.flag(["alive", "late"].contains($0.condition)), $0.node) }
    },
    Metric(
      "peer_condition", .gauge, by: ["peer", "condition"], "What this node thinks of the peer: 1 for its condition."
    ) {
      readings in
      readings.status.peers.flatMap { peer in
        conditions.map { Sample(.flag(peer.condition == $0), peer.node, $0) }
      }
    },
    Metric("peer_silence_seconds", .gauge, by: ["peer"], "Time since the peer was last heard.") {
      $0.status.peers.compactMap { peer in peer.lastHeardUs.map { Sample(.microseconds($0), peer.node) } }
    },
    Metric("peer_hears_this_node", .gauge, by: ["peer"], "Whether the peer says that it hears this node.") {
      $0.status.peers.map { Sample(.flag($0.hearsUs), $0.node) }
    },
    Metric("peer_config_agrees", .gauge, by: ["peer"], "Whether the peer's configuration says the same as this node's.")
    {
      $0.status.peers.map { Sample(.flag($0.configurationAgrees), $0.node) }
    },
    Metric("peer_deadtime_seconds", .gauge, by: ["peer"], "Silence after which the peer is dead, as it says itself.") {
      $0.status.peers.compactMap { peer in peer.deadtimeUs.map { Sample(.microseconds($0), peer.node) } }
    },
    Metric(
      "peer_heartbeats_total", .counter, by: ["peer", "device"], "New heartbeats of the peer heard over the device."
    ) {
      arrivals($0) { .count($0.heard) }
    },
    Metric(
      "peer_late_total", .counter, by: ["peer", "device"], "Gaps of warntime or more between heartbeats of the peer."
    ) { arrivals($0) { .count($0.late) } },
    Metric(
      "peer_lost_total", .counter, by: ["peer", "device"], "Heartbeats of the peer that never came over the device."
    ) { arrivals($0) { .count($0.lost) } },
    Metric(
      "peer_arrival_gap_seconds", .summary, by: ["peer", "device", "quantile"],
      "Gaps between heartbeats of the peer since the start; quantile 1 is the longest."
    ) { readings in
      readings.status.peers.flatMap { peer in
        peer.links.flatMap { link in
          [
            ("0.5", link.gapP50Us), ("0.99", link.gapP99Us), ("0.999", link.gapP999Us), ("1", link.gapMaxUs),
          ].map { quantile, gap in
            Sample(.microseconds(gap), peer.node, link.device, quantile)
          }
        }
      }
    },
  ]

  private static func arrivals(_ readings: Readings, _ value: (ArrivalStatus) -> MetricValue) -> [Sample] {
    readings.status.peers.flatMap { peer in
      peer.links.map { Sample(value($0), peer.node, $0.device) }
    }
  }
}

/// The second opinion on a group: what the wire says about it while the heartbeats are silent.
///
/// Probes are counted, not timed: "silent" means that the last eight or more of them went unanswered, however fast they were
/// sent, so that a lost frame or two cannot pass for silence.
struct ProbeState: BitwiseCopyable, Sendable {
  /// So many unanswered probes are silence.
  static let enough = 8

  /// Whether the wire is being asked.
  var isAsking = false
  /// When the next probe is due; after the last of enough, when its answer had time to come.
  var nextProbe = Instant.never
  /// Probes sent since the asking began.
  var probes = 0
  /// How many had been sent when the last answer came; below zero before the first.
  var answeredAt = -ProbeState.enough
  /// The same for the last answer of a host that is none of the nodes.
  var foreignAt = -ProbeState.enough
  /// ICMP echoes sent since the last one that was answered.
  var unansweredEchoes = 0
  /// Who answered last.
  var answerer = EthernetAddress.zero
  /// Who was reported to answer; when there is no more room, nobody else is.
  var reported = HardwareList(filler: .zero)
  /// When the claim was first held back by an answer.
  var heldSince = Instant.never
  /// Since when no probe has left; `.never` while they do.
  var unaskedSince = Instant.never
  /// The last probe has not left.
  var wasUnasked = false
  /// It was said that a claim waits for that.
  var isUnaskedReported = false

  /// So many probes were sent, the last one had its time, and nobody answered them.
  func isSilent(for patience: Int, at now: Instant) -> Bool {
    probes - max(answeredAt, 0) >= patience && now >= nextProbe
  }

  /// A host that is none of the nodes has answered lately.
  var isForeign: Bool { foreignAt >= 0 && probes - foreignAt < Self.enough }

  /// Nobody who answers ARP has answered enough echoes: a proxy answers for somebody who is gone.
  var isProxied: Bool { unansweredEchoes >= Self.enough }
}

import Testing

@testable import TakeoverCore

/// A state tape that forgets a field takes different situations for one, and the search misses what follows from them.
@Suite struct FieldTests {
  private static let cluster = Cluster(
    tag: Tag(of: "loadb"), fingerprint: 1, nodes: [Tag(of: "loadb1"), Tag(of: "loadb2")], me: NodeIndex(0),
    keepalive: .milliseconds(100), warntime: .milliseconds(200), deadtime: .milliseconds(300),
    initdead: .seconds(1), groups: [])

  private func fields(of value: Any) -> [String] {
    Mirror(reflecting: value).children.compactMap { $0.label }.filter { !$0.hasPrefix("$__lazy") }.sorted()
  }

  /// Whoever adds a field to the core's state adds it to `EveryField.swift` and here.
  @Test func everyFieldOfTheCoreIsKnownToTheTape() {
    #expect(
      fields(of: TakeoverCore(cluster: Self.cluster, session: 1)) == [
        "clock", "cluster", "groups", "hasNoHeartbeatLink", "heard", "isOnStandby", "isSendingSuspended", "isUrgent",
        "life", "myHardware", "myTag", "nextBeat", "peers", "said", "sequence", "session", "summary", "unproven",
        "watchAt",
      ])
    #expect(
      fields(of: Group()) == [
        "contested", "deadline", "defendNotBefore", "deferUntil", "handOverNotBefore", "hasLostLink", "heldBackBy",
        "heldBackSince", "highestTerm", "isDirty", "isHealed", "isOnStandby", "isPlaced", "isPresent", "isStormy",
        "isWithdrawn", "lastOwner", "lastOwnerSince", "leaseUntil", "linkIsUp", "linkTrustedAt", "listeningSince",
        "listensUntil", "losses", "lossesSince", "order", "placedTerm", "probing", "readySince", "refusals",
        "restoreAt", "since", "state", "term", "timeline", "wants", "yieldedHeard", "yieldedUntil",
      ])
    #expect(
      fields(of: Peer()) == [
        "condition", "configurationDiffers", "deadAt", "deadtime", "fingerprint", "firmUntil", "firstEcho", "flags",
        "freshUntil", "hardware", "highestEcho", "keepalive", "key", "lastHeard", "lateAt", "mentioned",
        "restartsSince", "sequence", "session", "timingDiffers", "unheardReported", "unheardSince",
      ])
  }

  @Test func everyFieldOfTheirPartsIsKnownToTheTape() {
    #expect(
      fields(of: ProbeState()) == [
        "answeredAt", "answerer", "foreignAt", "heldSince", "isAsking", "isUnaskedReported", "nextProbe", "probes",
        "reported", "unansweredEchoes", "unaskedSince", "wasUnasked",
      ])
    #expect(
      fields(of: UnprovenSession()) == [
        "firstHeardAfter", "heardAfter", "holding", "isProven", "isReported", "key", "sequence", "session", "since",
        "until",
      ])
    #expect(fields(of: SentHeartbeats()) == ["sequences", "times"])
    #expect(
      fields(of: GroupReport(group: .none)) == ["degraded", "flags", "group", "rank", "role", "target", "term"])
    #expect(
      fields(
        of: Heartbeat(
          cluster: .none, node: .none, fingerprint: 1, session: 1, sequence: 1, keepalive: .zero, deadtime: .zero)) == [
          "cluster", "deadtime", "echoes", "fingerprint", "flags", "groups", "hardware", "keepalive", "key", "node",
          "sequence", "session",
        ])
  }
}

import Testing

@testable import Status

/// The line that `systemctl status` shows.
@Suite struct ServiceLineTests {
  @Test func itSaysWhatMatters() {
    #expect(Status.sample().serviceLine == "owner of 1 of 1 groups; no backup ready")
    #expect(Status.sample(peers: [.init("b", ready: true)]).serviceLine == "owner of 1 of 1 groups; 1 backup ready")
    let two = Status.sample(peers: [.init("b", ready: true), .init("c", ready: true), .init("d", ready: false)])
    #expect(two.serviceLine == "owner of 1 of 1 groups; 2 backups ready")
    let backup = Status.sample(role: "backup", owner: "b", meReady: true)
    #expect(backup.serviceLine == "owner of 0 of 1 groups; ready to take over 1")
    let unable = Status.sample(role: "backup", owner: "b", meReady: false, reason: "it was put on standby")
    #expect(unable.serviceLine == "owner of 0 of 1 groups; not ready to take over: it was put on standby")
    let orphan = Status.sample(role: "faulted", owner: nil, meReady: false, reason: "its kernel refused the addresses")
    #expect(
      orphan.serviceLine
        == "owner of 0 of 1 groups; not ready to take over: its kernel refused the addresses; nobody owns g")
    #expect(Status.sample(role: "owner", owner: nil, conflict: true).serviceLine.hasSuffix("; conflict over g"))
  }

  /// `systemctl status` is where one looks first when nodes that should do the same do not.
  @Test func itSaysWhoseConfigurationDiffers() {
    var status = Status.healthy
    #expect(status.serviceLine == "owner of 1 of 1 groups; 1 backup ready")
    status.peers[0].configurationAgrees = false
    #expect(
      status.serviceLine == "owner of 1 of 1 groups; 1 backup ready; the configuration differs from that of loadb2")
    // Of a node that was never heard nothing is known.
    status.peers[0].fingerprint = nil
    #expect(status.serviceLine == "owner of 1 of 1 groups; 1 backup ready")
  }

  @Test func theWorstOfSeveralGroupsCounts() {
    var status = Status.sample(peers: [.init("b", ready: true)])
    status.groups += Status.sample().groups
    #expect(status.serviceLine == "owner of 2 of 2 groups; no backup ready")
    for index in 0..<5 {
      status.groups += Status.sample(role: "listening", owner: nil, name: "h\(index)").groups
    }
    #expect(status.joiningLine == "joining: listening for who owns h0, h1, h2 and 2 more")
    status.heartbeat.links[0].open = false
    #expect(status.joiningLine == "joining: waiting for eth0")
  }

  @Test func joinedMeansToKnowTheOwnerOfEveryGroup() {
    #expect(Status.sample().hasJoined)
    #expect(Status.sample(role: "backup", owner: "b").hasJoined)
    #expect(!Status.sample(role: "listening", owner: "b").hasJoined)
    #expect(!Status.sample(role: "claiming", owner: nil, sinceUs: 60_000_000).hasJoined)
    #expect(!Status.sample(role: "backup", owner: nil, sinceUs: 1_200_000).hasJoined, "somebody is about to take it")
    #expect(Status.sample(role: "backup", owner: nil, sinceUs: 1_300_000).hasJoined, "nobody can")
    #expect(Status.sample(role: "owner", owner: nil, conflict: true).hasJoined)
    var mixed = Status.sample()
    mixed.groups += Status.sample(role: "listening", owner: nil).groups
    #expect(!mixed.hasJoined)
  }
}

extension Status {
  struct Peer {
    let name: String
    let ready: Bool

    init(_ name: String, ready: Bool) { (self.name, self.ready) = (name, ready) }
  }

  /// The status of node a with one group.
  static func sample(
    role: String = "owner", owner: String? = "a", conflict: Bool = false, sinceUs: Int64 = 0, meReady: Bool = false,
    reason: String? = nil, peers: [Peer] = [], name: String = "g", reloadRefused: String? = nil
  ) -> Status {
    let standings =
      [StandingStatus(node: "a", role: role, rank: 0, ready: meReady, reason: reason)]
      + peers.map { StandingStatus(node: $0.name, role: "backup", rank: 1, ready: $0.ready, reason: nil) }
    let group = GroupStatus(
      name: name, role: role, owner: owner, conflict: conflict, term: 1, since: "", sinceUs: sinceUs, cause: "",
      addresses: [], leaseUs: nil, leaseLeftUs: nil, autoFailback: true, placedByOperator: false,
      backupReady: standings.contains(where: \.ready), nodes: standings, heldBack: nil, takeoversUnplanned: 0,
      takeoversPlanned: 0, takeoversAtStart: 0)
    let heartbeat = HeartbeatStatus(
      port: 694, keepaliveUs: 100_000, warntimeUs: 200_000, deadtimeUs: 300_000, initdeadUs: 1_000_000, sent: 0,
      received: 0, dropped: [:], links: [LinkStatus(device: "eth0", open: true, source: "195.46.64.15")], advice: nil)
    let agent = AgentStatus(
      version: "1", cluster: "c", node: "a", pid: 1, state: .running, started: "", uptimeUs: 0, session: "", config: "",
      fingerprint: "", configured: "", reloadRefused: reloadRefused, realtime: true, memoryLocked: true)
    let counters = AgentCounters(
      logLinesDropped: 0, logLinesSuppressed: 0, mailboxRefusals: [:], controlClients: 0, controlClientsServed: 0,
      controlClientsRefused: 0, controlClientsDropped: 0, controlRequestsRefused: 0)
    return Status(agent: agent, heartbeat: heartbeat, groups: [group], peers: [], takeovers: [], counters: counters)
  }
}

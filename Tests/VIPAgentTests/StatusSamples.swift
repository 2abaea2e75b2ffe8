@testable import Status
@testable import Support

/// Statuses of every kind, made up, with fixed times.
extension Status {
  /// Two load balancers, all well, as loadb1 sees them.
  static let healthy = Status(
    agent: AgentStatus(
      version: Support.version, cluster: "loadb", node: "loadb1", pid: 4711, state: .running,
      started: "2026-11-22T11:49:07.001Z", uptimeUs: 8_041_000_000, session: "9cc8077bd198b350",
      config: "/etc/vipagent/config.toml", fingerprint: "df1bd8fc", configured: "2026-11-22T11:49:07.001Z",
      reloadRefused: nil, realtime: true, memoryLocked: true),
    heartbeat: HeartbeatStatus(
      port: 694, keepaliveUs: 100_000, warntimeUs: 200_000, deadtimeUs: 300_000, initdeadUs: 1_000_000, sent: 80_410,
      received: 160_822, dropped: ["ownEcho": 80_410, "unproven": 1],
      links: [LinkStatus(device: "eth0", open: true, source: "195.46.64.15")],
      advice: DeadtimeAdvice(longestGapUs: 111_000, recommendedUs: 300_000, margin: 2.7, observedUs: 8_041_000_000)),
    groups: [director],
    peers: [loadb2],
    takeovers: [
      TakeoverStatus(
        group: "director", at: "2026-11-22T12:20:11.532Z", from: "loadb2",
        cause: "loadb2 silent for 302 ms, 3 heartbeats missed", kind: .unplanned, term: 7,
        deadlineUs: 300_112,
        claimedUs: 300_150, confirmedUs: 300_480, announcedUs: 300_533),
      TakeoverStatus(
        group: "director", at: "2026-11-22T11:49:08.050Z", from: nil, cause: "nobody had it", kind: .start,
        term: 1, deadlineUs: nil, claimedUs: 0, confirmedUs: 812, announcedUs: 1_240),
    ],
    counters: AgentCounters(
      logLinesDropped: 0, logLinesSuppressed: 2, mailboxRefusals: [:], controlClients: 1, controlClientsServed: 12,
      controlClientsRefused: 0, controlClientsDropped: 0, controlRequestsRefused: 0))

  private static let director = GroupStatus(
    name: "director", role: "owner", owner: "loadb1", conflict: false, term: 7, since: "2026-11-22T12:20:11.532Z",
    sinceUs: 6_180_000_000, cause: "loadb2 silent for 302 ms, 3 heartbeats missed",
    addresses: [AddressStatus(address: "195.46.64.21/24", device: "eth0", label: "eth0:0")], leaseUs: 3_000_000,
    leaseLeftUs: 2_412_000, autoFailback: true, placedByOperator: false, backupReady: true,
    nodes: [
      StandingStatus(node: "loadb1", role: "owner", rank: 0, ready: false, reason: nil),
      StandingStatus(node: "loadb2", role: "backup", rank: 1, ready: true, reason: nil),
    ], heldBack: nil, takeoversUnplanned: 1, takeoversPlanned: 0, takeoversAtStart: 1)

  private static let loadb2 = PeerStatus(
    node: "loadb2", condition: "alive", session: "ef3f2a1adf2f38a9", lastHeardUs: 42_000, keepaliveUs: 100_000,
    deadtimeUs: 300_000, hearsUs: true, fingerprint: "df1bd8fc", configurationAgrees: true,
    links: [
      ArrivalStatus(
        device: "eth0", heard: 80_411, gapP50Us: 100_000, gapP99Us: 102_000, gapP999Us: 104_000, gapMaxUs: 111_000,
        late: 0, lost: 3)
    ])

  /// The same after loadb2 has died, and with everything else that can be wrong at loadb1.
  static var troubled: Status {
    var status = healthy
    status.agent.version = "0.0.9"
    status.agent.reloadRefused =
      """
      /etc/vipagent/config.toml:7:13: error: deadtime = "200ms" must be more than 2 keepalives
          7 | deadtime  = "200ms"
            |             ^~~~~~~
        hint: set deadtime = "300ms"
      """
    (status.agent.realtime, status.agent.memoryLocked) = (false, false)
    status.heartbeat.links = [LinkStatus(device: "eth1", open: false, failure: "ENETDOWN (Network is down)")]
    status.heartbeat.advice?.recommendedUs = 412_000
    status.groups[0].backupReady = false
    status.groups[0].placedByOperator = true
    status.groups[0].nodes[1] = StandingStatus(
      node: "loadb2", role: "backup", rank: 1, ready: false, reason: "silent for its deadtime")
    status.peers[0].condition = "dead"
    status.peers[0].lastHeardUs = 65_000_000
    status.peers[0].fingerprint = "00c0ffee"
    status.peers[0].configurationAgrees = false
    status.counters.logLinesDropped = 17
    status.counters.mailboxRefusals = ["log": 2]
    return status
  }

  /// Nobody owns one group, several another.
  static var unserved: Status {
    var status = healthy
    status.groups = ["director", "mail"].map { name in
      var group = director
      (group.name, group.role, group.owner, group.leaseLeftUs) = (name, "backup", nil, nil)
      group.nodes[0] = StandingStatus(node: "loadb1", role: "backup", rank: 0, ready: true, reason: nil)
      return group
    }
    status.groups[0].heldBack = "02:00:00:00:00:07, none of our nodes, answers for the addresses since 4 s"
    status.groups[1].conflict = true
    status.peers[0].hearsUs = false
    status.peers[0].unheardUs = 900_000
    status.peers[0].condition = "late"
    status.takeovers = []
    status.heartbeat.advice = nil
    return status
  }

  /// Everything that a text may hold comes from somebody who means ill.
  static var hostile: Status {
    var status = healthy
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\nfake: all is well\u{202e}\t\u{9b}31m"
    status.agent.node = evil
    status.agent.cluster = "\u{0}\u{8}x"
    status.agent.config = String(repeating: "長い", count: 60)
    status.groups[0].name = evil
    status.groups[0].owner = evil
    status.groups[0].cause = evil
    status.groups[0].since = "\u{1b}[31m, not a time"
    status.groups[0].addresses[0].device = evil
    status.groups[0].term = .max
    status.groups[0].sinceUs = .max
    status.groups[0].leaseLeftUs = .min
    status.peers[0].node = evil
    status.peers[0].condition = evil
    status.peers[0].lastHeardUs = .max
    status.peers[0].links[0].gapMaxUs = .max
    status.peers[0].links[0].device = evil
    status.takeovers[0].from = evil
    status.takeovers[0].at = "é"
    status.heartbeat.dropped = [evil: .max]
    status.heartbeat.advice?.margin = .infinity
    status.heartbeat.keepaliveUs = .max
    status.counters.mailboxRefusals = [evil: 1]
    return status
  }

  /// The largest cluster: 16 nodes with long names, 32 groups of 40 addresses.
  static var large: Status {
    var status = healthy
    let nodes = (1...16).map { "balancer-number-\($0).berlin.example.net" }
    status.agent.node = nodes[0]
    status.groups = (1...32).map { number in
      var group = director
      group.name = "customers-of-the-north-\(number)"
      group.owner = nodes[number % 16]
      group.role = number % 16 == 0 ? "owner" : "backup"
      group.term = UInt64(number) << 40
      group.addresses = (1...40).map {
        AddressStatus(address: "10.0.\(number).\($0)/16", device: "bond0.1234", label: nil)
      }
      group.nodes = nodes.enumerated().map { rank, node in
        StandingStatus(
          node: node, role: node == group.owner ? "owner" : "backup", rank: rank, ready: node != group.owner,
          reason: nil)
      }
      return group
    }
    status.peers = nodes.dropFirst().map { node in
      var peer = loadb2
      peer.node = node
      peer.links = ["bond0.1234", "bond1.1234", "eth4", "eth5"].map { device in
        var link = loadb2.links[0]
        (link.device, link.heard) = (device, 123_456_789_012)
        return link
      }
      return peer
    }
    return status
  }
}

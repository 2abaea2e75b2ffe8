import Addresses
import Configuration
import Engine
import Glibc
import Heartbeats
import Linux
import Status
import Support
import TakeoverCore

/// Makes a ``Status`` of what the heartbeat thread knows (a snapshot of the core), of what the main thread remembers, and
/// of what both have counted.
struct StatusBuilder {
  /// What the main thread knows of the process.
  struct Process {
    var configPath: String
    var session: UInt64
    var state: AgentStatus.State
    var configured: Moment
    var reloadRefused: String?
    var doubts: [String] = []
    var standbyForgotten: String?
    /// By the device's name, in words that begin with it.
    var deviceTroubles: [String: String] = [:]
    var realtime: Bool
    var memoryLocked: Bool
  }

  /// The generation whose places the snapshot uses.
  let generation: Generation
  let eventHistory: EventHistory
  let process: Process
  /// Addresses of a group that this host has and that are not the agent's.
  let foreign: (Tag) -> [String]
  let heartbeats: Counters
  let counters: AgentCounters
  /// What the kernel makes of the addresses of a group that it holds.
  let ways: (GroupAddresses) -> PacketWays

  /// The status as of a snapshot.
  func status(of snapshot: borrowing CoreSnapshot) -> Status {
    let now = snapshot.takenAt
    let peers = (0..<snapshot.nodeCount).filter { $0 != Int(generation.me.position) }
      .map { peer($0, snapshot.nodes[$0], at: now) }
    var groups: [GroupStatus] = []
    for place in 0..<snapshot.groupCount { groups.append(group(place, of: snapshot)) }
    return Status(
      agent: agent(of: snapshot), heartbeat: heartbeat(peers: peers, at: now), groups: groups, peers: peers,
      takeovers: eventHistory.history.takeovers, counters: counters)
  }

  private func agent(of snapshot: borrowing CoreSnapshot) -> AgentStatus {
    AgentStatus(
      version: version, cluster: generation.configuration.cluster, node: generation.name(of: generation.me),
      pid: getpid(),
      state: process.state, started: eventHistory.history.started.text,
      uptimeUs: (snapshot.takenAt - eventHistory.history.started.instant).microseconds,
      session: process.session.hex, config: process.configPath,
      fingerprint: generation.configuration.fingerprint.hex, configured: process.configured.text,
      reloadRefused: process.reloadRefused, realtime: process.realtime, memoryLocked: process.memoryLocked,
      deviceTroubles: process.deviceTroubles.isEmpty ? nil : process.deviceTroubles.values.sorted(),
      doubts: process.doubts.isEmpty ? nil : process.doubts, onStandby: snapshot.isOnStandby,
      standbyForgotten: process.standbyForgotten)
  }

  // MARK: - Heartbeats

  private func heartbeat(peers: [PeerStatus], at now: Instant) -> HeartbeatStatus {
    let settings = generation.configuration.heartbeat
    var dropped: [String: UInt64] = [:]
    for reason in DropReason.allCases {
      let count = heartbeats.dropped(reason)
      if count > 0 { dropped["\(reason)"] = count }
    }
    let links = settings.bcast.enumerated().map { place, device in
      LinkStatus(
        device: device, open: generation.links[place] != nil, failure: eventHistory.linkFailures[place],
        source: eventHistory.sources[device]??.text, martian: eventHistory.martian(on: device, at: now))
    }
    return HeartbeatStatus(
      port: Int(settings.udpport), keepaliveUs: Interval(settings.keepalive).microseconds,
      warntimeUs: Interval(settings.warntime).microseconds, deadtimeUs: Interval(settings.deadtime).microseconds,
      initdeadUs: Interval(settings.initdead).microseconds, sent: heartbeats.sent.load(ordering: .relaxed),
      received: heartbeats.received.load(ordering: .relaxed), dropped: dropped, links: links,
      unnumbered: settings.unnumbered, advice: advice(from: peers))
  }

  /// What a peer's silence must exceed counts by its best link: a copy over any of them is a sign of life.
  private func advice(from peers: [PeerStatus]) -> DeadtimeAdvice? {
    let enough: UInt64 = 100
    let best = peers.compactMap { peer in
      peer.links.filter { $0.heard >= enough && $0.gapRecentMaxUs != nil }.min(by: Self.isShorter)
    }
    guard let worst = best.max(by: Self.isShorter), let longest = worst.gapRecentMaxUs, longest > 0 else { return nil }
    let settings = generation.configuration.heartbeat
    let keepalive = Interval(settings.keepalive).microseconds, deadtime = Interval(settings.deadtime).microseconds
    let margin = (Double(deadtime) / Double(longest) * 100).rounded() / 100
    return DeadtimeAdvice(
      longestGapUs: longest, recommendedUs: Self.rounded(max(2 * longest, 3 * keepalive)), margin: margin,
      observedUs: worst.gapRecentUs ?? 0)
  }

  private static func isShorter(_ left: ArrivalStatus, _ right: ArrivalStatus) -> Bool {
    (left.gapRecentMaxUs ?? 0) < (right.gapRecentMaxUs ?? 0)
  }

  /// Up to two digits, as a person would write it into a file.
  private static func rounded(_ microseconds: Int64) -> Int64 {
    var unit: Int64 = 1_000
    while microseconds / unit >= 100 { unit *= 10 }
    return (microseconds + unit - 1) / unit * unit
  }

  private func peer(_ place: Int, _ node: CoreSnapshot.Node, at now: Instant) -> PeerStatus {
    let tag = generation.nodeTags[place]
    let isKnown = node.condition != .unknown
    let links = generation.links.compactMap(\.self).compactMap { link in
      link.arrivals.summary(of: tag, at: now).map { arrival($0, on: link.device, at: now) }
    }
    return PeerStatus(
      node: generation.name(of: NodeIndex(place)), condition: node.isRestarting ? "restarting" : "\(node.condition)",
      session: isKnown ? node.session.hex : nil,
      lastHeardUs: node.lastHeard.map { (now - $0).microseconds },
      keepaliveUs: isKnown ? node.keepalive.microseconds : nil, deadtimeUs: isKnown ? node.deadtime.microseconds : nil,
      hearsUs: node.hearsUs, unheardUs: node.unheardSince.map { (now - $0).microseconds },
      refused: eventHistory.refusal(of: tag, at: now), fingerprint: isKnown ? node.fingerprint.hex : nil,
      configurationAgrees: !node.configurationDiffers, links: links)
  }

  private func arrival(_ summary: Arrivals.Summary, on device: String, at now: Instant) -> ArrivalStatus {
    ArrivalStatus(
      device: device, heard: summary.heard, gapP50Us: summary.median.microseconds, gapP99Us: summary.p99.microseconds,
      gapP999Us: summary.p999.microseconds, gapMaxUs: summary.longest.microseconds,
      gapRecentMaxUs: summary.recent?.longest.microseconds,
      gapRecentUs: summary.recent.map { (now - $0.since).microseconds }, late: summary.late, lost: summary.lost)
  }

  // MARK: - Groups

  private func group(_ place: Int, of snapshot: borrowing CoreSnapshot) -> GroupStatus {
    let group = snapshot.groups[place]
    let settings = generation.configuration.groups[place]
    let entry = eventHistory.history.entry(of: generation.groups[place].tag)
    let now = snapshot.takenAt
    let standings = standings(place, of: snapshot)
    let ways = group.ownership == .me ? ways(generation.groups[place]) : PacketWays()
    return GroupStatus(
      name: settings.name, role: group.role.word, owner: owner(group.ownership),
      conflict: group.ownership == .several, term: group.highestTerm, since: entry.since.text,
      sinceUs: (now - entry.since.instant).microseconds, cause: entry.cause,
      addresses: settings.vips.map { AddressStatus(address: "\($0.prefix)", device: $0.dev, label: $0.label) },
      leaseUs: settings.lease.map { Interval($0).microseconds },
      leaseLeftUs: group.leaseUntil.map { max(0, ($0 - now).microseconds) }, autoFailback: settings.autoFailback,
      placedByOperator: group.isPlaced, onStandby: group.isOnStandby, backupReady: standings.contains(where: \.ready),
      nodes: standings,
      unanswered: ways.obstacle, sourceOfHost: ways.source,
      heldBack: heldBack(group, of: snapshot), heldBackByStranger: isHeldBackByStranger(group),
      foreignAddresses: foreignAddresses(of: generation.groups[place].tag),
      takeoversUnplanned: entry.takeovers[.unplanned, default: 0],
      takeoversPlanned: entry.takeovers[.planned, default: 0], takeoversAtStart: entry.takeovers[.start, default: 0])
  }

  private func owner(_ ownership: CoreSnapshot.Ownership) -> String? {
    switch ownership {
    case .nobody, .several: nil
    case .me: generation.name(of: generation.me)
    case .node(let node): generation.name(of: node)
    }
  }

  private func standings(_ place: Int, of snapshot: borrowing CoreSnapshot) -> [StandingStatus] {
    let preferred = generation.configuration.groups[place].preferred
    var standings: [StandingStatus] = []
    for node in 0..<snapshot.nodeCount {
      let isMe = node == Int(generation.me.position)
      let stance = snapshot[node, place]
      let readiness = isMe ? snapshot.groups[place].readiness : stance.readiness
      let name = generation.name(of: NodeIndex(node))
      let isSilent = !isMe && (snapshot.nodes[node].condition == .unknown || snapshot.nodes[node].condition == .dead)
      standings.append(
        StandingStatus(
          node: name, role: isSilent ? "unknown" : (isMe ? snapshot.groups[place].role : stance.report.role).word,
          rank: preferred.firstIndex(of: name) ?? preferred.count, ready: readiness == .ready,
          reason: readiness == .ready || readiness == .holding
            ? nil : reason(readiness, at: node, generation.groups[place], of: snapshot)))
    }
    return standings.sorted { $0.rank < $1.rank }
  }

  /// Why a node is not ready, in words.
  private func reason(
    _ readiness: Readiness, at node: Int, _ group: GroupAddresses, of snapshot: borrowing CoreSnapshot
  ) -> String {
    let isMe = node == Int(generation.me.position)
    switch readiness {
    case .linkDown where isMe:
      let troubles = group.devices.sorted().compactMap { process.deviceTroubles[$0] }
      return troubles.isEmpty ? readiness.words : troubles.joined(separator: ", ")
    case .dead where snapshot.nodes[node].isRestarting: return Readiness.restarting.words
    default: return readiness.words
    }
  }

  private func isHeldBackByStranger(_ group: CoreSnapshot.Group) -> Bool? {
    if group.heldSince != nil { return group.answeringNode == nil }
    return group.hold == nil && group.unaskedUntil == nil ? nil : false
  }

  private func foreignAddresses(of group: Tag) -> [String]? {
    let addresses = foreign(group)
    return addresses.isEmpty ? nil : addresses
  }

  private func heldBack(_ group: CoreSnapshot.Group, of snapshot: borrowing CoreSnapshot) -> String? {
    let now = snapshot.takenAt
    if let since = group.heldSince {
      let time = (now - since).text
      return group.answeringNode.map {
        "\(generation.name(of: $0)) (\(group.answerer.text)) has answered for the addresses for \(time), though "
          + snapshot.nodes[Int($0.position)].idleness
      } ?? "\(group.answerer.text), none of the nodes that were heard, has answered for the addresses for \(time)"
    }
    if let hold = group.hold {
      return hold.why.words(of: generation.name(of: hold.node), port: generation.port)
        + ": for \((hold.until - now).text) at least"
    }
    return group.unaskedUntil.map {
      "nobody can be asked for the addresses: no device of theirs takes an ARP probe; waiting for \(($0 - now).text), in "
        + "which the lease of a former owner ends"
    }
  }
}

extension Interval {
  /// Whole microseconds, rounded down.
  var microseconds: Int64 { nanoseconds / 1_000 }
}

extension CoreSnapshot.Node {
  /// Whether it is silent because it restarts, and its kernel has what it held.
  fileprivate var isRestarting: Bool { (condition == .late || condition == .dead) && bearUntil != nil }

  /// Why a node that has an address should not have it, in words.
  fileprivate var idleness: String {
    if isRestarting { return "its agent is not running: it restarts" }
    return switch condition {
    case .alive, .late: "it is heard and does not own them"
    case .left: "it has said goodbye"
    case .dead, .unknown: "its heartbeats do not arrive"
    }
  }
}

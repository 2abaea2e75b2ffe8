/// What the wire says while the heartbeats are silent (RFC 5227 probes, answered by the owner's kernel).
///
/// A node whose heartbeats stop may be dead, or its agent may be, or a firewall may eat the heartbeats. The answer to an
/// ARP probe tells: it comes from the kernel, in interrupt context, as long as the host lives and has the addresses. So
/// the wire is asked from warntime on; at deadtime its silence is known already and costs nothing.
extension TakeoverCore {
  /// What a lease is taken to be where there is none or it is not known.
  static let presumedLease = Interval.seconds(3)
  /// Beyond a lease and this much, an ARP answer alone does not hold a claim back: the fabric may answer for the dead.
  private static let proxyGrace = Interval.seconds(1)
  /// Between two probes once the owner is dead, so that the end of its lease is noticed at once; and never less.
  private static let fastProbe = Interval.milliseconds(4), fastestProbe = Interval.microseconds(250)

  /// From warntime to deadtime there is time for just enough probes.
  private func probeInterval(isUrgent: Bool) -> Interval {
    let interval = max((cluster.deadtime - cluster.warntime) / Int64(ProbeState.enough), Self.fastestProbe)
    return isUrgent ? min(interval, Self.fastProbe) : interval
  }

  /// The owner is there, but perhaps not for long.
  mutating func suspect(_ position: Int, owner: Int, at now: Instant, into actions: inout ActionList) {
    let isLate = peers[owner].condition == .late
    // Whether somebody still has what he does not mention any more only the wire can tell, whatever is done about the silent.
    let mustAsk = isLate ? cluster.groups[position].onConflict == .wait : !mentions(position, owner)
    guard mustAsk, !hasBetterCandidate(position, role: .standby) else {
      groups[position].probing = ProbeState()
      return
    }
    // Who lives and only has another name for it may do so for days.
    let interval = isLate ? probeInterval(isUrgent: false) : max(cluster.deadtime, probeInterval(isUrgent: false))
    ask(position, about: NodeIndex(owner), every: interval, at: now, into: &actions)
  }

  /// A live node that held the group does not mention it any more, and the wire is silent: it has let go of it. Of one that is late the
  /// silence says nothing, for what holds up its words may hold up its kernel.
  mutating func forgetUnmentioned(_ position: Int, by node: Int, at now: Instant) -> Bool {
    let probing = groups[position].probing
    guard peers[node].condition == .alive, !mentions(position, node), probing.isAsking,
      probing.isSilent(for: patience(position, about: NodeIndex(node)), at: now)
    else { return false }
    takeReport(GroupReport(group: cluster.groups[position].tag), from: node, about: position)
    return true
  }

  /// A late node is heard again: how silent the wire was meanwhile is no opinion on it any more.
  mutating func discardOpinions(about node: Int) {
    for group in groups.indices where liveHolder(of: group) == node { groups[group].probing = ProbeState() }
  }

  /// Whether a node's newest word says anything of the group.
  func mentions(_ position: Int, _ node: Int) -> Bool { peers[node].mentioned & 1 << UInt32(position) != 0 }

  /// Whether a vacancy may be filled now, and under which cause; nil while the wire is asked or answers.
  mutating func permission(
    _ position: Int, toFill cause: Cause, at now: Instant, into actions: inout ActionList
  ) -> Cause? {
    // Who may have been put on standby because its heartbeats are about to be cut takes nothing unasked.
    let asks = cluster.groups[position].onConflict == .wait || groups[position].isOnStandby
    guard asks || mayBeCalledOtherwise(position) else { return cause }
    let owner: NodeIndex?
    switch cause {
    case .ownerDead(let node, _, _): owner = node
    // Nobody was heard to own it, but a dead node's address may answer.
    case .noOwner: owner = deadNode(with: groups[position].probing.answerer)
    default:
      guard !isVouchedFor(position, at: now) else { return cause }
      owner = deadNode(with: groups[position].probing.answerer)
    }
    let probing = groups[position].probing
    if probing.isAsking, probing.isSilent(for: patience(position, about: owner), at: now) {
      guard let owner, probing.heldSince != .never else { return cause }
      return .answersStopped(owner, after: now - probing.heldSince)
    }
    if probing.isAsking, probing.answeredAt >= 0 { noteHolding(position, at: now, into: &actions) }
    if let owner, isProxied(position, at: now) {
      actions.add(.report(.proxied(GroupIndex(position), by: probing.answerer)))
      return .ownerProxied(owner)
    }
    let isHeldOtherwise = isHeldOtherwise(position)
    // An agent that lives renews its lease: what it has ends with the agent at the earliest.
    if isHeldOtherwise, probing.unaskedSince != .never { groups[position].probing.unaskedSince = now }
    if isLeaseOver(position, at: now, into: &actions) { return cause }
    let interval = probeInterval(isUrgent: true)
    // A holder that lives may have another name for the group for days, in which the wire is cut for a moment.
    let pace = isHeldOtherwise ? max(cluster.deadtime, interval) : interval
    ask(position, about: owner, every: pace, at: now, into: &actions)
    return nil
  }

  /// A node that lives and does not mention the group may have its addresses under another name: only the wire can tell.
  private func mayBeCalledOtherwise(_ position: Int) -> Bool {
    peers.indices.contains { peers[$0].isAlive && !mentions(position, $0) }
  }

  /// Whether such a node has answered for the group's addresses.
  private func isHeldOtherwise(_ position: Int) -> Bool {
    let probing = groups[position].probing
    guard probing.isAsking, probing.answeredAt >= 0, let node = node(with: probing.answerer) else { return false }
    return peers[Int(node.position)].isAlive && !mentions(position, Int(node.position))
  }

  /// Every other node has said with its signature that it holds nothing. But one that is not heard may, one that is late
  /// may have claimed since, and so may one whose word is old: a goodbye of a while ago, or what may be a recording. And who
  /// does not mention the group has said nothing of it.
  private func isVouchedFor(_ position: Int, at now: Instant) -> Bool {
    for node in peers.indices where node != Int(cluster.me.position) {
      let peer = peers[node]
      switch peer.condition {
      case .alive where peer.isFresh(at: now) && mentions(position, node): continue
      case .left where peer.isFresh(at: now) && now - peer.lastHeard <= cluster.warntime: continue
      case .alive, .left, .late, .dead, .unknown: return false
      }
    }
    return true
  }

  private func deadNode(with hardware: EthernetAddress) -> NodeIndex? {
    node(with: hardware).flatMap { peers[Int($0.position)].isAlive ? nil : $0 }
  }

  /// How many unanswered probes are silence. A better node that is not heard, or was last heard to listen, may be asking
  /// too, and for it the wire falls silent at the same time: let it go first, and see its answers.
  ///
  /// On standby every such node is a better one. Those of a worse rank count this node among the better ones, as they do not know
  /// of the standby, and wait for two probes more: this node waits for two more than they do.
  private func patience(_ position: Int, about owner: NodeIndex?) -> Int {
    let ranks = cluster.groups[position].ranks
    var probes = ProbeState.enough
    for node in peers.indices where isUnheard(node) || isListening(node, position) {
      if node == owner.map({ Int($0.position) }) { continue }
      if ranks[node] < myRank(position) { probes += 2 } else if groups[position].isOnStandby { probes += 4 }
    }
    return probes
  }

  private func isListening(_ node: Int, _ position: Int) -> Bool {
    peers[node].isAlive && report(by: node, on: position).role == .listening
  }

  /// A node of which this one knows nothing: it has not said goodbye.
  private func isUnheard(_ node: Int) -> Bool {
    switch peers[node].condition {
    case .unknown, .dead: node != Int(cluster.me.position)
    case .alive, .late, .left: false
    }
  }

  /// The claim is held back by an answer: say so once for each who answers, even if several do by turns, or one does with
  /// several Ethernet addresses.
  private mutating func noteHolding(_ position: Int, at now: Instant, into actions: inout ActionList) {
    if groups[position].probing.heldSince == .never { groups[position].probing.heldSince = now }
    let answerer = groups[position].probing.answerer
    let node = node(with: answerer)
    // Whoever restarts on purpose has said so: his kernel goes on to answer.
    if let node, isRestarting(node, position, at: now) { return }
    let isKnown = node.map { isReported($0, position) } ?? false
    guard !groups[position].probing.reported.contains(answerer), groups[position].probing.reported.append(answerer),
      !isKnown
    else { return }
    actions.add(.report(.answered(GroupIndex(position), by: answerer, of: node)))
  }

  /// Whether it was said of one of a node's Ethernet addresses that it answers.
  private func isReported(_ node: NodeIndex, _ position: Int) -> Bool {
    let reported = groups[position].probing.reported
    for place in 0..<reported.count where self.node(with: reported[place]) == node { return true }
    return false
  }

  /// Whether a node has said that it restarts, and the lease of what it left to its successor may still run.
  private func isRestarting(_ node: NodeIndex, _ position: Int, at now: Instant) -> Bool {
    let since = peers[Int(node.position)].restartsSince
    return since != .never && now < since + (cluster.groups[position].lease ?? Self.presumedLease)
  }

  /// An ARP answer holds a claim back for a lease and a second; beyond that only a sign of life that no proxy gives.
  /// A host that is none of the nodes is never taken for a proxy: it may have the address by right.
  private func isProxied(_ position: Int, at now: Instant) -> Bool {
    let probing = groups[position].probing
    return probing.heldSince != .never && !probing.isForeign && probing.isProxied && now >= proxyPatience(position)
  }

  private func proxyPatience(_ position: Int) -> Instant {
    groups[position].probing.heldSince + longestHold(position)
  }

  /// How long a kernel has addresses at most whose agent is gone, and a second for its rounding.
  private func longestHold(_ position: Int) -> Interval {
    (cluster.groups[position].lease ?? Self.presumedLease) + Self.proxyGrace
  }

  /// Sends the next probe if it is due.
  private mutating func ask(
    _ position: Int, about owner: NodeIndex?, every interval: Interval, at now: Instant, into actions: inout ActionList
  ) {
    var probing = groups[position].probing
    if !probing.isAsking {
      probing = ProbeState()
      probing.isAsking = true
      probing.nextProbe = now
    }
    if probing.nextProbe <= now {
      let group = GroupIndex(position)
      // Everybody, and in between only the owner: unicast gets through where broadcasts are limited.
      let hardware = owner.flatMap { peers[Int($0.position)].hardware.first }
      actions.add(.probe(group, probing.probes % 2 == 0 ? nil : hardware))
      if !probing.wasUnasked { probing.unaskedSince = .never }
      probing.wasUnasked = false
      probing.probes += 1
      // A timer that comes late must not put off the claim, nor take from an answer the time to come.
      probing.nextProbe = max(probing.nextProbe + interval, now + interval / 2)
      if probing.heldSince != .never, now + interval * Int64(ProbeState.enough + 1) >= proxyPatience(position) {
        actions.add(.echo(group, probing.answerer))
        probing.unansweredEchoes += 1
      }
    }
    // What was planned at leisure is due sooner now.
    probing.nextProbe = min(probing.nextProbe, now + interval)
    groups[position].probing = probing
    groups[position].deadline = min(groups[position].deadline, probing.nextProbe)
  }

  /// Somebody spoke for an address of the group by ARP.
  mutating func answered(
    _ group: GroupIndex, by hardware: EthernetAddress, at now: Instant, into actions: inout ActionList
  ) {
    let position = Int(group.position)
    guard groups.indices.contains(position), !isMine(hardware) else { return }
    switch groups[position].state {
    case .standby where groups[position].probing.isAsking:
      groups[position].probing.answeredAt = groups[position].probing.probes
      groups[position].probing.answerer = hardware
      // Unasked: whoever says so by himself has it.
      if groups[position].probing.unaskedSince != .never { groups[position].probing.unaskedSince = now }
      if node(with: hardware) == nil { groups[position].probing.foreignAt = groups[position].probing.probes }
      groups[position].isDirty = true
    case .owner, .releasing(.handingOver):
      defend(position, against: hardware, at: now, into: &actions)
    case .listening, .standby, .claiming, .releasing(.removing), .faulted:
      return
    }
  }

  mutating func echoed(_ group: GroupIndex, by hardware: EthernetAddress) {
    let position = Int(group.position)
    guard groups.indices.contains(position), groups[position].probing.isAsking else { return }
    let probing = groups[position].probing
    // Where several have the address they answer by turns.
    guard hardware == probing.answerer || probing.reported.contains(hardware) else { return }
    groups[position].probing.unansweredEchoes = 0
  }

  /// The last probe has left on no device, so it has not been silent.
  mutating func unasked(_ group: GroupIndex, at now: Instant) {
    let position = Int(group.position)
    guard groups.indices.contains(position), groups[position].probing.probes > 0 else { return }
    groups[position].probing.probes -= 1
    groups[position].probing.wasUnasked = true
    if groups[position].probing.unaskedSince == .never { groups[position].probing.unaskedSince = now }
  }

  /// Where the wire cannot be asked, whether the owner's lease has ended by now, as long as its agent is gone; says so once while it
  /// has not.
  private mutating func isLeaseOver(_ position: Int, at now: Instant, into actions: inout ActionList) -> Bool {
    guard let end = unaskedEnd(position) else { return false }
    if now >= end { return true }
    if !groups[position].probing.isUnaskedReported {
      groups[position].probing.isUnaskedReported = true
      actions.add(.report(.unasked(GroupIndex(position), until: end)))
    }
    return false
  }

  /// When the lease of a former owner has ended of which nobody can be asked; nil where the wire can be asked.
  func unaskedEnd(_ position: Int) -> Instant? {
    let since = groups[position].probing.unaskedSince
    return since == .never ? nil : since + longestHold(position)
  }

  /// A host that is none of the nodes uses our address: defend it, at most once in DEFEND_INTERVAL, 10 s
  /// (RFC 5227 §2.4 b). What a node claims is settled by heartbeats instead.
  private mutating func defend(
    _ position: Int, against hardware: EthernetAddress, at now: Instant, into actions: inout ActionList
  ) {
    guard node(with: hardware) == nil else { return }
    let group = GroupIndex(position)
    let isDue = now >= groups[position].defendNotBefore
    if isDue {
      groups[position].defendNotBefore = now + .seconds(10)
      actions.add(.defend(group))
    }
    actions.add(.report(.usurped(group, by: hardware, defended: isDue)))
  }
}

extension FixedList {
  /// The first element, if there is any.
  var first: Element? { count > 0 ? self[0] : nil }
}

extension FixedList where Element: Equatable {
  func equals(_ other: Self) -> Bool {
    guard count == other.count else { return false }
    for position in 0..<count where self[position] != other[position] { return false }
    return true
  }

  func contains(_ element: Element) -> Bool {
    for position in 0..<count where self[position] == element { return true }
    return false
  }
}

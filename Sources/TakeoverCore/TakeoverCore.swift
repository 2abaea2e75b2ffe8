/// The takeover protocol of one node: events in, ordered actions out, time as an argument.
///
/// A value without a clock, a socket, a logger or a source of randomness; the same events at the same times give the
/// same actions. After `init` it allocates nothing. docs/protocol.md describes what it does, the files of this folder
/// how: ``handle(_:at:into:)`` takes an event, `Hearing` decides which heartbeats count, `Liveness` who is alive,
/// `Assessment` what that means for each group, `Kernel` what became of the addresses, `Departure` how an agent ends.
public struct TakeoverCore: Sendable {
  enum Life: BitwiseCopyable, Sendable {
    case notStarted
    case running
    /// Stopping: handing over and letting go. Hand-overs end at `handOverUntil`, everything at `endAt`.
    case leaving(handOverUntil: Instant, endAt: Instant)
    /// Holding nothing; so many goodbyes are still to be said.
    case parting(goodbyes: Int)
    /// Leaving everything to a successor; so many times it is still to be said.
    case restarting(notices: Int)
    /// Done; the last heartbeat says this about the node.
    case finished(Heartbeat.Flags)
  }

  package let cluster: Cluster
  let session: UInt64
  /// This node's tag.
  let myTag: Tag

  // What this node may claim follows from this and from `hasNoHeartbeatLink`, for every group.
  var life = Life.notStarted { didSet { groups.touchAll() } }
  /// The number of the last heartbeat that was composed.
  var sequence: UInt64 = 0
  /// What was said when, lately.
  var said = SentHeartbeats()
  var nextBeat = Instant.never
  /// A role changed: beat now.
  var isUrgent = false
  /// After a stall: say nothing before the addresses are gone.
  var isSendingSuspended = false
  /// No heartbeat device is up.
  var hasNoHeartbeatLink = true { didSet { groups.touchAll() } }
  /// The operator wants this node to own nothing, of what a reload may add too; each group has its own say besides.
  var isOnStandby = false
  /// When the current event happens.
  var clock = Instant.origin
  /// The Ethernet addresses of this node's devices.
  var myHardware = HardwareList(filler: .zero)
  /// By node; the entry of this node itself is never used.
  var peers: [Peer]
  /// By node: who has spoken in its name without a proof that it hears this node. In this node's own name: other agents.
  var unproven: [UnprovenSessions]
  /// By group.
  var groups: Groups
  /// What each node last said about each group: node × groups + group.
  var heard: [GroupReport]
  /// What follows from the groups.
  var summary: Summary
  /// The earliest deadline among peers and groups.
  var watchAt = Instant.never

  /// A node that has not started yet.
  /// - Parameter session: drawn at random, not 0.
  public init(cluster: Cluster, session: UInt64) {
    self.cluster = cluster
    self.session = session
    myTag = cluster.nodes[Int(cluster.me.position)]
    peers = Array(repeating: Peer(), count: cluster.nodes.count)
    unproven = Array(repeating: UnprovenSessions(), count: cluster.nodes.count)
    groups = Groups(count: cluster.groups.count)
    summary = Summary(groups: cluster.groups.count)
    heard = []
    heard.reserveCapacity(cluster.nodes.count * cluster.groups.count)
    for _ in cluster.nodes {
      for group in cluster.groups { heard.append(GroupReport(group: group.tag)) }
    }
  }

  /// When to call with `.timer` at the latest, after everything that has already been received was handled;
  /// `.never` when the agent is done. Always later than the last `.timer`.
  public var nextDeadline: Instant { min(nextBeat, watchAt) }

  /// When time alone would next decide something, such as that somebody is dead. Before that `.timer` must not be handed
  /// in without looking once more at what has been received.
  public var nextJudgement: Instant { watchAt }

  /// When time alone would next have this node do something: a judgement that is not merely that a node is late.
  public var nextDecision: Instant {
    guard nextBeat != .never else { return .never }
    var earliest = Instant.never
    if case .leaving(_, let endAt) = life { earliest = endAt }
    for position in peers.indices { earliest = min(earliest, peers[position].deadAt) }
    if groups.touched.isEmpty { return min(earliest, summary.deadline) }
    return groups.reduce(earliest) { min($0, $1.deadline) }
  }

  /// Takes one event.
  /// - Parameters:
  ///   - now: never earlier than at the event before.
  ///   - actions: what to do now, in this order, is appended.
  public mutating func handle(_ event: Event, at now: Instant, into actions: inout ActionList) {
    guard begin(at: now, into: &actions) else { return }
    switch event {
    case .started: start(at: now)
    case .timer: break  // Time alone does the rest.
    case .heartbeat(let heartbeat, let arrived): receive(heartbeat, arrived: arrived, at: now, into: &actions)
    case .addressesAdded(let group, let term, let at): added(group, term: term, confirmedAt: at, into: &actions)
    case .addressesFailed(let group, let term): failed(group, term: term, at: now, into: &actions)
    case .addressesRemoved(let group): removed(group, at: now, into: &actions)
    case .addressesLost(let group): lost(group, at: now, into: &actions)
    case .addressesFound(let group): found(group)
    case .leased(let group, let until): leased(group, until: until)
    case .hardware(let list): take(list)
    case .answered(let group, let hardware): answered(group, by: hardware, at: now, into: &actions)
    case .echoed(let group, let hardware): echoed(group, by: hardware)
    case .unasked(let group): unasked(group, at: now)
    case .announced(let group, let term, let time): announced(group, term: term, at: time, into: &actions)
    case .linkUp(let group): linkUp(group, at: now, into: &actions)
    case .linkDown(let group): linkDown(group, at: now, into: &actions)
    case .hearing: hearing(at: now)
    case .deaf: deaf(at: now, into: &actions)
    case .standbyRemembered(let group): remember(standbyFor: group, into: &actions)
    case .standby: standBy(into: &actions)
    case .available: becomeAvailable(into: &actions)
    case .request(let request, let group, let force): obey(request, group, force: force, at: now, into: &actions)
    case .stop: stop(at: now, into: &actions)
    case .restart: restart(at: now, into: &actions)
    }
    // Only the timer lets a deadline pass.
    if case .timer = event {
      settle(asOf: now, at: now, into: &actions)
    } else {
      settleBeforeTheDeadline(at: now, into: &actions)
    }
  }

  /// Takes the event ``Event/heartbeat(_:arrived:)``, and spares whoever hears hundreds a second a copy of each.
  public mutating func hear(
    _ heartbeat: borrowing Heartbeat, arrived: Instant, at now: Instant, into actions: inout ActionList
  ) {
    guard begin(at: now, into: &actions) else { return }
    receive(heartbeat, arrived: arrived, at: now, into: &actions)
    settleBeforeTheDeadline(at: now, into: &actions)
  }

  /// - Returns: whether there is anything left to happen.
  private mutating func begin(at now: Instant, into actions: inout ActionList) -> Bool {
    if case .finished = life { return false }
    clock = now
    noticeStall(at: now, patience: cluster.deadtime, into: &actions)
    return true
  }

  /// Any event but the timer is judged as of just before the next deadline: what would have kept somebody alive may still wait
  /// in a socket behind it.
  private mutating func settleBeforeTheDeadline(at now: Instant, into actions: inout ActionList) {
    settle(asOf: min(now, Instant(nanoseconds: watchAt.nanoseconds &- 1)), at: now, into: &actions)
  }

  private mutating func start(at now: Instant) {
    guard case .notStarted = life else { return }
    life = .running
    nextBeat = now
    for position in groups.indices {
      switch groups[position].state {
      case .listening: listen(position, for: cluster.initdead, at: now)
      case .standby, .claiming, .owner, .releasing, .faulted: continue
      }
    }
  }

  /// What follows from the event and from the time: who is dead, what changes, what is said.
  private mutating func settle(asOf judged: Instant, at now: Instant, into actions: inout ActionList) {
    switch life {
    case .notStarted:
      // What is told before the start is only noted.
      watchAt = .never
      return
    case .restarting:
      letGoWhileRestarting(at: now, into: &actions)
      return beat(at: now, into: &actions)
    case .running, .leaving, .parting, .finished: break
    }
    watchPeers(at: judged, into: &actions)
    if !groups.touched.isEmpty || summary.deadline <= judged {
      for position in groups.indices where groups[position].isDirty || groups[position].deadline <= judged {
        assessUntilClean(position, at: judged, into: &actions)
      }
    }
    depart(at: judged, into: &actions)
    summarize(at: now)
    watchAt = earliestDeadline()
    // What time has decided is judged before anything is said: the timer follows at once.
    if watchAt <= now { return }
    beat(at: now, into: &actions)
  }

  private mutating func beat(at now: Instant, into actions: inout ActionList) {
    guard nextBeat != .never else { return }
    let isDue = nextBeat <= now
    if isDue {
      nextBeat = nextBeat + beatInterval
      if nextBeat <= now { nextBeat = now + beatInterval }
    }
    guard isDue || isUrgent, !isSendingSuspended else { return }
    isUrgent = false
    actions.add(.sendHeartbeat)
    countGoodbye(into: &actions)
  }

  private func earliestDeadline() -> Instant {
    guard nextBeat != .never else { return .never }
    return peers.reduce(nextDecision) { min($0, $1.lateAt) }
  }

  /// R6: a node that was not run for longer than its deadtime is dead to the others. It lets go before it says
  /// anything, and listens again.
  mutating func noticeStall(at now: Instant, patience: Interval, into actions: inout ActionList) {
    guard nextBeat != .never, now > nextBeat + patience else { return }
    let lateness = now - nextBeat
    actions.add(.report(.stalled(lateness: lateness)))
    nextBeat = now
    restartStop(at: now)
    for position in peers.indices where peers[position].isAlive {
      // Their silence is our sleep: what they said meanwhile may still lie in the socket.
      schedule(position, from: now)
    }
    // What lies there is old news, too: only what is said from now on counts as heard while listening.
    let awake = now + cluster.keepalive
    // The longer it was away, the more may have changed. Twice as long is more than two deadtimes: a living owner would
    // have been heard.
    let listening = min(cluster.initdead, lateness * 2)
    for position in groups.indices {
      switch groups[position].state {
      case .claiming, .owner, .releasing(.handingOver):
        isSendingSuspended = true
        release(position, .removing(thenListenFor: listening), because: .stalled, into: &actions)
      case .standby where groups[position].isPresent, .listening where groups[position].isPresent:
        isSendingSuspended = true
        release(position, .removing(thenListenFor: cluster.initdead), because: .stalled, into: &actions)
      case .standby:
        change(position, to: .listening, because: .stalled, into: &actions)
        listen(position, for: listening, at: awake)
      case .faulted:
        change(position, to: .listening, because: .stalled, into: &actions)
        listen(position, for: cluster.initdead, at: awake)
      case .listening:
        listen(position, for: max(listening, groups[position].listensUntil - awake), at: awake)
      case .releasing(.removing(let former)):
        isSendingSuspended = true
        groups[position].state = .releasing(.removing(thenListenFor: max(listening, former ?? .zero)))
      }
    }
  }

  // MARK: - The only place where a group changes its state

  /// Changes a group's state and reports it once.
  mutating func change(_ position: Int, to state: Group.State, because cause: Cause, into actions: inout ActionList) {
    let former = groups[position].role
    groups[position].state = state
    groups[position].since = clock
    groups[position].deadline = .never
    groups[position].wants = false
    groups[position].probing = ProbeState()
    groups[position].heldBackSince = .never
    groups[position].heldBackBy = 0
    groups[position].isDirty = true
    isUrgent = true
    let group = groups[position]
    actions.add(
      .report(
        .transitioned(
          GroupIndex(position), from: former, to: group.role, cause,
          term: group.role.holds ? group.term : group.highestTerm)))
    follow(position, because: cause, into: &actions)
  }

  /// Begins to listen, if there is anything to hear and anything to listen for.
  /// - Parameter time: so long, if not everybody is heard.
  mutating func listen(_ position: Int, for time: Interval, at now: Instant) {
    let canHear = groups[position].linkIsUp && !hasNoHeartbeatLink
    groups[position].listeningSince = canHear ? now : .never
    groups[position].listensUntil = canHear ? now + time : .never
    groups[position].deadline = groups[position].listensUntil
    groups[position].isDirty = true
  }

  /// Lets go, now or after the target has taken over.
  mutating func release(
    _ position: Int, _ release: Group.Release, because cause: Cause, into actions: inout ActionList
  ) {
    if case .removing = release {
      actions.add(.removeAddresses(GroupIndex(position)))
      groups[position].isPresent = false
      groups[position].isPlaced = false
      groups[position].leaseUntil = .never
      groups[position].restoreAt = .never
    }
    change(position, to: .releasing(release), because: cause, into: &actions)
  }
}

@testable import TakeoverCore

/// loadb2 in one of the states that a group can be in, between the better loadb1 and the worse loadb3, and what
/// happens to it there. Its own claim has term 6, the highest term heard before is 5.
struct Situation {
  enum State: CaseIterable {
    case listening, listeningWithoutLink, standby, claiming, owner, handingOver, removing, faulted
    /// The kernel has the addresses from an earlier life; not everybody was heard.
    case leftover
    /// On standby: the owner loadb1 is late, and the wire was asked once.
    case asking
    /// On standby: the owner loadb1 is dead, but its kernel has answered.
    case waiting
  }

  /// The heartbeats are loadb1's.
  enum Stimulus: CaseIterable {
    case started, timerNotDue, timerDue
    case betterOwner, worseOwner, betterClaiming, worseClaiming, releasingToMe, releasingToOther
    case standby, standbyIneligible, standbyWants, listening, faulted, goodbye, unproven, namesake
    case added, addedOtherTerm, failed, failedOtherTerm, removed, lost, announced, announcedOtherTerm
    case leased, leasedUntilNow, found, hardware, answeredByOwner, answeredByMe, answeredByStranger, echoed
    case linkUp, linkDown, hearing, deaf, putOnStandby, available, stop, restart
    case standbyInsists, worseInsists
    case askStandby, forceStandby, askAvailable, askTakeover, forceTakeover, askFailBack
  }

  private static let agreement = Agreement(nodes: ["loadb1", "loadb2", "loadb3"])
  private static let cautious = Agreement.cautious(nodes: ["loadb1", "loadb2", "loadb3"], autoFailback: true)
  private static let mine = EthernetAddress(rawValue: 2), loadb1 = EthernetAddress(rawValue: 1)
  private static let stranger = EthernetAddress(rawValue: 0xff)
  private static let group = GroupIndex(0)
  private static let director = Tag(of: "director")
  private static let session: UInt64 = 22

  private var core: TakeoverCore
  private var now = Instant.origin + .seconds(100)
  private var actions = ActionList()
  private var said: [String: Heartbeat] = [:]
  private let state: State

  init(_ state: State) {
    self.state = state
    let agreement = state == .asking || state == .waiting ? Self.cautious : Self.agreement
    core = TakeoverCore(cluster: agreement.cluster(of: "loadb2"), session: Self.session)
    happen(.started)
    hardware()
    happen(.hearing)
    if state != .listeningWithoutLink { happen(.linkUp(Self.group)) }
    hear("loadb3", .standby, flags: .eligible)
    prepare(state)
    actions.clear()
  }

  private mutating func prepare(_ state: State) {
    switch state {
    case .listening, .listeningWithoutLink:
      break
    case .standby:
      hear("loadb1", .owner, flags: .eligible, term: 5)
    case .claiming:
      prepare(.standby)
      hear("loadb1", .standby, term: 5)
    case .owner:
      prepare(.claiming)
      happen(.addressesAdded(Self.group, term: 6, at: now))
      happen(.announced(Self.group, term: 6, at: now))
    case .handingOver:
      prepare(.owner)
      hear("loadb1", .standby, flags: [.eligible, .wants], term: 6)
    case .removing:
      prepare(.owner)
      hear("loadb3", .owner, flags: .eligible, term: 9)
    case .faulted:
      prepare(.claiming)
      happen(.addressesFailed(Self.group, term: 6))
    case .leftover:
      happen(.addressesFound(Self.group))
    case .asking:
      prepare(.standby)
      wait(for: .milliseconds(200), while: ["loadb3"])
    case .waiting:
      prepare(.standby)
      wait(for: .milliseconds(250), while: ["loadb3"])
      happen(.answered(Self.group, by: Self.loadb1))
      wait(for: .milliseconds(50), while: ["loadb3"])
    }
  }

  private mutating func hardware() {
    var list = HardwareList(filler: .zero)
    list.append(Self.mine)
    happen(.hardware(list))
  }

  /// What follows from the stimulus: the role, and the actions in a word each.
  mutating func respond(to stimulus: Stimulus) -> (role: GroupReport.Role, actions: String) {
    switch stimulus {
    case .started: happen(.started)
    case .timerNotDue: happen(.timer)
    case .timerDue: waitUntilDue()
    case .betterOwner: hear("loadb1", .owner, flags: .eligible, term: 9)
    case .worseOwner: hear("loadb1", .owner, flags: .eligible, term: 3)
    case .betterClaiming: hear("loadb1", .claiming, flags: .eligible, term: 9)
    case .worseClaiming: hear("loadb1", .claiming, flags: .eligible, term: 3)
    case .releasingToMe: hear("loadb1", .releasing, flags: .eligible, term: 5, target: Tag(of: "loadb2"))
    case .releasingToOther: hear("loadb1", .releasing, flags: .eligible, term: 5, target: Tag(of: "loadb3"))
    case .standby: hear("loadb1", .standby, flags: .eligible, term: 5)
    case .standbyIneligible: hear("loadb1", .standby, term: 5)
    case .standbyWants: hear("loadb1", .standby, flags: [.eligible, .wants], term: 5)
    case .standbyInsists: hear("loadb1", .standby, flags: [.eligible, .wants, .insists], term: 5)
    case .worseInsists: hear("loadb3", .standby, flags: [.eligible, .wants, .insists], term: 5)
    case .listening: hear("loadb1", .listening, flags: .eligible, term: 5)
    case .faulted: hear("loadb1", .faulted, term: 5)
    case .goodbye: hear("loadb1", .standby, term: 5, saying: [.leaving, .goodbye])
    case .unproven: hear("loadb1", .owner, flags: .eligible, term: 9, isProven: false)
    case .namesake: hear("loadb2", .standby, flags: .eligible, term: 5)
    case .added: happen(.addressesAdded(Self.group, term: ownTerm, at: now))
    case .addedOtherTerm: happen(.addressesAdded(Self.group, term: 4, at: now))
    case .failed: happen(.addressesFailed(Self.group, term: ownTerm))
    case .failedOtherTerm: happen(.addressesFailed(Self.group, term: 4))
    case .removed: happen(.addressesRemoved(Self.group))
    case .lost: happen(.addressesLost(Self.group))
    case .announced: happen(.announced(Self.group, term: ownTerm, at: now))
    case .announcedOtherTerm: happen(.announced(Self.group, term: 4, at: now))
    case .leased: happen(.leased(Self.group, until: now + .seconds(3)))
    case .leasedUntilNow: endLease()
    case .found: happen(.addressesFound(Self.group))
    case .hardware: hardware()
    case .answeredByOwner: happen(.answered(Self.group, by: Self.loadb1))
    case .answeredByMe: happen(.answered(Self.group, by: Self.mine))
    case .answeredByStranger: happen(.answered(Self.group, by: Self.stranger))
    case .echoed: happen(.echoed(Self.group, by: Self.loadb1))
    case .linkUp: happen(.linkUp(Self.group))
    case .linkDown: happen(.linkDown(Self.group))
    case .hearing: happen(.hearing)
    case .deaf: happen(.deaf)
    case .putOnStandby: happen(.standby)
    case .available: happen(.available)
    case .stop: happen(.stop)
    case .askStandby: happen(.request(.standby, Self.group, force: false))
    case .forceStandby: happen(.request(.standby, Self.group, force: true))
    case .askAvailable: happen(.request(.available, Self.group, force: false))
    case .askTakeover: happen(.request(.takeover, Self.group, force: false))
    case .forceTakeover: happen(.request(.takeover, Self.group, force: true))
    case .askFailBack: happen(.request(.failBack, Self.group, force: false))
    case .restart: happen(.restart)
    }
    return (core.composeHeartbeat(at: now).groups[0].role, actions.all.map(\.word).joined(separator: ", "))
  }

  /// What follows from a word of a node that holds nothing: the actions in a word each.
  mutating func hearStandby(_ node: String, flags: GroupReport.Flags = .eligible, term: UInt64) -> String {
    actions.clear()
    hear(node, .standby, flags: flags, term: term)
    return actions.all.map(\.word).joined(separator: ", ")
  }

  /// loadb1 goes on to say that it owns the group, but by another name; loadb3 says so by its own, and offers it.
  mutating func hearOfferBesideAnotherName(term: UInt64) -> String {
    hear("loadb3", .owner, flags: .eligible, term: term)
    hear("loadb1", .owner, of: Tag(of: "director-b"), flags: .eligible, term: 5)
    actions.clear()
    hear("loadb3", .releasing, flags: .eligible, term: term, target: Tag(of: "loadb2"))
    return actions.all.map(\.word).joined(separator: ", ")
  }

  /// The kernel confirms a lease, and no more of it before it is over.
  private mutating func endLease() {
    happen(.leased(Self.group, until: now + .microseconds(1)))
    now = now + .microseconds(1)
    happen(.timer)
  }

  /// The term of this node's last claim.
  private var ownTerm: UInt64 {
    switch state {
    case .listening, .listeningWithoutLink, .standby, .leftover, .asking, .waiting: 0
    case .claiming, .owner, .handingOver, .removing, .faulted: 6
    }
  }

  /// What each state waits for by itself; where it waits for nothing, the others die.
  private mutating func waitUntilDue() {
    switch state {
    case .listening, .leftover, .faulted: wait(for: .seconds(1), while: ["loadb1", "loadb3"])
    case .listeningWithoutLink: wait(for: .milliseconds(100), while: [])
    case .standby: wait(for: .milliseconds(300), while: ["loadb3"])
    case .asking: wait(for: .milliseconds(50), while: ["loadb3"])
    case .waiting: wait(for: .milliseconds(400), while: ["loadb3"])
    case .handingOver: wait(for: .milliseconds(300), while: ["loadb1", "loadb3"])
    case .claiming, .owner, .removing: wait(for: .milliseconds(300), while: [])
    }
  }

  /// Lets time pass with these nodes saying the same again and again; only the last timer's actions remain.
  private mutating func wait(for time: Interval, while alive: [String]) {
    let end = now + time
    while now < end {
      now = now + .milliseconds(50)
      for node in alive where now < end {
        if let heartbeat = said[node] { say(heartbeat, as: node) }
      }
      actions.clear()
      happen(.timer)
    }
  }

  private mutating func happen(_ event: Event) {
    let before = actions.all.count
    core.handle(event, at: now, into: &actions)
    for case .sendHeartbeat in actions.all[before...] { _ = core.composeHeartbeat(at: now) }
  }

  private mutating func hear(
    _ node: String, _ role: GroupReport.Role, of group: Tag = Self.director, flags: GroupReport.Flags = [],
    term: UInt64 = 0, target: Tag = .none, saying: Heartbeat.Flags = [], isProven: Bool = true
  ) {
    var heartbeat = Heartbeat(
      cluster: Tag(of: "loadb"), node: Tag(of: node), fingerprint: 1, session: isProven ? 11 : 12, sequence: 0,
      keepalive: .milliseconds(100), deadtime: .milliseconds(300), flags: saying)
    if isProven {
      heartbeat.echoes.append(.init(node: Tag(of: "loadb2"), alive: true, session: Self.session, sequence: 1))
    }
    if node == "loadb1" { heartbeat.hardware.append(Self.loadb1) }
    let rank: UInt8 = node == "loadb1" ? 0 : node == "loadb2" ? 1 : 2
    heartbeat.groups.append(
      GroupReport(group: group, role: role, flags: flags, rank: rank, term: term, target: target))
    say(heartbeat, as: node)
  }

  private mutating func say(_ heartbeat: Heartbeat, as node: String) {
    var next = heartbeat
    next.sequence = (said[node]?.sequence ?? 0) + 1
    said[node] = next
    happen(.heartbeat(next, arrived: now))
  }
}

extension Action {
  /// The action in a word.
  fileprivate var word: String {
    switch self {
    case .sendHeartbeat: "beat"
    case .addAddresses(_, let term): "add \(term)"
    case .removeAddresses: "remove"
    case .announce(_, let term): "announce \(term)"
    case .defend: "defend"
    case .probe(_, let hardware): hardware == nil ? "probe" : "probe one"
    case .echo: "echo"
    case .dropped(let reason): "drop \(reason)"
    case .report(.transitioned(_, _, let to, let cause, _)): "→\(to) \(Self.name(cause))"
    case .report(.conflict(_, _, _, let won)): won ? "conflict won" : "conflict lost"
    case .report(.refused(_, _, let refusal)): "refused \(Self.name(refusal))"
    case .report(let report): Self.name(report)
    case .finished: "finished"
    }
  }

  /// The name of a case without its values.
  private static func name(_ value: Any) -> String { "\(value)".split(separator: "(").first.map(String.init) ?? "" }
}

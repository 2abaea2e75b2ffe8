import Agent
import Configuration
import Engine
import Glibc
import Log
import Support
import TakeoverCore
import TerminalUI
import Wire

/// A node under test: a plan as the agent runs it, without threads and sockets. It executes what the core orders, as far
/// as the fuzzer lets it, and checks what must hold after every event.
final class CoreBench {
  /// What the kernel has still to do, oldest first.
  enum Order {
    case add(Tag, term: UInt64)
    case remove(Tag)
    case announce(Tag, term: UInt64)
  }

  /// What is known of a group from outside.
  struct Outside {
    var role = GroupReport.Role.listening
    /// The term of the last order to add; 0 before the first.
    var term: UInt64 = 0
    /// The kernel has the addresses, and has said so.
    var isConfirmed = false
    /// To be let go of after a stall, before anything is said.
    var isWithdrawing = false
    /// Let go of, and the kernel has not answered yet.
    var isRemoving = false
  }

  private(set) var generation: Generation
  private(set) var now = Instant(nanoseconds: 1_000_000_000)
  private(set) var isDone = false
  private(set) var orders: [Order] = []
  /// The last datagrams on the wire, its own too.
  private(set) var datagrams: [[UInt8]] = []
  /// The number of its last heartbeat.
  private(set) var sequence: UInt64 = 0
  private var lastBeat = Instant(nanoseconds: 1_000_000_000)
  private var actions = ActionList()
  private var formatter: MessageFormatter
  private var outside: [Tag: Outside] = [:]

  init(generation: Generation) {
    self.generation = generation
    formatter = MessageFormatter(generation: generation)
  }

  func term(of group: Tag) -> UInt64 { outside[group]?.term ?? 0 }

  func role(of group: Tag) -> GroupReport.Role { outside[group]?.role ?? .listening }

  // MARK: - In

  func handle(_ event: Event) {
    trace("-> \(summary(of: event))")
    note(event)
    actions.clear()
    generation.core.handle(event, at: now, into: &actions)
    execute()
    guard case .timer = event else { return }
    hold(generation.core.nextDeadline > now, "a timer that was handed in moves the deadline on")
    let isSilenced = outside.values.contains { $0.isRemoving }
    let patience = generation.core.cluster.keepalive * 2
    hold(isDone || isSilenced || now - lastBeat <= patience, "a node that runs beats")
  }

  func pass(_ interval: Interval) {
    now = now + max(interval, .zero)
  }

  /// Goes to the next deadline and lets it pass.
  func awaitTimer() {
    let deadline = generation.core.nextDeadline
    guard deadline != .never else { return }
    now = max(now, deadline)
    handle(.timer)
  }

  /// What arrives on the wire, signed by whoever knows the key.
  func receive(_ datagram: [UInt8]) {
    keep(datagram)
    datagram.withUnsafeBytes { bytes in
      do throws(DropReason) {
        handle(.heartbeat(try generation.authenticator.open(bytes, of: generation.clusterTag), arrived: now))
      } catch {
        let isOld = generation.number > 1 && (error == .unknownKey || error == .authentication)
        hold(isOld || error == .outOfRange || error == .cluster, "with the key it is read or out of range: \(error)")
      }
    }
  }

  /// Lets the kernel do what it was asked for first, or refuse it.
  func obey(refusing: Bool) {
    guard !orders.isEmpty else { return }
    let order = orders.removeFirst()
    switch order {
    case .add(let tag, let term):
      guard let group = index(of: tag) else { return }
      if refusing { return handle(.addressesFailed(group, term: term)) }
      let lease = generation.core.cluster.groups[Int(group.position)].lease
      handle(.leased(group, until: lease.map { now + $0 } ?? .never))
      handle(.addressesAdded(group, term: term, at: now))
    case .remove(let tag):
      if let group = index(of: tag) { handle(.addressesRemoved(group)) }
    case .announce(let tag, let term):
      if let group = index(of: tag) { handle(.announced(group, term: term, at: now)) }
    }
  }

  /// Goes over to another configuration, as the heartbeat thread does.
  func adopt(_ next: Generation) {
    trace("-> reload: \(next.configuration.nodes.count) nodes, \(next.groups.count) groups")
    actions.clear()
    next.core.succeed(
      generation.core, inheriting: next.heirs, trusting: next.trustedKeys, at: now, into: &actions)
    inherit(next)
    generation = next
    formatter.generation = next
    execute()
    handle(.timer)
  }

  /// A group of another name is from outside what the former one was.
  private func inherit(_ next: Generation) {
    var inherited = outside
    for heir in next.heirs {
      inherited[next.groups[Int(heir.group.position)].tag] = outside[tag(heir.former)]
    }
    let tags = Set(next.groups.map(\.tag))
    outside = inherited.filter { tags.contains($0.key) }
  }

  private func index(of tag: Tag) -> GroupIndex? {
    generation.groups.firstIndex { $0.tag == tag }.map { GroupIndex($0) }
  }

  private func tag(_ group: GroupIndex) -> Tag { generation.groups[Int(group.position)].tag }

  private func note(_ event: Event) {
    switch event {
    case .addressesAdded(let group, let term, _):
      guard let tag = known(group), outside[tag]?.term == term else { return }
      outside[tag]?.isConfirmed = true
    case .addressesRemoved(let group):
      guard let tag = known(group) else { return }
      outside[tag]?.isWithdrawing = false
      outside[tag]?.isRemoving = false
    default: return
    }
  }

  // MARK: - For whom wants to see what led to a crash: VIPAGENT_FUZZ_TRACE=1

  private static let isTraced = getenv("VIPAGENT_FUZZ_TRACE") != nil

  private func trace(_ line: @autoclosure () -> String) {
    if Self.isTraced { printError("\((now - Instant(nanoseconds: 1_000_000_000)).text): \(line())") }
  }

  private func summary(of event: Event) -> String {
    guard case .heartbeat(let heartbeat, _) = event else { return "\(event)" }
    let groups = (0..<heartbeat.groups.count).map { place in
      let report = heartbeat.groups[place]
      return "\(report.role) term \(report.term) flags \(report.flags.rawValue)"
    }
    return
      "heartbeat of node \(generation.nodeTags.firstIndex(of: heartbeat.node) ?? -1), session \(heartbeat.session), "
      + "flags \(heartbeat.flags.rawValue): \(groups.joined(separator: "; "))"
  }

  private func known(_ group: GroupIndex) -> Tag? {
    generation.groups.indices.contains(Int(group.position)) ? tag(group) : nil
  }

  // MARK: - Out

  private func execute() {
    hold(actions.all.count <= 16 * Cluster.maximumGroups, "there is room for every action")
    for action in actions.all {
      trace("     \(action)")
      switch action {
      case .sendHeartbeat: beat()
      case .addAddresses(let group, let term): add(tag(group), term)
      case .removeAddresses(let group): remove(tag(group))
      case .announce(let group, let term):
        hold(outside[tag(group)]?.isConfirmed == true, "nothing is announced before it is confirmed")
        orders.append(.announce(tag(group), term: term))
      case .defend(let group): hold(outside[tag(group)]?.role.holds == true, "only what is held is defended")
      case .probe(let group, _), .echo(let group, _): _ = tag(group)
      case .dropped: break
      case .report(let report): tell(report)
      case .finished:
        isDone = true
        hold(generation.core.nextDeadline == .never, "who is done waits for nothing")
      }
    }
  }

  private func beat() {
    hold(!outside.values.contains { $0.isWithdrawing }, "after a stall, nothing is said before everything is let go")
    let heartbeat = generation.core.composeHeartbeat(at: now)
    hold(heartbeat.sequence > sequence, "every heartbeat has a number of its own")
    sequence = heartbeat.sequence
    lastBeat = now
    let datagram = sealed(heartbeat)
    datagram.withUnsafeBytes { bytes in
      hold((try? generation.authenticator.open(bytes, of: generation.clusterTag)) != nil, "what is said can be read")
    }
    keep(datagram)
  }

  func sealed(_ heartbeat: Heartbeat) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: HeartbeatCodec.maximumLength) { buffer, count in
      count = generation.authenticator.seal(heartbeat, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  private func keep(_ datagram: [UInt8]) {
    datagrams.append(datagram)
    if datagrams.count > 8 { datagrams.removeFirst() }
  }

  private func add(_ tag: Tag, _ term: UInt64) {
    hold(term <= HeartbeatCodec.maximumTerm, "a term can be sent")
    hold(term >= self.term(of: tag), "terms do not go back")
    if term != self.term(of: tag) { outside[tag, default: Outside()].isConfirmed = false }
    outside[tag, default: Outside()].term = term
    orders.append(.add(tag, term: term))
  }

  private func remove(_ tag: Tag) {
    outside[tag, default: Outside()].isConfirmed = false
    outside[tag, default: Outside()].isRemoving = true
    orders.append(.remove(tag))
  }

  private func tell(_ report: Report) {
    if case .transitioned(let group, let from, let to, let cause, _) = report {
      let known = outside[tag(group), default: Outside()].role
      hold(known == from, "each change of state is reported once: \(known), then \(from) to \(to)")
      outside[tag(group), default: Outside()].role = to
      if case .stalled = cause, to == .releasing { outside[tag(group)]?.isWithdrawing = true }
    }
    guard let message = formatter.message(for: report, at: now) else { return }
    hold((1...1_000).contains(message.text.utf8.count), "there are words for what happens, and not too many")
    hold(!message.text.utf8.contains { $0 < 0x20 }, "a message is a line")
  }
}

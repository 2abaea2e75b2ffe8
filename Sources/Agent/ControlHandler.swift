import Configuration
import Control
import Engine
import Linux
import Log
import Status
import Support
import TakeoverCore

/// Fulfils what clients ask for: gets the heartbeat thread's numbers for a status, hands operators' requests to it, and
/// answers when it is known what became of them.
final class ControlHandler {
  /// What the desk needs of the agent.
  struct Agent {
    /// Posts to the heartbeat thread; false where there is no room.
    var command: (HeartbeatCommand) -> Bool
    /// The number of a generation, while somebody may still speak of it.
    var generation: (_ number: Int) -> Generation?
    /// The generation that reports speak of.
    var currentPlan: () -> Generation
    /// The status of a snapshot, but for what the desk counts.
    var status: (_ generation: Generation, borrowing CoreSnapshot) -> Status
    /// Has the configuration read anew, soon; what comes of it is told by ``reloadBegins()`` and what follows it.
    var wantReload: (Operator?) -> Void
    var isEnding: () -> Bool
  }

  /// Somebody who wants the numbers.
  private struct Waiting {
    let deliver: (Result<Status, ControlError>) -> Void
    let since: Instant
  }

  /// A status this old is as good as a new one: clients cannot make the heartbeat thread work more often than that.
  private static let freshness = Interval.milliseconds(20)
  /// The heartbeat thread answers within microseconds, or something is wrong.
  private static let patience = Interval.seconds(1)

  private let agent: Agent
  /// Prometheus text of a status.
  private let metrics: (Status) -> String
  private let room = SnapshotRoom()
  private var isFilling = false
  private var last: (status: Status, at: Instant)?
  private var waiting: [Waiting] = []
  private var operations = Operations()
  /// Who waits for the next reload, and who for the one under way.
  private var wantedReloads: [(asker: ControlServer.Asker, request: ControlRequest)] = []
  private var reloads: [(asker: ControlServer.Asker, request: ControlRequest)] = []
  /// Nil while there is no socket.
  private(set) var server: ControlServer?

  init(agent: Agent, metrics: @escaping (Status) -> String) {
    self.agent = agent
    self.metrics = metrics
  }

  // MARK: - The socket

  /// Opens the socket, or another one, or none; an open one at the same path stays.
  /// - Throws: see ``ControlListener/init(path:)``; the former socket is closed all the same.
  func open(_ settings: ControlSettings) throws(SystemError) {
    let permissions = Permissions.resolve(ask: settings.ask, command: settings.command).permissions
    if let server, server.path == settings.socket {
      server.permissions = permissions
      return
    }
    close()
    guard let path = settings.socket else { return }
    let server = try ControlServer(path: path, permissions: permissions)
    server.handler = { [unowned self] request, asker in take(request, from: asker) }
    self.server = server
  }

  func close() {
    server?.close()
    server = nil
  }

  /// How many milliseconds the main thread may wait before ``serve()`` is due; -1 for ever.
  var timeout: Int32 {
    if !waiting.isEmpty || !operations.isEmpty || server?.isPaused == true { return 100 }
    return (server?.clientCount ?? 0) > 0 ? 5_000 : -1
  }

  /// Serves whoever is ready, and gives up what takes too long.
  func serve() {
    let now = Instant.now
    server?.serve(at: now)
    let late = waiting.filter { now - $0.since > Self.patience }
    waiting.removeAll { now - $0.since > Self.patience }
    for one in late { one.deliver(.failure(.noAnswer)) }
    for shutdown in operations.expire(at: now) { answer(shutdown) }
  }

  // MARK: - Requests

  private func take(_ request: ControlRequest, from asker: ControlServer.Asker) {
    switch request.verb {
    case .status:
      withStatus { [unowned self] result in
        reply(asker, request, result) { ControlAnswer(ok: true, status: $0) }
      }
    case .metrics:
      withStatus { [unowned self] result in
        reply(asker, request, result) { ControlAnswer(ok: true, metrics: metrics($0)) }
      }
    case .events: answer(asker, request, .done("events follow"))
    case .reload: reload(asker, request)
    case .standby(let group, let force): ask(.standby, group, force: force, asker, request)
    case .available(let group): ask(.available, group, force: false, asker, request)
    case .takeover(let group, let force): ask(.takeover, group, force: force, asker, request)
    case .failBack(let group): ask(.failBack, group, force: false, asker, request)
    }
  }

  private func reload(_ asker: ControlServer.Asker, _ request: ControlRequest) {
    if agent.isEnding() { return answer(asker, request, .failed(.refused("the agent is stopping", hint: nil))) }
    wantedReloads.append((asker, request))
    agent.wantReload(server?.operatorBehind(asker))
  }

  private func ask(
    _ what: Request, _ name: String?, force: Bool, _ asker: ControlServer.Asker, _ request: ControlRequest
  ) {
    let groups = agent.currentPlan().groups
    if let name, !groups.contains(where: { $0.name == name }) {
      return answer(asker, request, .failed(.unknownGroup(name, known: groups.map(\.name))))
    }
    let ticket = operations.begin(request, by: asker, at: .now)
    let tag = name.map { Tag(of: $0) } ?? .none
    let command = HeartbeatCommand.request(what, tag, force: force, ticket: ticket, by: server?.operatorBehind(asker))
    if agent.command(command) { return }
    if let shutdown = operations.decidedAll(ticket) { answer((shutdown.operation, .failed(.noAnswer))) }
  }

  /// Gets a status, at once where there is a fresh one.
  func withStatus(_ deliver: @escaping (Result<Status, ControlError>) -> Void) {
    let now = Instant.now
    if let last, now - last.at <= Self.freshness { return deliver(.success(last.status)) }
    waiting.append(Waiting(deliver: deliver, since: now))
    guard !isFilling else { return }
    isFilling = agent.command(.snapshot(SnapshotReference(room)))
  }

  // MARK: - Notices of the heartbeat thread

  /// The snapshot is there.
  func filled(number: Int) {
    isFilling = false
    let delivered = waiting
    waiting = []
    guard let generation = agent.generation(number) else {
      for one in delivered { one.deliver(.failure(.noAnswer)) }
      return
    }
    var status = agent.status(generation, room.snapshot)
    if let server { status.counters.count(server) }
    last = (status, .now)
    for one in delivered { one.deliver(.success(status)) }
  }

  /// Something has changed: what was known before is not fresh, however new.
  func forget() { last = nil }

  /// The core has decided on a request; see ``HeartbeatNotice``.
  func decided(_ ticket: UInt32, _ request: Request, _ group: GroupAddresses?, refusal: Refusal?, reason: String?) {
    if let group {
      operations.decided(
        ticket, group, refusal: reason, canForce: refusal.map { $0.canBeForced(request) } ?? false,
        isForWantOfOthers: refusal == .nobodyCanTakeIt)
    } else if let shutdown = operations.decidedAll(ticket) {
      answer(shutdown)
    }
  }

  /// A request has come to its end.
  func settled(_ request: Request, _ group: GroupAddresses, failure: String?) {
    for shutdown in operations.settled(request, group, failure: failure, at: .now) { answer(shutdown) }
  }

  /// The configuration is read anew now, for all who have asked so far.
  func reloadBegins() {
    forget()
    reloads += wantedReloads
    wantedReloads = []
  }

  /// It is in force.
  /// - Parameter lines: what the log says about it.
  func reloaded(_ lines: [String]) { answerReloads(.done(lines.joined(separator: "\n"))) }

  /// It was refused.
  func reloadRefused(_ complaint: String) {
    answerReloads(.failed(.failed("\(complaint)\nthe running configuration stays in force", hint: nil)))
  }

  private func answerReloads(_ answer: ControlAnswer) {
    let askers = reloads
    reloads = []
    for (asker, request) in askers { self.answer(asker, request, answer) }
  }

  // MARK: - Events

  /// Tells those who follow events what was said.
  func publish(_ entry: LogQueue.Entry) {
    guard let server, server.hasSubscribers else { return }
    if entry.droppedBefore > 0 { server.publish(EventRecord(missing: entry.droppedBefore), at: .now) }
    if let line = entry.line { server.publish(EventRecord(line), at: .now) }
  }

  // MARK: - Answers

  private func reply(
    _ asker: ControlServer.Asker, _ request: ControlRequest, _ result: Result<Status, ControlError>,
    _ make: (Status) -> ControlAnswer
  ) {
    switch result {
    case .success(let status): answer(asker, request, make(status))
    case .failure(let error): answer(asker, request, .failed(error))
    }
  }

  private func answer(_ shutdown: Operations.Ending) {
    let (operation, answer) = shutdown
    guard !operation.wanting.isEmpty else { return self.answer(operation.asker, operation.request, answer) }
    // Why nobody could take it is in the status, node by node.
    withStatus { [unowned self] result in
      var answer = answer
      if case .success(let status) = result { answer.error?.message += status.obstacles(to: operation.wanting) }
      self.answer(operation.asker, operation.request, answer)
    }
  }

  private func answer(_ asker: ControlServer.Asker, _ request: ControlRequest, _ answer: ControlAnswer) {
    server?.answer(asker, answer, to: request, at: .now)
  }
}

extension AgentCounters {
  /// Adds the clients of the socket.
  fileprivate mutating func count(_ server: ControlServer) {
    controlClients = UInt64(server.clientCount)
    controlClientsServed = server.counts.served
    controlClientsRefused = server.counts.refused
    controlClientsDropped = server.counts.dropped
    controlRequestsRefused = server.counts.requestsRefused
  }
}

extension Status {
  /// Why the other nodes cannot take these groups, a line a node.
  fileprivate func obstacles(to names: Set<String>) -> String {
    groups.filter { names.contains($0.name) }
      .flatMap { group in group.nodes.compactMap { node in node.reason.map { "\n  \(node.node): \($0)" } } }
      .joined()
  }
}

import Glibc
import Linux
import Support
import TakeoverCore

/// The control socket: takes connections, cuts what they say into requests, hands them on, and carries answers and
/// events back.
///
/// It lives on the main thread and never waits. Whatever clients do costs that thread bounded time and memory: a number of
/// connections, a request a turn from each, 4 KiB of it, a backlog for each. Nothing of it reaches the heartbeat thread
/// but the commands of those who may give them, and a request for its numbers at most every 20 ms.
package final class ControlServer {
  /// Who is to get an answer.
  package struct Asker: Hashable, Sendable {
    fileprivate let place: Int
    fileprivate let serial: UInt64
  }

  /// What the server has counted.
  package struct Counts: Equatable, Sendable {
    /// Connections taken.
    package var served: UInt64 = 0
    /// Connections refused: of those who may not even ask.
    package var refused: UInt64 = 0
    /// Connections ended by the agent: too slow, idle for too long, or in the way of another.
    package var dropped: UInt64 = 0
    /// Requests refused: malformed, unknown, forbidden.
    package var requestsRefused: UInt64 = 0
  }

  private static let listenerToken: UInt32 = 1_000
  /// So many connections at once, and so many of them subscribers: there is always room for somebody who asks.
  static let maximumClients = 48, maximumSubscribers = 16
  /// So many more of each for root: whoever may ask cannot keep out who has to mend things.
  static let placesForRoot = 4
  /// A connection on which nothing moves for so long is ended, unless it waits for events.
  private static let patience = Interval.seconds(30)
  /// So long nobody is admitted when the process has no descriptor left.
  private static let pause = Interval.seconds(1)

  package var permissions: Permissions
  package private(set) var counts = Counts()
  /// Does what a request asks for, and answers, now or later.
  package var handler: (ControlRequest, Asker) -> Void = { _, _ in }

  private let listener: ControlListener
  private let poller: Poller
  private var clients: [ControlClient?] = Array(
    repeating: nil, count: ControlServer.maximumClients + ControlServer.placesForRoot)
  private var serial: UInt64 = 0
  private var isServingLines = false
  private var pausedUntil = Instant.never

  /// - Throws: see ``ControlListener/init(path:)``.
  package init(path: String, permissions: Permissions) throws(SystemError) {
    self.permissions = permissions
    listener = try ControlListener(path: path)
    poller = try Poller()
    try poller.watch(listener.descriptor.raw, as: Self.listenerToken)
  }

  package var path: String { listener.path }
  /// Readable when there is something to serve.
  package var descriptor: Int32 { poller.raw }
  /// How many connections there are.
  package var clientCount: Int { clients.count { $0 != nil } }
  /// Whether nobody is admitted for a while; ``serve(at:)`` ends it.
  package var isPaused: Bool { pausedUntil != .never }
  /// Whether anybody follows events.
  package var hasSubscribers: Bool { clients.contains { $0?.isSubscriber == true } }

  /// Serves whoever is ready, once.
  package func serve(at now: Instant) {
    if isPaused, now >= pausedUntil { resume() }
    var ready: [UInt32] = []
    poller.wait(timeoutMilliseconds: 0) { ready.append($0) }
    for token in ready {
      if token == Self.listenerToken { admit(at: now) } else { serve(Int(token), at: now) }
    }
    expire(at: now)
  }

  /// Answers a request; whoever has gone meanwhile does not get it.
  package func answer(_ asker: Asker, _ answer: ControlAnswer, to request: ControlRequest, at now: Instant) {
    guard let client = clients[asker.place], client.serial == asker.serial else { return }
    var answer = answer
    answer.id = request.id
    if case .events = request.verb, answer.ok == true { client.subscribe() }
    settle(client.say(answer.line, at: now), asker.place)
    // An answer given at once is given from within the loop over the lines; one that comes later resumes it.
    if !isServingLines { serveLines(asker.place, at: now) }
  }

  /// Who is asking; nil where he has gone meanwhile.
  package func operatorBehind(_ asker: Asker) -> Operator? {
    guard let client = clients[asker.place], client.serial == asker.serial else { return nil }
    return Operator(client.peer, on: client.socket.raw)
  }

  /// Tells an event to all who follow events. Who does not read is dropped.
  package func publish(_ event: EventRecord, at now: Instant) {
    guard hasSubscribers else { return }
    let line = ControlAnswer(event: event).line
    for (place, client) in clients.enumerated() {
      guard let client, client.isSubscriber else { continue }
      if client.say(line, at: now, isAnswer: false) == .ended { drop(place) } else { rewatch(place) }
    }
  }

  /// Ends all connections, with what waits for them as far as they take it, and takes the socket away.
  package func close() {
    for place in clients.indices { remove(place) }
    poller.forget(listener.descriptor.raw)
    listener.remove()
  }

  // MARK: - Connections

  private func admit(at now: Instant) {
    do throws(SystemError) {
      // As many at a time as there are places: the others wait for the next turn.
      for _ in 0..<Self.maximumClients {
        guard let socket = try listener.accept() else { return }
        admit(socket, at: now)
      }
    } catch {
      // Without a descriptor nobody can be taken in nor turned away; he stays readable meanwhile.
      poller.forget(listener.descriptor.raw)
      pausedUntil = now + Self.pause
    }
  }

  private func resume() {
    do throws(SystemError) {
      try poller.watch(listener.descriptor.raw, as: Self.listenerToken)
      pausedUntil = .never
    } catch {
      pausedUntil = .now + Self.pause
    }
  }

  private func admit(_ socket: consuming Descriptor, at now: Instant) {
    let peer: PeerCredentials
    do throws(SystemError) {
      peer = try PeerCredentials(of: socket.raw)
    } catch {
      return
    }
    serial += 1
    let client = ControlClient(socket, peer: peer, serial: serial, at: now)
    guard permissions.allow(peer, command: false) else {
      counts.refused += 1
      // It is told, if it listens now; it does not get a place.
      _ = client.say(ControlAnswer.failed(Self.forbidden(peer, to: "ask")).line, at: now)
      return
    }
    guard let place = place(for: peer) else {
      counts.refused += 1
      _ = client.say(ControlAnswer.failed(.busy("\(Self.maximumClients) clients are being served")).line, at: now)
      return
    }
    do throws(SystemError) {
      try poller.watch(client.socket.raw, as: UInt32(place))
    } catch {
      return
    }
    clients[place] = client
    counts.served += 1
    serve(place, at: now)
  }

  /// A place for somebody, of those that are not kept for root; nil where there is none.
  private func place(for peer: PeerCredentials) -> Int? {
    let others = clients.indices.filter { clients[$0].map { !$0.peer.isRoot } ?? false }
    if !peer.isRoot, others.count >= Self.maximumClients { return makeRoom(among: others) }
    return clients.firstIndex { $0 == nil } ?? makeRoom(among: peer.isRoot ? Array(clients.indices) : others)
  }

  /// The place of the connection that has been idle for longest; nil where all are at work.
  private func makeRoom(among places: [Int]) -> Int? {
    let idle = places.filter { place in
      guard let client = clients[place] else { return false }
      return !client.isSubscriber && !client.isPending
    }
    func progress(_ place: Int) -> Int64 { clients[place]?.lastProgress.nanoseconds ?? 0 }
    guard let place = idle.min(by: { progress($0) < progress($1) }) else { return nil }
    drop(place)
    return place
  }

  private func serve(_ place: Int, at now: Instant) {
    guard let client = clients[place] else { return }
    // Reported although it waits for nothing: the other side is gone.
    guard !client.interest.isEmpty else { return remove(place) }
    if client.interest.contains(.output), client.flush(at: now) == .ended { return remove(place) }
    if client.interest.contains(.input), client.receive(at: now) == .ended { return remove(place) }
    serveLines(place, at: now)
  }

  /// One request after the other: the next one waits until the answer to the one before has left.
  private func serveLines(_ place: Int, at now: Instant) {
    guard let client = clients[place] else { return }
    isServingLines = true
    defer { isServingLines = false }
    do throws(ControlError) {
      while let line = try client.nextLine() {
        if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
        client.begin()
        take(line, from: client, at: place, at: now)
        guard clients[place] === client else { return }
      }
    } catch {
      counts.requestsRefused += 1
      client.finish()
      return settle(client.say(ControlAnswer.failed(error).line, at: now), place)
    }
    if clients[place] === client { settle(client.flush(at: now), place) }
  }

  private func take(_ line: [UInt8], from client: ControlClient, at place: Int, at now: Instant) {
    do throws(ControlError) {
      let request = try ControlRequest.parse(line)
      if request.isCommand, !permissions.allow(client.peer, command: true) {
        throw Self.forbidden(client.peer, to: "command")
      }
      if case .events = request.verb, !hasRoom(forSubscriber: client.peer) {
        throw .busy("\(Self.maximumSubscribers) clients follow events already")
      }
      handler(request, Asker(place: place, serial: client.serial))
    } catch {
      counts.requestsRefused += 1
      settle(client.say(ControlAnswer.failed(error).line, at: now), place)
    }
  }

  private func hasRoom(forSubscriber peer: PeerCredentials) -> Bool {
    let subscribers = clients.compactMap(\.self).filter(\.isSubscriber)
    return peer.isRoot
      ? subscribers.count < Self.maximumSubscribers + Self.placesForRoot
      : subscribers.count { !$0.peer.isRoot } < Self.maximumSubscribers
  }

  private func settle(_ condition: ControlClient.Condition, _ place: Int) {
    if condition == .ended { remove(place) } else { rewatch(place) }
  }

  private func rewatch(_ place: Int) {
    guard let client = clients[place] else { return }
    do throws(SystemError) {
      try poller.rewatch(client.socket.raw, for: client.interest, as: UInt32(place))
    } catch {
      remove(place)
    }
  }

  private func expire(at now: Instant) {
    for place in clients.indices {
      guard let client = clients[place], !client.isSubscriber, !client.isPending else { continue }
      if now - client.lastProgress > Self.patience { drop(place) }
    }
  }

  private func drop(_ place: Int) {
    counts.dropped += 1
    remove(place)
  }

  private func remove(_ place: Int) {
    guard let client = clients[place] else { return }
    poller.forget(client.socket.raw)
    clients[place] = nil
  }

  private static func forbidden(_ peer: PeerCredentials, to verb: String) -> ControlError {
    .forbidden(
      "user \(peer.user) may not \(verb)",
      hint: verb == "ask"
        ? "ask as root, or be in the agent's group, or be named in [control] ask"
        : "command as root or as the agent's user, or be named in [control] command")
  }
}

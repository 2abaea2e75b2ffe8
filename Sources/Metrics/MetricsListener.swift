import CLinux
import Configuration
import Glibc
import Linux
import Netlink
import TakeoverCore

/// Answers HTTP requests for the metrics: `GET /metrics`, and a page at `/` that says so.
///
/// It lives on the main thread and never waits. Whatever is done to its port costs that thread bounded time and memory:
/// so many connections, a few new ones a turn, 4 KiB a turn from each, 8 KiB of a request, ten seconds. When all places
/// are taken the oldest connection goes: it has had its time, and whoever wants to keep the port from others would have to
/// be faster than they are. Nothing of it reaches the heartbeat thread but a request for its numbers now and then.
package final class MetricsListener {
  /// Who is to get an answer.
  package struct Asker: Hashable, Sendable {
    fileprivate let place: Int
    fileprivate let serial: UInt64
  }

  /// What the listener has counted.
  package struct Counts: Equatable, Sendable {
    /// Connections taken.
    var connections: UInt64 = 0
    /// Connections ended by the agent: too slow, or in the way of another.
    var dropped: UInt64 = 0
    var responses: [HTTPStatus: UInt64] = [:]

    package init(connections: UInt64 = 0, dropped: UInt64 = 0, responses: [HTTPStatus: UInt64] = [:]) {
      (self.connections, self.dropped, self.responses) = (connections, dropped, responses)
    }
  }

  static let maximumConnections = 16
  /// So few at a time that a connection is served before newer ones could push it out.
  private static let admittedAtOnce = 4
  /// How long to leave it when the process has no descriptors left.
  private static let pause = Interval.seconds(1)
  private static let listenerToken: UInt32 = 1_000, timerToken: UInt32 = 1_001

  /// Makes the metrics and answers, now or later.
  package var handler: (Asker) -> Void = { _ in }
  package private(set) var counts = Counts()
  /// Where it listens; nil where nowhere.
  package private(set) var settings: MetricsSettings?

  private let poller: Poller
  private let timer: TimerDescriptor
  private var listener: Descriptor?
  private var connections: [MetricsConnection?] = Array(repeating: nil, count: MetricsListener.maximumConnections)
  private var serial: UInt64 = 0
  private var resumesAt = Instant.never

  /// Listens nowhere yet.
  package init() throws(SystemError) {
    poller = try Poller()
    timer = try TimerDescriptor()
    try poller.watch(timer.descriptor.raw, as: Self.timerToken)
  }

  /// Readable when there is something to serve.
  package var descriptor: Int32 { poller.raw }

  /// Listens here from now on, and nowhere else; where it does already, nothing changes.
  /// - Throws: what the kernel said: `EADDRINUSE`, mostly. It listens nowhere then.
  package func listen(on settings: MetricsSettings?) throws(SystemError) {
    guard settings != self.settings else { return }
    if let raw = listener?.raw { poller.forget(raw) }
    listener = nil
    self.settings = nil
    resumesAt = .never
    for place in connections.indices { remove(place) }
    guard let settings else { return }
    let socket = try ListeningSocket.open(settings)
    try poller.watch(socket.raw, as: Self.listenerToken)
    listener = consume socket
    self.settings = settings
  }

  /// Serves whoever is ready, once.
  package func serve(at now: Instant) {
    var ready: [UInt32] = []
    poller.wait(timeoutMilliseconds: 0) { ready.append($0) }
    guard !ready.isEmpty else { return }
    for token in ready where token < Self.maximumConnections { serve(Int(token)) }
    if ready.contains(Self.listenerToken) { admit(at: now) }
    expire(at: now)
  }

  /// Answers with the metrics, or says that there are none; whoever has gone meanwhile does not get it.
  /// - Parameter text: nil where the heartbeat thread did not answer.
  package func answer(_ asker: Asker, _ text: String?) {
    guard let connection = connections[asker.place], connection.serial == asker.serial else { return }
    if let text {
      respond(HTTPResponse(.ok, mediaType: MetricsText.mediaType, body: text), asker.place)
    } else {
      respond(HTTPResponse(.unavailable, body: "the heartbeat thread does not answer\n"), asker.place)
    }
  }

  // MARK: - Requests

  private func serve(_ place: Int) {
    guard let connection = connections[place] else { return }
    do throws(HTTPStatus) {
      if let request = try connection.proceed() { try take(request, at: place, serial: connection.serial) }
      settle(place)
    } catch {
      respond(HTTPResponse(error), place)
    }
  }

  private func take(_ request: HTTPRequest, at place: Int, serial: UInt64) throws(HTTPStatus) {
    guard ["/", "/metrics"].contains(request.path) else { throw .notFound }
    guard ["GET", "HEAD"].contains(request.method) else { throw .methodNotAllowed }
    if request.path == "/metrics" { return handler(Asker(place: place, serial: serial)) }
    let page = "<!doctype html><title>vipagent</title><p>vipagent: <a href=\"/metrics\">metrics</a></p>\n"
    respond(HTTPResponse(.ok, mediaType: "text/html; charset=utf-8", body: page), place)
  }

  private func respond(_ response: HTTPResponse, _ place: Int) {
    counts.responses[response.status, default: 0] += 1
    connections[place]?.respond(response)
    settle(place)
  }

  // MARK: - Connections

  private func admit(at now: Instant) {
    for _ in 0..<Self.admittedAtOnce {
      guard let raw = listener?.raw else { return }
      do throws(SystemError) {
        admit(try Descriptor(clinux_accept(raw), "accept"), at: now)
      } catch {
        // Out of descriptors or memory: asking again at once would keep the thread busy with nothing.
        if ![EAGAIN, EINTR, ECONNABORTED].contains(error.errno.rawValue) { pause(at: now) }
        return
      }
    }
  }

  private func admit(_ socket: consuming Descriptor, at now: Instant) {
    let place = connections.firstIndex { $0 == nil } ?? makeRoom()
    serial += 1
    counts.connections += 1
    let connection = MetricsConnection(socket, serial: serial, at: now)
    guard (try? poller.watch(connection.socket.raw, as: UInt32(place))) != nil else { return }
    connections[place] = connection
    serve(place)
  }

  /// The place of the oldest connection, which ends.
  private func makeRoom() -> Int {
    func age(_ place: Int) -> UInt64 { connections[place]?.serial ?? 0 }
    let place = connections.indices.min { age($0) < age($1) } ?? 0
    drop(place)
    return place
  }

  private func pause(at now: Instant) {
    guard let listener = listener?.raw else { return }
    resumesAt = now + Self.pause
    poller.forget(listener)
  }

  private func expire(at now: Instant) {
    for place in connections.indices {
      if let connection = connections[place], connection.deadline <= now { drop(place) }
    }
    if resumesAt <= now, let listener = listener?.raw {
      resumesAt = .never
      do throws(SystemError) { try poller.watch(listener, as: Self.listenerToken) } catch { pause(at: now) }
    }
    let next = connections.compactMap { $0?.deadline }.min() ?? .never
    timer.arm(at: min(next, resumesAt) == .never ? nil : min(next, resumesAt).nanoseconds)
  }

  private func settle(_ place: Int) {
    guard let connection = connections[place] else { return }
    guard connection.stage != .ended else { return remove(place) }
    do throws(SystemError) {
      try poller.rewatch(connection.socket.raw, for: connection.interest, as: UInt32(place))
    } catch {
      remove(place)
    }
  }

  private func drop(_ place: Int) {
    counts.dropped += 1
    connections[place]?.abort()
    remove(place)
  }

  private func remove(_ place: Int) {
    guard let connection = connections[place] else { return }
    poller.forget(connection.socket.raw)
    connections[place] = nil
  }
}

/// A TCP socket that listens (`tcp(7)`).
private enum ListeningSocket {
  static func open(_ settings: MetricsSettings) throws(SystemError) -> Descriptor {
    let isV6 = settings.address.family == .v6
    let socket = try Descriptor(
      Glibc.socket(
        isV6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0),
      "socket")
    let raw = socket.raw
    // The connections of an agent that has just ended do not keep its successor out.
    try set(SOL_SOCKET, SO_REUSEADDR, on: raw, "SO_REUSEADDR")
    // The agent may be there before the address.
    try set(Int32(IPPROTO_IP), IP_FREEBIND, on: raw, "IP_FREEBIND")
    try retryOnInterrupt("bind", on: settings.text) { settings.withSocketAddress { bind(raw, $0, $1) } }
    try retryOnInterrupt("listen", on: settings.text) { Glibc.listen(raw, 64) }
    return socket
  }

  private static func set(_ level: Int32, _ option: Int32, on raw: Int32, _ name: String) throws(SystemError) {
    var one: Int32 = 1
    try retryOnInterrupt("set", on: name) { setsockopt(raw, level, option, &one, socklen_t(MemoryLayout<Int32>.size)) }
  }
}

extension MetricsSettings {
  /// The address and the port as the socket calls want them.
  func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var storage = sockaddr_storage()
    let length = withUnsafeMutableBytes(of: &storage) { bytes in
      bytes.storeBytes(of: sa_family_t(address.family.rawValue), as: sa_family_t.self)
      bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
      // sin_addr stands right behind the port, sin6_addr behind the flow information (`ip(7)`, `ipv6(7)`).
      let isV6 = address.family == .v6
      address.withBytes { UnsafeMutableRawBufferPointer(rebasing: bytes[(isV6 ? 8 : 4)...]).copyMemory(from: $0) }
      return isV6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
    }
    return withUnsafePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
    }
  }
}

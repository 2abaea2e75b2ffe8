import Control
import Glibc
import Status
import TakeoverCore

/// What a live view shows, kept fresh over two connections to the agent: one asks for the status, one follows events. It
/// never waits for the agent, and looks for it again when it has gone.
final class LiveSource {
  /// So many events are remembered.
  private static let eventLimit = 100
  /// Between two looks at the status, and between two attempts to connect. An event brings the next look nearer.
  private static let interval = Interval.seconds(1), afterEvent = Interval.milliseconds(100)
  /// An agent that has not answered for so long is shown as one that does not.
  private static let patience = Interval.seconds(5)

  let path: String
  /// What the agent said last; nil where there is none.
  private(set) var status: Status?
  /// Why there is none.
  private(set) var problem: String?
  /// The newest last.
  private(set) var events: [EventRecord] = []
  private var asking: ControlConnection?
  private var following: ControlConnection?
  /// Since when an answer is due.
  private var askedAt: Instant?
  private var nextLook = Instant.origin

  init(path: String) { self.path = path }

  /// What to wait for.
  var descriptors: [Int32] { [asking, following].compactMap { $0?.descriptor } }

  /// When ``advance(at:)`` has something to do, unless something is received before.
  var deadline: Instant { askedAt.map { $0 + Self.patience } ?? nextLook }

  /// Connects, or asks, where it is time to.
  func advance(at now: Instant) {
    if let askedAt, now >= askedAt + Self.patience { return lose(.silent(path), at: now) }
    guard askedAt == nil, now >= nextLook else { return }
    do throws(ControlConnectionError) {
      if asking == nil { try connect() }
      try asking?.send(ControlRequest(verb: .status))
      askedAt = now
    } catch {
      // It may have said why before it hung up.
      if asking != nil, receive(at: now) { return }
      lose(error, at: now)
    }
  }

  /// Takes what has come.
  /// - Returns: whether there is anything new to show.
  @discardableResult
  func receive(at now: Instant) -> Bool {
    var isNew = false
    do throws(ControlConnectionError) {
      for connection in [asking, following].compactMap(\.self) where connection.hasInput {
        try connection.receive()
        while let answer = try connection.takeAnswer() {
          take(answer, at: now)
          isNew = true
        }
      }
    } catch {
      // Said why already: that tells more.
      if problem == nil { lose(error, at: now) } else { disconnect(at: now) }
      return true
    }
    return isNew
  }

  private func connect() throws(ControlConnectionError) {
    let (asking, following) = (try ControlConnection(path: path), try ControlConnection(path: path))
    try? following.send(ControlRequest(verb: .events))
    (self.asking, self.following) = (asking, following)
  }

  private func take(_ answer: ControlAnswer, at now: Instant) {
    if let event = answer.event {
      events = (events + [event]).suffix(Self.eventLimit)
      nextLook = min(nextLook, now + Self.afterEvent)
    } else if let status = answer.status {
      (self.status, problem, askedAt) = (status, nil, nil)
      nextLook = now + Self.interval
    } else if let error = answer.error {
      (status, problem, askedAt) = (nil, CommandFailure(error).text, nil)
      nextLook = now + Self.interval
    }
  }

  private func lose(_ error: ControlConnectionError, at now: Instant) {
    problem = "\(error)".split(separator: "\n").first.map(String.init)
    disconnect(at: now)
  }

  private func disconnect(at now: Instant) {
    (status, askedAt, asking, following) = (nil, nil, nil, nil)
    nextLook = now + Self.interval
  }
}

extension ControlConnection {
  /// Whether something, or the end, can be read now.
  fileprivate var hasInput: Bool {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&wanted, 1, 0) > 0
  }
}

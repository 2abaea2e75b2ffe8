import CLinux
import Engine
import Glibc
import Linux
import Log
import Status
import Support
import TakeoverCore

/// Tells the service manager how the agent is: when it has joined its cluster, in one line what it does, and again and
/// again that its heartbeat thread lives (`sd_notify(3)`).
///
/// It belongs to the main thread, which asks for a status when ``wantsStatus(at:)`` says so, and calls ``tick(at:)``.
final class ServiceReporter {
  /// What the environment of a service says (`sd_notify(3)`, `sd_watchdog_enabled(3)`).
  struct Environment {
    /// `NOTIFY_SOCKET`.
    var socket: String
    /// `WATCHDOG_USEC`: without a sign of life for this long the manager ends the agent; nil where it does not watch.
    var watchdog: Interval?

    /// Nil where nobody wants to be told.
    init?(_ variable: (String) -> String?) {
      guard let socket = variable("NOTIFY_SOCKET"), !socket.isEmpty else { return nil }
      self.socket = socket
      // A child of a service inherits the variables, but is not the one that is watched.
      let isMeant = variable("WATCHDOG_PID").map { $0 == "\(getpid())" } ?? true
      if isMeant, let microseconds = variable("WATCHDOG_USEC").flatMap({ Int64($0) }), microseconds > 0 {
        watchdog = .microseconds(min(microseconds, 1 << 50))
      }
    }
  }

  /// What changes without a report, such as a peer that is no longer ready, is in the line this much later.
  private static let refresh = Interval.seconds(1)
  /// Changes that come faster than this are told together.
  private static let hurry = Interval.milliseconds(50)
  /// While it joins, which takes as long as the devices and initdead take, the agent asks for this much more time
  /// whenever it has shown that it lives.
  private static let extensionTime = Interval.seconds(10)

  private var socket: NotifySocket
  private let liveness: ThreadLiveness
  /// Makes the heartbeat thread run once: it may have nothing to do for a whole keepalive of a minute.
  private let prod: () -> Void
  private let period: Interval
  private let isWatched: Bool
  /// What the manager had no room for yet, the oldest first.
  private var unsaid: [String] = []
  private var line = ""
  private var isReady = false
  private var isReloading = false
  private var isEnding = false
  private var lastProof = Int64.min
  private var nextProof: Instant
  private var nextStatus: Instant

  /// - Throws: why the socket cannot be used; the agent runs all the same.
  init(_ environment: Environment, liveness: ThreadLiveness, prod: @escaping () -> Void) throws(SystemError) {
    socket = try NotifySocket(environment.socket)
    self.liveness = liveness
    self.prod = prod
    isWatched = environment.watchdog != nil
    // Four times within the manager's patience: one that comes late is no reason to end anybody.
    period = min(.seconds(1), Interval(nanoseconds: (environment.watchdog ?? .seconds(4)).nanoseconds / 4))
    (nextProof, nextStatus) = (.now, .now)
  }

  // MARK: - Driven by the main thread

  /// How many milliseconds the main thread may wait before ``tick(at:)`` is due.
  func timeout(at now: Instant) -> Int32 {
    if !unsaid.isEmpty { return 10 }
    let wait = (min(nextProof, isEnding ? .never : nextStatus) - now).nanoseconds
    return Int32(clamping: max(0, (wait + 999_999) / 1_000_000))
  }

  /// Something has happened: the line may not be true any more.
  func invalidate(at now: Instant) { nextStatus = min(nextStatus, max(now, lastStatus + Self.hurry)) }

  /// Whether a status is wanted now; asking counts as getting one.
  func wantsStatus(at now: Instant) -> Bool {
    guard !isEnding, now >= nextStatus else { return false }
    lastStatus = now
    nextStatus = now + Self.refresh
    return true
  }

  private var lastStatus = Instant.origin

  /// Says what is due: that the heartbeat thread has run since the last time, if it has.
  func tick(at now: Instant) {
    flush()
    guard now >= nextProof else { return }
    nextProof = now + period
    // What the thread has done in this period, be it because it was prodded at the beginning of it.
    let proof = liveness.latest
    let lives = proof > lastProof
    lastProof = proof
    prod()
    guard lives, !isEnding else { return }
    if !isReady {
      say("EXTEND_TIMEOUT_USEC=\(Self.extensionTime.nanoseconds / 1_000)")
    } else if isWatched {
      say("WATCHDOG=1")
    }
  }

  // MARK: - What happens

  /// Takes the status that was wanted.
  func take(_ status: Status) {
    guard !isEnding else { return }
    let becomesReady = !isReady && status.hasJoined
    isReady = isReady || becomesReady
    let line = isReady ? status.serviceLine : status.joiningLine
    guard becomesReady || line != self.line else { return }
    self.line = line
    say("\(becomesReady ? "READY=1\n" : "")STATUS=\(line)")
  }

  /// A reload begins. Before the agent is ready there is nothing that a manager could take for reloading.
  func reloads() {
    guard isReady, !isReloading, !isEnding else { return }
    isReloading = true
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    say("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1_000)")
  }

  /// The reload is over, with whatever outcome: there is a configuration in force.
  func hasReloaded() {
    guard isReloading, !isEnding else { return }
    isReloading = false
    say("READY=1")
    invalidate(at: .now)
  }

  /// The agent ends; this is the last that is heard of it.
  func ends(_ line: String) {
    guard !isEnding else { return }
    isEnding = true
    say("STOPPING=1\nSTATUS=\(line)")
  }

  // MARK: - The socket

  private func say(_ message: String) {
    unsaid.append(message)
    flush()
  }

  /// A manager that does not read for long gets no more than this; it has other troubles.
  private static let backlog = 32

  private func flush() {
    while let message = unsaid.first {
      let failure = socket.send(message)
      // Only what may pass is worth another try: a manager that is gone will not come back to this socket.
      if failure?.rawValue == EAGAIN || failure?.rawValue == ENOBUFS { break }
      unsaid.removeFirst()
    }
    if unsaid.count > Self.backlog { unsaid.removeAll { !$0.hasPrefix("READY") && !$0.hasPrefix("STOPPING") } }
  }
}

extension ServiceReporter {
  /// What tells whoever has started this process, where that wants to be told and can be.
  static func asTheEnvironmentWants(
    _ liveness: ThreadLiveness, _ commands: Mailbox<HeartbeatCommand>, _ log: Log
  ) -> ServiceReporter? {
    let environment = Environment { name in getenv(name).map { String(cString: $0) } }
    guard let environment else { return nil }
    do throws(SystemError) {
      // An empty command: the thread wakes, finds nothing, and has run.
      return try ServiceReporter(environment, liveness: liveness) { commands.wakeup.signal() }
    } catch {
      log.write(.serviceManagerUnavailable("\(error)"))
      return nil
    }
  }
}

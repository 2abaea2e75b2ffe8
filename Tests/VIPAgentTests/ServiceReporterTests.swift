import CLinux
import Glibc
import Linux
import TakeoverCore
import Testing

@testable import Agent
@testable import Control
@testable import Engine
@testable import Status
@testable import Support

/// Who is fed, when: the heartbeat thread is a pulse in the test's hand, the service manager a socket of the test's own.
@Suite struct ServiceReporterTests {
  private final class Counter {
    var count = 0
  }

  /// A socket in the file system, and a reporter that speaks to it.
  private final class Rig {
    let path: String
    let liveness = ThreadLiveness()
    let prods = Counter()
    let reporter: ServiceReporter
    private let descriptor: Descriptor

    init(watchdog: Interval?) throws {
      let path = "/tmp/vipagent-notify-\(getpid())-\(UInt64.random(in: 0 ... .max))"
      self.path = path
      descriptor = try Descriptor(
        socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
      var address = try UnixAddress(path)
      let raw = descriptor.raw
      try #require(address.withPointer { bind(raw, $0, $1) } == 0)
      var environment = try #require(ServiceReporter.Environment { $0 == "NOTIFY_SOCKET" ? path : nil })
      environment.watchdog = watchdog
      reporter = try ServiceReporter(environment, liveness: liveness) { [prods] in prods.count += 1 }
    }

    deinit { unlink(path) }

    /// What was said since the last time.
    func hear() -> [String] {
      var buffer = [UInt8](repeating: 0, count: 4096)
      var messages: [String] = []
      while true {
        let count = recv(descriptor.raw, &buffer, buffer.count, 0)
        guard count > 0 else { return messages }
        messages.append(String(decoding: buffer[..<count], as: UTF8.self))
      }
    }
  }

  private static func status(role: String = "owner", owner: String? = "a", reload: String? = nil) -> Status {
    .sample(role: role, owner: owner, reloadRefused: reload)
  }

  @Test func onlyAHeartbeatThreadThatRanFeedsTheWatchdog() throws {
    let rig = try Rig(watchdog: .seconds(2))
    rig.reporter.take(Self.status())
    #expect(rig.hear() == ["READY=1\nSTATUS=owner of 1 of 1 groups; no backup ready"])
    var now = Instant.now + .seconds(1)
    for beats in [true, true, false, false, true] {
      if beats { rig.liveness.beat(at: now.nanoseconds) }
      rig.reporter.tick(at: now)
      #expect(rig.hear() == (beats ? ["WATCHDOG=1"] : []))
      // Nothing more is due in the same period, whatever beats.
      rig.liveness.beat(at: now.nanoseconds)
      rig.reporter.tick(at: now + .milliseconds(499))
      #expect(rig.hear() == [])
      // What has beaten after the last look counts for the next one: look once, so that it does not.
      now = now + .milliseconds(500)
      rig.reporter.tick(at: now)
      _ = rig.hear()
      now = now + .milliseconds(500)
    }
    #expect(rig.prods.count == 10)
  }

  @Test func beforeItIsReadyItAsksForTimeInstead() throws {
    let rig = try Rig(watchdog: .seconds(2))
    rig.reporter.take(Self.status(role: "listening", owner: nil))
    #expect(rig.hear() == ["STATUS=joining: listening for who owns g"])
    rig.liveness.beat(at: 1)
    rig.reporter.tick(at: .now + .seconds(1))
    #expect(rig.hear() == ["EXTEND_TIMEOUT_USEC=10000000"])
    rig.reporter.reloads()
    rig.reporter.hasReloaded()
    #expect(rig.hear() == [], "a reload must not make it ready")
  }

  @Test func theLineIsSaidWhenItChanges() throws {
    let rig = try Rig(watchdog: nil)
    rig.reporter.take(Self.status())
    rig.reporter.take(Self.status())
    #expect(rig.hear().count == 1)
    rig.reporter.take(Self.status(reload: "no such file"))
    #expect(rig.hear() == ["STATUS=owner of 1 of 1 groups; no backup ready; the last reload was refused"])
    rig.liveness.beat(at: 1)
    rig.reporter.tick(at: .now + .seconds(1))
    #expect(rig.hear() == [], "nobody watches")
    rig.reporter.ends("bye")
    rig.reporter.take(Self.status())
    rig.reporter.hasReloaded()
    #expect(rig.hear() == ["STOPPING=1\nSTATUS=bye"])
  }

  /// A socket that is full takes it later, in order; the last words are never lost.
  @Test func whatAManagerDoesNotReadWaits() throws {
    let rig = try Rig(watchdog: nil)
    rig.reporter.take(Self.status())
    for round in 0..<1_000 { rig.reporter.take(Self.status(reload: round.isMultiple(of: 2) ? "no" : nil)) }
    rig.reporter.ends("bye")
    #expect(rig.reporter.timeout(at: .now) <= 10)
    var heard = rig.hear()
    #expect(heard.first?.hasPrefix("READY=1") == true)
    rig.reporter.tick(at: .now)
    heard += rig.hear()
    rig.reporter.tick(at: .now)
    heard += rig.hear()
    #expect(heard.last == "STOPPING=1\nSTATUS=bye")
  }

  @Test func theEnvironmentIsReadAsSystemdMeansIt() throws {
    func environment(_ variables: [String: String]) -> ServiceReporter.Environment? {
      ServiceReporter.Environment { variables[$0] }
    }
    #expect(environment([:]) == nil)
    #expect(environment(["NOTIFY_SOCKET": "", "WATCHDOG_USEC": "1"]) == nil)
    let mine = environment(["NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "\(getpid())"])
    #expect(mine?.watchdog == .seconds(2) && mine?.socket == "/n")
    #expect(environment(["NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "2000000"])?.watchdog == .seconds(2))
    for useless in ["0", "-1", "x", "", "99999999999999999999"] {
      #expect(environment(["NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": useless])?.watchdog == nil)
    }
    #expect(environment(["NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "\(Int64.max)"])?.watchdog != nil)
  }

  @Test(arguments: [
    ("success", "0", true), ("signal", "KILL", true), ("core-dump", "ABRT", true), ("watchdog", "ABRT", true),
    ("oom-kill", "KILL", true), ("exit-code", "1", true), ("exit-code", "78", false), ("timeout", "KILL", false),
    ("protocol", "0", false), ("", "", false),
  ])
  func afterAStopAddressesGoOnlyIfNobodyComes(_ result: String, _ status: String, _ leaves: Bool) {
    let after = AfterStop { ["SERVICE_RESULT": result, "EXIT_STATUS": status][$0] }
    #expect(after.leavesTheAddresses == leaves)
  }
}

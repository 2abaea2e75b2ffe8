import CLinux
import Glibc
import Lab
import Linux
import Netlink
import Testing

@testable import Configuration
@testable import Control
@testable import Metrics
@testable import Support

/// The port for metrics of a real agent, from the inside of its host.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1)))
struct AgentMetricsTests {
  static let director = "vipagent_group_owner{group=\"director\","

  /// Both agents run with a port for metrics, and loadb1 owns the address.
  static func withMetrics(listen: String = "127.0.0.1:9694", _ body: (AgentRig) throws -> Void) throws {
    var config = AgentConfig()
    config.controlLines = "[metrics]\nlisten = \"\(listen)\""
    try withAgents(config) { rig in
      try rig.startBoth()
      for balancer in rig.balancers {
        try balancer.waitForLine("metrics at http://\(listen)/metrics")
        let isSettled = try waitForSample(on: balancer, "vipagent_group_backup_ready{group=\"director\"}") { $0 == 1 }
        try #require(isSettled, "\(rig.transcript)")
      }
      try body(rig)
    }
  }

  /// Scrapes until a sample is as it shall be.
  static func waitForSample(on balancer: Balancer, _ sample: String, _ isReached: (Double) -> Bool) throws -> Bool {
    let deadline = BootClock.now() + 10_000_000_000
    while BootClock.now() < deadline {
      if let value = try Scraper.scrape(on: balancer.host)[sample], isReached(value) { return true }
    }
    return false
  }

  @Test func aScrapeTellsWhatTheStatusTells() throws {
    try Self.withMetrics { rig in
      let (head, body) = try Scraper.get(on: rig.loadb1.host)
      #expect(head.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
      #expect(head.contains("\r\nContent-Length: \(body.utf8.count)\r\n") && head.contains("\r\nConnection: close"))
      let owner = Scraper.samples(of: body), backup = try Scraper.scrape(on: rig.loadb2.host)
      for samples in [owner, backup] {
        #expect(samples["\(Self.director)node=\"loadb1\"}"] == 1 && samples["\(Self.director)node=\"loadb2\"}"] == 0)
        #expect(samples["vipagent_deadtime_seconds"] == 0.3 && samples["vipagent_realtime"] == 1)
      }
      #expect(owner["vipagent_group_role{group=\"director\",role=\"owner\"}"] == 1)
      #expect(backup["vipagent_group_role{group=\"director\",role=\"backup\"}"] == 1)
      #expect(owner["vipagent_info{cluster=\"loadb\",node=\"loadb1\",version=\"\(version)\"}"] == 1)
      let lease = try #require(owner["vipagent_group_lease_remaining_seconds{group=\"director\"}"])
      #expect(lease > 2 && lease <= 3)
      #expect(backup["vipagent_group_lease_remaining_seconds{group=\"director\"}"] == nil)
      #expect(owner["vipagent_peer_up{peer=\"loadb2\"}"] == 1)
      #expect(owner["vipagent_takeovers_total{group=\"director\",kind=\"start\"}"] == 1)
      var now = timespec()
      clock_gettime(CLOCK_REALTIME, &now)
      let started = try #require(owner["vipagent_start_time_seconds"])
      #expect(started <= Double(now.tv_sec + 1) && started > Double(now.tv_sec - 60))
      // The control socket gives the same metrics.
      let control = try ControlConnection(path: rig.loadb1.socketPath)
      try control.send(ControlRequest(verb: .metrics))
      let text = try #require(try control.next(within: 5_000).metrics)
      #expect(Set(Scraper.samples(of: text).keys) == Set(owner.keys))
    }
  }

  @Test func aTakeoverIsCounted() throws {
    try Self.withMetrics { rig in
      let before = try Scraper.scrape(on: rig.loadb2.host)
      let unplanned = "vipagent_takeovers_total{group=\"director\",kind=\"unplanned\"}"
      #expect(before[unplanned] == 0)
      try rig.loadb1.host.powerOff()
      try rig.waitForOwner("loadb2")
      #expect(try Self.waitForSample(on: rig.loadb2, unplanned) { $0 == 1 })
      let after = try Scraper.scrape(on: rig.loadb2.host)
      #expect(after["\(Self.director)node=\"loadb2\"}"] == 1)
      #expect(after["vipagent_group_backup_ready{group=\"director\"}"] == 0)
      #expect(after["vipagent_peer_up{peer=\"loadb1\"}"] == 0)
      let announced = after["vipagent_last_takeover_step_seconds{group=\"director\",step=\"announced\"}"] ?? 0
      #expect(announced >= 0.3 && announced < 1)
    }
  }

  private static let requests: [(request: String, start: String)] = [
    ("GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\n"),
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n"),
    ("GET http://a:9694/metrics?x=y HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n"),
    ("GET /metrics/ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 Not Found\r\n"),
    ("GET /../etc/vipagent/keys HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 Not Found\r\n"),
    ("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd", "HTTP/1.1 405 Method Not Allowed\r\n"),
    ("GET /metrics\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"),
    ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\n\n", "HTTP/1.1 400 Bad Request\r\n"),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 505 HTTP Version Not Supported\r\n"),
    ("GET /" + String(repeating: "a", count: 1 << 20), "HTTP/1.1 414 URI Too Long\r\n"),
    (
      "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 1 << 20),
      "HTTP/1.1 431 Request Header Fields Too Large\r\n"
    ),
  ]

  @Test func requestsGetTheirStatus() throws {
    try Self.withMetrics { rig in
      for (request, start) in Self.requests {
        let scraper = try Scraper(on: rig.loadb1.host)
        // What is refused midway may reset the connection under the rest of a request that is far too long.
        scraper.say(request)
        let response = scraper.rest() ?? "nothing"
        #expect(response.hasPrefix(start), "\(request.prefix(60)): \(response.prefix(60))")
      }
      let scraper = try Scraper(on: rig.loadb1.host)
      scraper.say("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
      let head = try #require(scraper.rest())
      #expect(
        head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n") && head.split(separator: "\r\n").count == 5)
      let samples = try Scraper.scrape(on: rig.loadb1.host)
      #expect(samples["vipagent_http_responses_total{code=\"404\"}"] == 2)
      #expect(samples["vipagent_http_responses_total{code=\"431\"}"] == 1)
    }
  }

  @Test func aReloadOpensMovesAndClosesThePort() throws {
    try withAgents { rig in
      let balancer = rig.loadb1
      try balancer.start()
      try balancer.waitForLine("owner of")
      func refuses(_ endpoint: String) throws -> Bool {
        let endpoint = try #require(MetricsSettings(endpoint))
        do {
          _ = try Scraper(endpoint, on: balancer.host)
          return false
        } catch {
          return "\(error)".contains("ECONNREFUSED")
        }
      }
      func reload(_ listen: String, _ words: String) throws {
        var config = AgentConfig()
        config.controlLines = "[metrics]\nlisten = \"\(listen)\""
        try balancer.write(config)
        try balancer.reload(expecting: words)
      }
      #expect(try refuses("127.0.0.1:9694"))
      try reload("127.0.0.1:9694", "metrics at http://127.0.0.1:9694/metrics")
      #expect(try Scraper.scrape(on: balancer.host)["vipagent_realtime"] == 1)
      try reload("[::1]:9695", "metrics at http://[::1]:9695/metrics")
      #expect(try refuses("127.0.0.1:9694"))
      let six = try #require(MetricsSettings("[::1]:9695"))
      #expect(try Scraper.scrape(from: six, on: balancer.host)["vipagent_realtime"] == 1)
      try reload("off", "metrics no longer over HTTP")
      #expect(try refuses("[::1]:9695"))
      // Somebody else has the port: that is said, and the next reload finds it free.
      do {
        let taken = try balancer.host.namespace().perform("take the port") {
          let socket = try Descriptor(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), "socket")
          // The connections that have ended here do not count.
          var one: Int32 = 1
          setsockopt(socket.raw, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
          try #require(MetricsSettings.local.withSocketAddress { bind(socket.raw, $0, $1) } == 0)
          try #require(listen(socket.raw, 1) == 0)
          return socket
        }
        try reload("127.0.0.1:9694", "bind 127.0.0.1:9694: EADDRINUSE")
        withExtendedLifetime(taken.raw) {}
      }
      try balancer.reload(expecting: "metrics at http://127.0.0.1:9694/metrics")
      #expect(try Scraper.scrape(on: balancer.host)["\(Self.director)node=\"loadb1\"}"] == 1)
      try expectPeace(rig)
    }
  }

  // MARK: - Those who mean no good

  /// A thousand connections that say nothing, half a head, or something forever; that never read, or close at once.
  @Test func hostileScrapersHarmNothing() throws {
    try Self.withMetrics { rig in
      let host = rig.loadb1.host
      let lines = rig.balancers.map(\.lines.count)
      let before = try Scraper.scrape(on: rig.loadb2.host)
      var open: [Scraper] = []
      for number in 0..<1_000 {
        let scraper = try Scraper(on: host)
        switch number % 7 {
        case 0: break
        case 1: scraper.say("GET /metrics HTTP/1.1\r\nHo")
        case 2: scraper.say("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        case 3:
          scraper.say("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
          continue
        case 4: scraper.closeHalf()
        case 5: scraper.say([UInt8](repeating: UInt8(number & 0xff), count: 10_000))
        default: scraper.reset()
        }
        open.append(scraper)
        // Those who ask properly are served in between.
        if number % 100 == 0 { #expect(try Scraper.scrape(on: host)["vipagent_realtime"] == 1) }
      }
      let samples = try Scraper.scrape(on: host)
      #expect((samples["vipagent_http_connections_total"] ?? 0) > 1_000)
      #expect((samples["vipagent_http_connections_dropped_total"] ?? 0) > 100)
      try expectPeace(rig, since: lines, before)
      withExtendedLifetime(open) {}
    }
  }

  /// Bytes of every kind: each connection gets an answer or its end.
  @Test func randomBytesAreAnsweredOrCutOff() throws {
    try Self.withMetrics { rig in
      let lines = rig.balancers.map(\.lines.count)
      let before = try Scraper.scrape(on: rig.loadb2.host)
      let whole = Array("GET /metrics HTTP/1.1\r\nHost: loadb1\r\nAccept: */*\r\n\r\n".utf8)
      for _ in 0..<300 {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...6) {
          bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255)
        }
        if Bool.random() { bytes.removeFirst(Int.random(in: 0..<bytes.count)) }
        let scraper = try Scraper(on: rig.loadb1.host)
        scraper.say(bytes)
        scraper.closeHalf()
        let response = try #require(scraper.rest(), "\(bytes)")
        #expect(response.isEmpty || response.hasPrefix("HTTP/1.1 "))
      }
      try expectPeace(rig, since: lines, before)
    }
  }

  /// A byte now and then keeps no connection open for longer than any other.
  @Test func slowOnesAreCutOffAfterTenSeconds() throws {
    try Self.withMetrics { rig in
      let start = BootClock.now()
      let silent = try Scraper(on: rig.loadb1.host), dripping = try Scraper(on: rig.loadb1.host)
      let deaf = try Scraper(on: rig.loadb1.host)
      deaf.say("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
      var bytes = "GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 1_000)
      while dripping.say([bytes.removeFirst().asciiValue ?? 0]), BootClock.now() < start + 20_000_000_000 {
        var nothing = pollfd(fd: dripping.socket.raw, events: Int16(POLLIN), revents: 0)
        if poll(&nothing, 1, 250) == 1 { break }
      }
      #expect(dripping.rest() == "" && silent.rest() == "")
      let took = Double(BootClock.now() - start) / 1e9
      #expect(took > 9 && took < 13, "\(took) s")
      // Who had asked and did not read was cut off as well: the agent keeps no bytes for him.
      #expect(try Self.waitForSample(on: rig.loadb1, "vipagent_http_connections_dropped_total") { $0 == 3 })
    }
  }

  /// With no descriptors left the agent neither ends nor spins, and goes on when there are some again.
  @Test func withoutDescriptorsItWaits() throws {
    try Self.withMetrics { rig in
      let agent = try #require(rig.loadb1.agent).identifier
      func limit(_ count: Int) throws {
        let prlimit = try rig.loadb1.host.start("/usr/bin/prlimit", ["--pid", "\(agent)", "--nofile=\(count):4096"])
        try #require(prlimit.waitForExit(timeout: .seconds(10)) == .code(0))
      }
      try limit(try descriptors(of: agent) + 2)
      var open: [Scraper] = []
      for _ in 0..<10 { open.append(try Scraper(on: rig.loadb1.host)) }
      let mark = try rig.ping()
      let used = try processorTime(of: agent)
      try calm(mark, pings: 1_000)
      #expect(try processorTime(of: agent) - used < 30, "hundredths of a second, of a hundred")
      try limit(1_024)
      open = []
      #expect(try Scraper.scrape(on: rig.loadb1.host)["vipagent_realtime"] == 1)
      try expectPeace(rig)
    }
  }

  /// Nothing has moved.
  private func expectPeace(_ rig: AgentRig) throws {
    #expect(rig.watch.holders == ["loadb1"])
    #expect(rig.watch.holdings.count == 1)
  }

  /// Nothing has moved, nothing was said, and no heartbeat was late.
  private func expectPeace(_ rig: AgentRig, since lines: [Int], _ before: [String: Double]) throws {
    try expectPeace(rig)
    #expect(rig.balancers.map(\.lines.count) == lines, "\(rig.transcript)")
    let late = "vipagent_peer_late_total{peer=\"loadb1\",device=\"eth0\"}"
    #expect(try Scraper.scrape(on: rig.loadb2.host)[late] == before[late])
  }

  private func descriptors(of process: pid_t) throws -> Int {
    let folder = try #require(opendir("/proc/\(process)/fd"))
    defer { closedir(folder) }
    var count = 0
    while let entry = readdir(folder) { if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 } }
    return count
  }

  /// User and system time in hundredths of a second (`proc(5)`).
  private func processorTime(of process: pid_t) throws -> Int {
    let text = try contents(of: "/proc/\(process)/stat")
    let fields = text[(try #require(text.lastIndex(of: ")")))...].split(separator: " ")
    return try #require(Int(fields[12])) + #require(Int(fields[13]))
  }
}

extension Scraper {
  /// From now on closing is a reset.
  fileprivate func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket.raw, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }
}

import FoundationEssentials
import Glibc
import Lab
import Linux
import Testing

@testable import Configuration

extension Trait where Self == ConditionTrait {
  /// Skips a test that wants Prometheus where it is not installed; `make test` installs it.
  static var needsPrometheus: Self {
    .enabled(if: access("/usr/bin/promtool", X_OK) == 0, "needs root: installs the Debian package prometheus")
  }
}

/// Prometheus itself reads what the agents say, and what is packaged for it.
@Suite(.needsRoot, .needsPrometheus, .serialized, .timeLimit(.minutes(2)))
struct PrometheusTests {
  private static let rules = repositoryPath("packaging/prometheus/vipagent.rules.yml")
  private static let endpoint = MetricsSettings("127.0.0.1:9090")!

  @Test func aServerScrapesBothAgents() throws {
    try AgentMetricsTests.withMetrics(listen: "0.0.0.0:9694") { rig in
      let server = try start(rig)
      defer { server.kill() }
      try #require(server.waitForLine(containing: "Server is ready to receive", timeout: .seconds(30)) != nil)
      try waitFor("both targets", rig) { try query("up == 1", rig).count == 2 }
      let lines = rig.balancers.map(\.lines.count)

      // Every series that a scrape has is in the database, with the labels it had.
      let text = try Scraper.scrape(on: rig.loadb1.host)
      try waitFor("all series", rig) {
        try query("{__name__=~\"vipagent_.+\",instance=\"127.0.0.1:9694\"}", rig).count == text.count
      }
      let names = try query("count by (__name__) ({__name__=~\"vipagent_.+\"})", rig).compactMap {
        $0.metric["__name__"]
      }
      #expect(Set(names) == Set(text.keys.map { String($0.prefix { $0 != "{" }) }))
      let owners = try query("vipagent_group_owner == 1", rig)
      #expect(Set(owners.map { $0.metric["node"] }) == ["loadb1"] && owners.count == 2)
      let roles = try query("vipagent_group_role{role=\"owner\"} == 1", rig)
      #expect(roles.map { $0.metric["instance"] } == ["127.0.0.1:9694"])
      // Counters count.
      let sent = "vipagent_heartbeats_sent_total{instance=\"127.0.0.1:9694\"}"
      let first = try #require(try query(sent, rig).first?.value)
      try waitFor("more heartbeats", rig) { (try query(sent, rig).first?.value ?? 0) > first }

      try expectRulesAreHealthy(rig)
      try expectDashboardIsUnderstood(rig)
      let promtool = try run(
        "promtool query instant http://127.0.0.1:9090 'vipagent_group_owner == 1'", on: rig.loadb1.host)
      #expect(promtool.lines.count == 2 && promtool.lines.allSatisfy { $0.text.contains("node=\"loadb1\"") })

      // Scraped five times a second, nobody was late and nothing moved.
      #expect(rig.watch.holdings.count == 1)
      #expect(rig.balancers.map(\.lines.count) == lines, "\(rig.transcript)")
    }
  }

  @Test func promtoolFindsNothingToBlame() throws {
    try AgentMetricsTests.withMetrics { rig in
      let (_, body) = try Scraper.get(on: rig.loadb1.host)
      let file = try rig.folder.write(body, to: "metrics.prom")
      for command in [
        "promtool check metrics < \(file)", "promtool check rules \(Self.rules)",
        "promtool test rules \(repositoryPath("packaging/prometheus/vipagent.rules.test.yml"))",
      ] {
        let promtool = try run(command, on: rig.loadb1.host)
        #expect(promtool.exit == .code(0), "\(command): \(promtool.lines.map(\.text))")
      }
      let check = try run("promtool check metrics < \(file)", on: rig.loadb1.host)
      #expect(check.lines.isEmpty, "\(check.lines.map(\.text))")
    }
  }

  // MARK: - The server

  private func start(_ rig: AgentRig) throws -> HostProcess {
    let config = try rig.folder.write(
      """
      global:
        scrape_interval: 200ms
        evaluation_interval: 500ms
      rule_files: ["\(Self.rules)"]
      scrape_configs:
        - job_name: vipagent
          static_configs:
            - targets: ["127.0.0.1:9694", "195.46.64.16:9694"]

      """, to: "prometheus.yml")
    return try rig.loadb1.host.start(
      "/usr/bin/prometheus",
      [
        "--config.file=\(config)", "--storage.tsdb.path=\(rig.folder.path)/prometheus",
        "--web.listen-address=\(Self.endpoint.text)",
      ])
  }

  /// Every rule was evaluated, without an error, and there is nothing to wake anybody for.
  private func expectRulesAreHealthy(_ rig: AgentRig) throws {
    var rules: [Rules.Rule] = []
    try waitFor("the rules", rig) {
      let answer = try JSONDecoder().decode(Rules.self, from: api("rules", rig))
      rules = answer.data.groups.flatMap(\.rules)
      return !rules.isEmpty && rules.allSatisfy { $0.health != "unknown" }
    }
    for rule in rules {
      #expect(rule.health == "ok" && rule.state == "inactive", "\(rule.name): \(rule.health), \(rule.state)")
    }
  }

  /// Each panel asks for something, and something is there, or would be if it had happened.
  private func expectDashboardIsUnderstood(_ rig: AgentRig) throws {
    struct Dashboard: Decodable {
      struct Panel: Decodable { var targets: [Target] }
      struct Target: Decodable { var expr: String }
      var panels: [Panel]
    }
    let text = try contents(of: repositoryPath("packaging/grafana/vipagent.json"))
    let dashboard = try JSONDecoder().decode(Dashboard.self, from: Data(text.utf8))
    var empty: [String] = []
    for target in dashboard.panels.flatMap(\.targets) {
      let expression = target.expr.replacing("$__rate_interval", with: "1m").replacing("$cluster", with: ".*")
      if try query(expression, rig).isEmpty { empty.append(target.expr) }
    }
    // Before 100 heartbeats of a peer were heard there is no advice.
    #expect(empty.allSatisfy { $0.contains("margin") || $0.contains("recommended") }, "\(empty)")
  }

  // MARK: - Its API

  private struct Answer: Decodable {
    struct Data: Decodable { var result: [Series] }
    var status: String
    var data: Data?
    var error: String?
  }

  private struct Series: Decodable {
    var metric: [String: String]
    var value: Double

    private enum Keys: String, CodingKey { case metric, value }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Keys.self)
      metric = try container.decode([String: String].self, forKey: .metric)
      var pair = try container.nestedUnkeyedContainer(forKey: .value)
      _ = try pair.decode(Double.self)
      value = Double(try pair.decode(String.self)) ?? .nan
    }
  }

  private struct Rules: Decodable {
    struct Rule: Decodable { var name: String, health: String, state: String }
    struct Group: Decodable { var rules: [Rule] }
    struct Groups: Decodable { var groups: [Group] }
    var data: Groups
  }

  /// An instant query.
  private func query(_ expression: String, _ rig: AgentRig) throws -> [Series] {
    let isPlain = { (byte: UInt8) in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
    let encoded = expression.utf8.map { byte in
      isPlain(byte) ? String(UnicodeScalar(byte)) : "%" + String(UInt16(byte) + 0x100, radix: 16).dropFirst()
    }
    let answer = try JSONDecoder().decode(Answer.self, from: api("query?query=\(encoded.joined())", rig))
    #expect(answer.status == "success", "\(expression): \(answer.error ?? "")")
    return answer.data?.result ?? []
  }

  private func api(_ path: String, _ rig: AgentRig) throws -> Data {
    let scraper = try Scraper(Self.endpoint, on: rig.loadb1.host)
    // HTTP/1.0: the body comes in one piece, and ends with the connection.
    scraper.say("GET /api/v1/\(path) HTTP/1.0\r\nHost: localhost\r\n\r\n")
    let response = try #require(scraper.rest())
    let end = try #require(response.firstRange(of: "\r\n\r\n"), "\(response)")
    return Data(response[end.upperBound...].utf8)
  }

  /// Asks again and again: the server has no way to say when it has scraped.
  private func waitFor(_ what: String, _ rig: AgentRig, _ isReached: () throws -> Bool) throws {
    let deadline = BootClock.now() + 30_000_000_000
    while try !isReached() {
      if BootClock.now() > deadline { throw NotInTime("Prometheus has \(what)") }
      poll(nil, 0, 50)
    }
  }

  /// Runs a command line to its end.
  private func run(_ command: String, on host: Host) throws -> HostProcess {
    let shell = try host.start("/bin/sh", ["-c", command], environment: ["PATH": "/usr/bin:/bin"])
    try #require(shell.waitForExit(timeout: .seconds(30)) != nil)
    return shell
  }
}

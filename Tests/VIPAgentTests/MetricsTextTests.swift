import Glibc
import Testing

@testable import Metrics
@testable import Status
@testable import Support

/// The text that Prometheus reads. Tests/LabTests lets a real one read it.
struct MetricsTextTests {
  /// Tests/Transcripts/metrics.txt is the whole answer to a scrape of an agent in this status.
  @Test func theTextOfAStatus() throws {
    let expected = try readFile(repositoryPath("Tests/Transcripts/metrics.txt"), limit: 1 << 20)
    let lines = String(decoding: expected, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    let text = MetricsText.of(Readings(status: .ofAnOwner, scrapes: .some))
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false) == lines)
  }

  @Test func whatIsUnknownIsLeftOut() {
    var status = Status.ofAnOwner
    status.heartbeat.advice = nil
    status.groups[0].leaseUs = nil
    status.groups[0].leaseLeftUs = nil
    status.peers[0] = PeerStatus(
      node: "loadb2", condition: "unknown", hearsUs: false, configurationAgrees: true, links: [])
    status.takeovers = []
    let text = MetricsText.of(Readings(status: status, scrapes: .some))
    for name in [
      "deadtime_margin_ratio", "deadtime_recommended_seconds", "group_lease_seconds", "group_lease_remaining_seconds",
      "peer_silence_seconds", "peer_deadtime_seconds", "peer_late_total", "peer_arrival_gap_seconds",
      "last_takeover_step_seconds",
    ] {
      #expect(!text.contains("vipagent_\(name)"))
    }
    #expect(text.contains("vipagent_peer_condition{peer=\"loadb2\",condition=\"unknown\"} 1\n"))
    #expect(text.contains("vipagent_peer_up{peer=\"loadb2\"} 0\n"))
  }

  @Test func inAConflictAllWhoSaySoAreOwners() {
    var status = Status.ofAnOwner
    status.groups[0].conflict = true
    status.groups[0].owner = nil
    status.groups[0].nodes[1].role = "owner"
    let text = MetricsText.of(Readings(status: status, scrapes: .some))
    for node in ["loadb1", "loadb2"] {
      #expect(text.contains("vipagent_group_owner{group=\"director\",node=\"\(node)\"} 1\n"))
    }
  }

  @Test func whatTheFormatReservesIsEscaped() {
    #expect(MetricsText.escaped("a\\b\"c\nd\re\u{e9}", quotes: true) == "a\\\\b\\\"c\\nd\re\u{e9}")
    #expect(MetricsText.escaped("a\\b\"c\nd") == "a\\\\b\"c\\nd")
    var status = Status.ofAnOwner
    // A carriage return and a line feed are one Character, and still two scalars.
    status.agent.cluster = "a\r\nb\"} 7"
    let text = MetricsText.of(Readings(status: status, scrapes: .some))
    #expect(text.contains("vipagent_info{cluster=\"a\r\\nb\\\"} 7\",node=\"loadb1\","))
  }

  private static let values: [(MetricValue, String)] = [
    (.count(.max), "18446744073709551615"), (.flag(true), "1"), (.flag(false), "0"),
    (.microseconds(0), "0"), (.microseconds(1), "0.000001"), (.microseconds(100_000), "0.1"),
    (.microseconds(3_000_000), "3"), (.microseconds(-1_500_000), "-1.5"),
    (.microseconds(.min), "-9223372036854.775808"),
    (.number(2.5), "2.5"), (.number(.nan), "NaN"), (.number(.infinity), "+Inf"), (.number(-.infinity), "-Inf"),
    (.number(1e300), "1e+300"),
  ]

  @Test(arguments: values)
  func aValue(_ value: MetricValue, _ text: String) {
    #expect(value.text == text)
  }

  private static let times: [(String, String?)] = [
    ("1970-01-01T00:00:00.000Z", "0"), ("2026-11-22T14:03:07.120Z", "1795356187.12"),
    ("2000-02-29T23:59:59.999Z", "951868799.999"), ("", nil), ("2026-11-22 14:03:07", nil),
    ("2026-1é-22T14:03:07.12Z", nil), ("xxxx-xx-xxTxx:xx:xx.xxxZ", nil),
  ]

  @Test(arguments: times)
  func aTimeOfDay(_ text: String, _ seconds: String?) {
    #expect(MetricValue.timestamp(text)?.text == seconds)
  }

  @Test func theTimeOfDayIsTheOneTheStatusTells() {
    let milliseconds: Int64 = 1_795_356_187_123
    #expect(MetricValue.timestamp(TimeText.of(milliseconds: milliseconds)) == .microseconds(milliseconds * 1_000))
  }
}

extension MetricsListener.Counts {
  fileprivate static let some = MetricsListener.Counts(
    connections: 240, dropped: 1, responses: [.ok: 238, .notFound: 1])
}

extension Status {
  /// loadb1 has taken the group; loadb2 could take it over.
  static var ofAnOwner: Status {
    Status(
      agent: AgentStatus(
        version: "1.2.3", cluster: "loadb", node: "loadb1", pid: 4_711, state: .running,
        started: "2026-11-22T14:03:07.120Z", uptimeUs: 3_600_000_000, session: "0123456789abcdef",
        config: "/etc/vipagent/config.toml", fingerprint: "9f86d081", configured: "2026-11-22T14:03:07.120Z",
        reloadRefused: nil, realtime: true, memoryLocked: true),
      heartbeat: HeartbeatStatus(
        port: 694, keepaliveUs: 100_000, warntimeUs: 200_000, deadtimeUs: 300_000, initdeadUs: 1_000_000,
        sent: 36_000, received: 71_990, dropped: ["ownEcho": 36_000, "authentication": 2],
        links: [
          LinkStatus(device: "eth0", open: true, source: "195.46.64.15"),
          LinkStatus(device: "eth1", open: true, failure: "Network is down"),
        ],
        advice: DeadtimeAdvice(longestGapUs: 120_000, recommendedUs: 300_000, margin: 2.5, observedUs: 3_600_000_000)),
      groups: [.director],
      peers: [
        PeerStatus(
          node: "loadb2", condition: "alive", session: "fedcba9876543210", lastHeardUs: 42_000, keepaliveUs: 100_000,
          deadtimeUs: 300_000, hearsUs: true, fingerprint: "9f86d081", configurationAgrees: true,
          links: [
            ArrivalStatus(
              device: "eth0", heard: 35_990, gapP50Us: 100_001, gapP99Us: 101_000, gapP999Us: 110_000,
              gapMaxUs: 120_000, late: 0, lost: 3)
          ])
      ],
      takeovers: [
        TakeoverStatus(
          group: "director", at: "2026-11-22T14:30:00.000Z", from: "loadb2", cause: "the owner is silent",
          kind: .unplanned, term: 7, deadlineUs: 300_000, claimedUs: 300_150, confirmedUs: 300_400, announcedUs: 300_460
        ),
        TakeoverStatus(
          group: "director", at: "2026-11-22T14:03:08.000Z", from: nil, cause: "nobody had it", kind: .start, term: 5,
          deadlineUs: nil, claimedUs: 0, confirmedUs: 200, announcedUs: 250),
      ],
      counters: AgentCounters(
        logLinesDropped: 0, logLinesSuppressed: 4, mailboxRefusals: ["reports": 0, "commands": 0, "orders": 0],
        controlClients: 1, controlClientsServed: 12, controlClientsRefused: 2, controlClientsDropped: 0,
        controlRequestsRefused: 1))
  }
}

extension GroupStatus {
  fileprivate static let director = GroupStatus(
    name: "director", role: "owner", owner: "loadb1", conflict: false, term: 7, since: "2026-11-22T14:30:00.000Z",
    sinceUs: 1_987_120_000, cause: "the owner is silent",
    addresses: [AddressStatus(address: "195.46.64.21/24", device: "eth0", label: "eth0:0")], leaseUs: 3_000_000,
    leaseLeftUs: 2_250_000, autoFailback: true, placedByOperator: false, backupReady: true,
    nodes: [
      StandingStatus(node: "loadb1", role: "owner", rank: 0, ready: false, reason: nil),
      StandingStatus(node: "loadb2", role: "backup", rank: 1, ready: true, reason: nil),
    ], heldBack: nil, takeoversUnplanned: 1, takeoversPlanned: 0, takeoversAtStart: 1)
}

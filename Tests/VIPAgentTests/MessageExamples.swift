import Linux
import TakeoverCore

@testable import Addresses
@testable import Agent
@testable import Configuration
@testable import Engine
@testable import Log
@testable import Support

/// One message of every kind, made by the code that makes them in earnest; the documentation shows them.
struct MessageExamples {
  private let configuration: Configuration
  private let group: GroupAddresses
  private var formatter: MessageFormatter
  /// Of that cluster; no socket is open.
  let generation: Generation
  private let hardware = EthernetAddress(rawValue: 0x0200_0000_0007)
  /// Logged in as alice, and root since then.
  private let alice = Operator(user: 0, login: 1_000, process: 4_711)
  private let loadb1 = NodeIndex(0), loadb2 = NodeIndex(1), director = GroupIndex(0)

  /// The cluster of the README, seen from loadb2.
  init() throws {
    let text = """
      cluster = "loadb"
      [heartbeat]
      bcast     = ["eth0"]
      keepalive = "100ms"
      deadtime  = "300ms"
      [auth]
      keys = "/etc/vipagent/keys"
      [[node]]
      name = "loadb1"
      [[node]]
      name = "loadb2"
      [[group]]
      name = "director"
      [[group.vip]]
      address = "195.46.64.21/24"
      dev     = "eth0"
      label   = "eth0:0"
      """
    configuration = try LoadedConfiguration(parsing: Array(text.utf8), file: "config.toml").configuration
    var withoutLinks = configuration
    // No socket is opened for an example.
    withoutLinks.heartbeat.bcast = []
    let key = Key(id: 1, secret: [UInt8](repeating: 7, count: 32))
    generation = try Generation(
      withoutLinks, keys: KeyRing(signing: key, keys: [key]), nodeName: "loadb2", session: 1, after: nil)
    group = generation.groups[0]
    formatter = MessageFormatter(generation: generation)
  }

  /// In no order.
  static func all() throws -> [Message] {
    var examples = try MessageExamples()
    return examples.agent + examples.groups() + examples.reports() + examples.nodes() + examples.network
      + examples.kernel
  }

  private var agent: [Message] {
    [
      .started(configuration, as: "loadb2"), asked(.stopRequested(by: "SIGTERM")),
      asked(.restartRequested()),
      Message.successorWouldFail("/etc/vipagent/config.toml:1:1: error: unknown key `clustr` at the top level").last
        .map(asked),
      .stopped(leavingAddresses: false), .stoppedUnfinished(after: .milliseconds(1_500)),
      .counted("86400 heartbeats sent, 86398 authentic ones heard; dropped: 12 authentication"),
      asked(.reloaded(configuration)),
      ConfigurationChange("heartbeat.keepalive", "100ms", "200ms").map(Message.reloadChanged),
      Message.reloadRefused("/etc/vipagent/keys: error: not there").last.map(asked), .reloadNeedsRestart(),
      .memoryNotLocked("mlockall: EPERM"), .realtimeRefused("EPERM"), .threadHangs(), .reportsLost(3),
      asked(.standby(true)), asked(.standby(false)), asked(.standbyRefused(group)), .linesDropped(37),
      .standbyRemembered(["director"], unknown: ["mail"], in: "/var/lib/vipagent/standby"),
      .standbyForgotten("no state directory ($STATE_DIRECTORY)"),
      .metricsListening(on: "127.0.0.1:9694"), .metricsUnavailable("bind 127.0.0.1:9694: EADDRINUSE"),
      .controlUnavailable("bind /run/vipagent/control.sock: EADDRINUSE"),
      .serviceManagerUnavailable("notify vsock:2:1: EAFNOSUPPORT"),
    ].compactMap(\.self)
  }

  private func asked(_ message: Message) -> Message {
    message.asked(by: [alice]) { $0 == 0 ? "root" : "alice" }
  }

  private var timeline: Timeline {
    var timeline = Timeline()
    timeline.term = 2
    timeline.from = loadb1
    timeline.lastHeard = .origin
    timeline.claimed = Instant(nanoseconds: 302_000_000)
    timeline.confirmed = timeline.claimed + Interval(nanoseconds: 231_000)
    timeline.announced = timeline.claimed + Interval(nanoseconds: 412_000)
    return timeline
  }

  private mutating func groups() -> [Message] {
    typealias Role = GroupReport.Role
    let dead = Cause.ownerDead(loadb1, silence: .milliseconds(302), missed: 3)
    let steps: [(from: Role, to: Role, Cause, milliseconds: Int64)] = [
      (.standby, .listening, .deaf, 0), (.listening, .standby, .heardAll, 1),
      (.standby, .claiming, .ownerLetGo(loadb1), 2), (.standby, .claiming, dead, 3),
      (.releasing, .owner, .handOverFailed(to: loadb1), 5),
      (.owner, .releasing, .failBack(to: loadb1), 7_200_000), (.releasing, .releasing, .taken(by: loadb1), 7_200_001),
      (.owner, .releasing, .linkDown, 7_200_002), (.claiming, .faulted, .refused, 7_200_003),
    ]
    let changes = steps.compactMap { from, to, cause, milliseconds in
      formatter.message(
        for: .transitioned(director, from: from, to: to, cause, term: 2),
        at: Instant(nanoseconds: milliseconds * 1_000_000))
    }
    return changes + [formatter.message(for: .tookOver(timeline), at: timeline.announced)].compactMap(\.self)
  }

  private mutating func reports() -> [Message] {
    let reports: [Report] = [
      .conflict(director, with: loadb1, theirTerm: 2, won: true),
      .conflict(director, with: loadb1, theirTerm: 4, won: false), .interference(director),
      .storm(director, losses: 6), .answered(director, by: hardware, of: loadb1),
      .answered(director, by: hardware, of: nil), .claimHeldBack(director, by: loadb1, .unproven),
      .claimHeldBack(director, by: loadb1, .restarting), .claimHeldBack(director, by: loadb1, .namesake),
      .unasked(director, until: .origin + .seconds(4)), .proxied(director, by: hardware),
      .usurped(director, by: hardware, defended: true),
      .usurped(director, by: hardware, defended: false),
      .joined(loadb1, session: 1), .answered(director, by: hardware, of: loadb1),
      .dead(loadb1, silence: .zero, missed: 0),
      .leftoverRemoved(director, owner: loadb1), .stalled(lateness: .milliseconds(1_200)), .endedEarly,
    ]
    return requests() + reports.compactMap { formatter.message(for: $0, at: .origin) }
  }

  private mutating func requests() -> [Message] {
    let reports: [Report] = [
      .groupOnStandby(director, true), .groupOnStandby(director, false), .accepted(director, .takeover),
      .refused(director, .standby, .nobodyCanTakeIt), .fulfilled(director, .takeover),
      .unfulfilled(director, .takeover, .unanswered),
    ]
    return reports.compactMap { formatter.message(for: $0, at: .origin).map(asked) }
  }

  private mutating func nodes() -> [Message] {
    let reports: [Report] = [
      .joined(loadb1, session: 0x5a3e_91c4_77d2_0b16), .late(loadb1, silence: .milliseconds(212), missed: 2),
      .onTime(loadb1, silence: .milliseconds(251)), .dead(loadb1, silence: .milliseconds(302), missed: 3),
      .returned(loadb1, silence: .seconds(12)), .left(loadb1), .restarting(loadb1),
      .dead(loadb1, silence: .milliseconds(302), missed: 3), .unheard(loadb1),
      .heardAgain(loadb1), .unproven(loadb1), .configurationDiffers(loadb1, theirs: 0x9d2c_5680),
      .timingDiffers(loadb1, keepalive: .seconds(1), deadtime: .seconds(3)),
      .configurationAgrees(loadb1),
    ]
    let source = UInt32(bigEndian: 0xc32e_4011)
    return reports.compactMap { formatter.message(for: $0, at: .origin) } + [
      .unknownNode(Tag(of: "loadb3"), from: source),
      .namesake(of: "loadb2", session: 0x5a3e_91c4_77d2_0b16, from: source),
    ]
  }

  private var network: [Message] {
    let source = UInt32(bigEndian: 0xc32e_4011)
    let drops = DropReason.allCases.compactMap {
      formatter.message(for: $0, count: 41, source: source, node: Tag(of: "loadb1"))
    }
    return drops + [
      .namedAlike("loadb", count: 41, source: source, port: 694),
      .doubtful("195.46.64.21/32 on dummy0 is not announced: …", in: "/etc/vipagent/config.toml"),
      .sendFailed(on: "eth0", "ENETDOWN"), .sendRecovered(on: "eth0"), .listenFailed(on: "eth0", "ENOMEM"),
      .listenFailed(on: nil, "ENOMEM"), .sourceMissing(on: "eth0"),
      .sourceLost(on: "eth0"), .sourceFound(IPv4Number(rawValue: 0xc32e_400f), on: "eth0"),
      .sharedSource(
        of: "loadb2", EthernetAddress(rawValue: 0x0200_0000_0002), IPv4Number(rawValue: 0xc32e_4015), on: "eth0"),
      .notOnHost("\"eth0\" is not a device of this host", at: "/etc/vipagent/config.toml:4"),
      .deviceCarriesNothing("eth0", "eth0 has no carrier: its cable, the switch port or the other end is off"),
      .deviceCarries("eth0"), .deviceCame("eth0"), .deviceNotOpened("bind eth0:694: EADDRINUSE"),
    ]
  }

  private var kernel: [Message] {
    [
      .addressRefused(["add 195.46.64.21/24 to eth0: EPERM"], of: group),
      .addressWithoutDevice(group.vips[0], of: group),
      .removalRefused(["delete 195.46.64.21/24 from eth0: EPERM"], of: group),
      .announcementFailed("ENETDOWN", of: group), .renewalPaused(.milliseconds(300)),
      .renewalFailed(["replace 195.46.64.21/24 on eth0: EPERM"]), .notificationsLost("read notifications: ENOBUFS"),
      .kernelUnreadable("list addresses: ENOBUFS"), .leftoverFound(group), .leftoverRemoved("195.46.64.22/24"),
      .foreignAddress(group.vips[0].prefix, on: "eth0", of: group),
      .foreignAddressGone(group.vips[0].prefix, of: group),
      .leftoverStuck("delete 195.46.64.22/24 from eth0: EPERM"), .groupDropped(group),
      .readdressed("eth0", to: "02:00:00:00:00:11", announcing: group),
      .movedBack("195.46.64.21/24", on: "eth0"), .notMovedBack("list addresses: ENOBUFS"),
      .routeMended(of: "195.46.64.21/24", on: "eth0", group), .secondariesKept(on: "eth0"),
      .secondariesNotKept(on: "eth0", "set promote_secondaries of eth0: EPERM"),
    ]
  }
}

extension MessageFormatter {
  /// What is said of datagrams from 195.46.64.17 in the name of a node, or of none.
  func example(_ reason: DropReason, inTheNameOf node: String?) -> Message? {
    message(
      for: reason, count: 41, source: UInt32(bigEndian: 0xc32e_4011), node: node.map { Tag(of: $0) } ?? .none)
  }
}

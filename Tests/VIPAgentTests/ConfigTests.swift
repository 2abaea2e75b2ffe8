import Netlink
import TakeoverCore
import Testing

@testable import Configuration
@testable import Support

/// The smallest configuration that is accepted, with room for more.
func smallest(top: String = "", heartbeat: String = "", group: String = "", vip: String = "") -> String {
  """
  cluster = "c"
  \(top)
  [heartbeat]
  bcast = "eth0"
  \(heartbeat)
  [auth]
  keys = "/k"
  [[node]]
  name = "a"
  [[node]]
  name = "b"
  [[node]]
  name = "c"
  [[group]]
  name = "g"
  \(group)
  [[group.vip]]
  address = "192.0.2.10/24"
  dev = "eth0"
  \(vip)
  """
}

func load(_ text: String) throws(ConfigError) -> LoadedConfiguration {
  try LoadedConfiguration(parsing: Array(text.utf8), file: "config.toml")
}

func parse(_ text: String) throws(ConfigError) -> Configuration {
  try load(text).configuration
}

struct ConfigTests {
  static let example = repositoryPath("config.example.toml")

  @Test func defaultsAreFilledIn() throws {
    let prefix = try #require(IPPrefix("192.0.2.10/24"))
    #expect(
      try parse(smallest())
        == Configuration(
          cluster: "c",
          heartbeat: HeartbeatSettings(
            bcast: ["eth0"], udpport: 694, keepalive: .seconds(1), warntime: .seconds(2), deadtime: .seconds(3),
            initdead: .seconds(6), realtime: true, rtprio: 50),
          keys: "/k", control: ControlSettings(socket: "/run/vipagent/control.sock"), nodes: ["a", "b", "c"],
          groups: [
            GroupSettings(
              name: "g", preferred: ["a", "b", "c"], autoFailback: true, failbackDelay: .zero, lease: .seconds(3),
              onConflict: .wait, announceRefresh: .seconds(60),
              vips: [
                VIPSettings(
                  prefix: prefix, dev: "eth0", label: nil, broadcast: IPAddress("192.0.2.255"), noprefixroute: false)
              ])
          ]))
  }

  @Test func theExampleIsTheMission() throws {
    let configuration = try LoadedConfiguration.load(Self.example).configuration
    #expect(configuration.cluster == "loadb")
    #expect(configuration.nodes == ["loadb1", "loadb2"])
    #expect(configuration.heartbeat.keepalive == .milliseconds(100))
    #expect(configuration.heartbeat.warntime == .milliseconds(200))
    #expect(configuration.heartbeat.deadtime == .milliseconds(300))
    #expect(configuration.heartbeat.initdead == .seconds(1))
    #expect(configuration.groups.map(\.vips.count) == [1])
    #expect(configuration.groups.first?.vips.first?.prefix.description == "195.46.64.21/24")
    #expect(configuration.groups.first?.vips.first?.label == "eth0:0")
  }

  @Test func theExampleCommentsOutDefaultsOnlyAndAllOfThem() throws {
    let bytes = try readFile(Self.example, limit: 1 << 20)
    let text = String(decoding: bytes, as: UTF8.self)
    var uncommented = 0
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard line.first == "#", line.dropFirst().first?.isLetter == true else { return line }
      uncommented += 1
      return line.dropFirst()
    }
    let full = lines.joined(separator: "\n")
    #expect(uncommented == 18)
    var explicit = try parse(full)
    // The agent's own group is the default, whatever its name; the package calls it so.
    #expect(explicit.control.ask == ["@vipagent"])
    explicit.control.ask = nil
    #expect(try explicit == parse(text))
    for key in ConfigTable.allCases.flatMap(\.keys) {
      #expect(full.contains("\n\(key) ") || full.contains("\(key)]"), "\(key) is missing from the example")
    }
  }

  /// A heartbeat has room for the Ethernet addresses of so many.
  @Test func theGroupsMayUseSixteenDevices() throws {
    func vips(_ count: Int) -> String {
      (1...count).map { "[[group.vip]]\naddress = \"198.51.100.\($0)/32\"\ndev = \"vlan\($0)\"\n" }.joined()
    }
    #expect(try parse(smallest() + "\n" + vips(15)).groups[0].vips.count == 16)
    #expect(throws: ConfigError.self) { try parse(smallest() + "\n" + vips(16)) }
  }

  @Test func timesFollowFromEachOther() throws {
    let fast = try parse(smallest(heartbeat: #"keepalive = "100ms""#)).heartbeat
    #expect(fast.deadtime == .milliseconds(300))
    #expect(fast.warntime == .milliseconds(200))
    #expect(fast.initdead == .seconds(1))
    let slow = try parse(smallest(heartbeat: #"deadtime = "9s""#)).heartbeat
    #expect(slow.warntime == .seconds(6))
    #expect(slow.initdead == .seconds(18))
    let edge = try parse(smallest(heartbeat: "keepalive = '1ms'\ndeadtime = '2.001ms'\ninitdead = '2.001ms'")).heartbeat
    #expect(edge.warntime == .nanoseconds(1_334_000))
    #expect(edge.initdead == edge.deadtime)
  }

  @Test func manyAddressesNeedOneTable() throws {
    let text = smallest().replacing(
      "address = \"192.0.2.10/24\"",
      with: "address = [\"192.0.2.10/24\", \"10.1.0.250-10.1.1.3/16\", \"10.2.0.0-10.2.0.1/32\"]")
    let vips = try parse(text).groups[0].vips
    #expect(
      vips.map(\.prefix.description) == [
        "192.0.2.10/24", "10.1.0.250/16", "10.1.0.251/16", "10.1.0.252/16", "10.1.0.253/16", "10.1.0.254/16",
        "10.1.0.255/16", "10.1.1.0/16", "10.1.1.1/16", "10.1.1.2/16", "10.1.1.3/16", "10.2.0.0/32", "10.2.0.1/32",
      ])
    #expect(
      vips.map { $0.broadcast?.description } == ["192.0.2.255"] + Array(repeating: "10.1.255.255", count: 10) + [
        nil, nil,
      ])
    let most = smallest().replacing("192.0.2.10/24", with: "10.1.0.1-10.1.39.16/16")
    #expect(try parse(most).groups[0].vips.count == AddressRegister.limit)
  }

  @Test(arguments: [
    ("10.0.0.9-10.0.0.1/8", "ends before it begins"), ("10.0.0.9-10.0.1.1/24", "is not within one subnet"),
    ("10.0.0.1-10.255.0.0/8", "has 16711680 addresses"), ("10.0.0.9-10.0.0.12", "is not a range"),
    ("10.0.0.9-10.0.0.12/0", "is not a range"), ("-10.0.0.9/8", "is not a range"), ("10.0.0.9-/8", "is not a range"),
    ("::1-::9/64", "is not a range"), ("1-2-3/8", "is not a range"),
    ("192.0.2.9-192.0.2.255/24", "the broadcast address"),
    ("127.0.0.1-127.0.0.2/32", "a loopback address"), ("10.0.0.1-10.0.39.17/8", "has 10001 addresses"),
  ])
  func aRangeIsOfUsableAddressesOfOneSubnet(_ text: String, _ said: String) throws {
    let error = #expect(throws: ConfigError.self) { try parse(smallest().replacing("192.0.2.10/24", with: text)) }
    #expect(error?.description.contains(said) == true, "\(error?.description ?? "")")
  }

  @Test func noAddressOfARangeStandsTwice() throws {
    let text = smallest(vip: "[[group.vip]]\naddress = \"192.0.2.8-192.0.2.12/24\"\ndev = \"eth0\"")
    let error = #expect(throws: ConfigError.self) { try parse(text) }
    #expect(
      error?.description.contains("has 192.0.2.10, which stands in line 18 already") == true,
      "\(error?.description ?? "")")
  }

  @Test func preferredNamesTheFirstAndTheOthersFollow() throws {
    #expect(try parse(smallest(group: #"preferred = ["C"]"#)).groups[0].preferred == ["c", "a", "b"])
    #expect(try parse(smallest(group: #"preferred = ["b", "c"]"#)).groups[0].preferred == ["b", "c", "a"])
    #expect(try parse(smallest(group: "preferred = []")).groups[0].preferred == ["a", "b", "c"])
  }

  @Test func everyKeyIsRead() throws {
    let configuration = try parse(
      smallest(
        top: "control.socket = 's'",
        heartbeat:
          "udpport = 1\nrealtime = false\nrtprio = 99\nunnumbered = true\nwarntime = '1500ms'\ninitdead = '1h'",
        group: "auto_failback = false\nfailback_delay = '1m'\nlease = 'off'\nannounce_refresh = '0s'",
        vip: "label = 'eth0'\nbroadcast = '192.0.2.127'\nnoprefixroute = true"))
    #expect(configuration.control.socket == "s")
    #expect(configuration.heartbeat.udpport == 1)
    #expect(!configuration.heartbeat.realtime)
    #expect(configuration.heartbeat.rtprio == 99)
    #expect(configuration.heartbeat.unnumbered)
    #expect(configuration.heartbeat.warntime == .milliseconds(1500))
    #expect(configuration.heartbeat.initdead == .seconds(3600))
    let group = configuration.groups[0]
    #expect(!group.autoFailback)
    #expect(group.failbackDelay == .seconds(60))
    #expect(group.lease == nil)
    #expect(group.announceRefresh == .zero)
    #expect(group.vips[0].label == "eth0")
    #expect(group.vips[0].broadcast == IPAddress("192.0.2.127"))
    #expect(group.vips[0].noprefixroute)
  }

  @Test func theBroadcastAddressCanBeLeftOut() throws {
    #expect(try parse(smallest(vip: "broadcast = 'none'")).groups[0].vips[0].broadcast == nil)
  }

  @Test func aLinkOfTwoHasNoBroadcastAddress() throws {
    let text = smallest().replacing("192.0.2.10/24", with: "192.0.2.10/31")
    #expect(try parse(text).groups[0].vips[0].broadcast == nil)
    #expect(try parse(text.replacing("/31", with: "/32")).groups[0].vips[0].broadcast == nil)
  }

  @Test(arguments: [
    ("500us", Duration.microseconds(500)), ("1.5s", .milliseconds(1500)), ("0.001us", .nanoseconds(1)),
    ("2m", .seconds(120)), ("1h", .seconds(3600)), ("1.25h", .seconds(4500)), ("0s", .zero), ("007s", .seconds(7)),
  ])
  func durationsAreRead(_ text: String, _ duration: Duration) {
    #expect(Duration(configured: text) == duration)
  }

  @Test(arguments: ["", "s", ".5s", "1", "1.s", "1.1234s", "1e3s", "+1s", "-1s", " 1s", "1s ", "1S", "1ns", "1d", "１s"])
  func otherTextsAreNoDurations(_ text: String) {
    #expect(Duration(configured: text) == nil)
  }

  @Test func durationsAreWrittenAsTheyAreRead() {
    for nanoseconds: Int64 in [
      1_000, 1_001, 1_500_000, 66_666_666, 99_000_000, 1_050_000_000, 90_000_000_000, 7_200_000_000_000,
    ] {
      let duration = Duration.nanoseconds(nanoseconds)
      #expect(Duration(configured: duration.configured) == duration)
    }
    #expect(Duration.milliseconds(1500).configured == "1.5s")
    #expect(Duration.milliseconds(1050).configured == "1.05s")
    #expect(Duration.seconds(90).configured == "90s")
    #expect(Duration.seconds(120).configured == "2m")
    #expect(Duration.zero.configured == "0s")
  }

  @Test func limitsAreWhereTheyAreSaidToBe() throws {
    func nodes(_ count: Int) -> String { (0..<count).map { "[[node]]\nname = 'n\($0)'\n" }.joined() }
    let two = smallest().split(separator: "[[node]]\n")
    let (head, tail) = (two[0], two[3].drop { $0 != "[" })
    #expect(try parse(head + nodes(16) + tail).nodes.count == 16)
    let error = #expect(throws: ConfigError.self) { try parse(head + nodes(17) + tail) }
    #expect(error?.diagnostics.map(\.message) == ["17 [[node]] tables; there must be 2...16"])
    #expect(error?.diagnostics.first?.position == SourcePosition(line: 40, column: 1))

    func groups(_ count: Int) -> String {
      (0..<count).map { "[[group]]\nname = 'x\($0)'\nvip = [{ address = '10.0.0.\($0 + 1)/8', dev = 'e' }]\n" }.joined()
    }
    #expect(try parse(smallest() + "\n" + groups(31)).groups.count == 32)
    let crowd = #expect(throws: ConfigError.self) { try parse(smallest() + "\n" + groups(32)) }
    #expect(crowd?.diagnostics.map(\.message) == ["33 [[group]] tables; there must be 1...32"])
  }

  @Test func tenThousandAddressesAreTheMost() throws {
    func vips(_ count: Int) -> String {
      (0..<count).map { "[[group.vip]]\naddress = '10.1.\($0 / 200).\($0 % 200 + 1)/8'\ndev = 'eth0'\n" }.joined()
    }
    #expect(try parse(smallest() + "\n" + vips(9_999)).groups[0].vips.count == 10_000)
    let error = #expect(throws: ConfigError.self) { try parse(smallest() + "\n" + vips(10_000)) }
    #expect(error?.diagnostics.count == 1)
    #expect(error?.diagnostics.first?.message.contains("is one too many") == true)
  }
}

struct ConfigHostTests {
  @Test func missingDevicesAreNamedWithTheirPlaces() throws {
    let loaded = try load(smallest(vip: "[[group.vip]]\naddress = '192.0.2.11/24'\ndev = 'ens3'"))
    #expect(loaded.check(devices: ["lo", "eth0", "ens3"]) == [])
    let said = loaded.check(devices: ["lo", "eth1"]).map { $0.description(file: "config.toml") }
    #expect(
      said == [
        """
        config.toml:4:9: error: bcast = "eth0" is not a device of this host
            4 | bcast = "eth0"
              |         ^~~~~~
          hint: did you mean "eth1"? this host has lo, eth1
        """,
        """
        config.toml:19:7: error: dev = "eth0" is not a device of this host
           19 | dev = "eth0"
              |       ^~~~~~
          hint: did you mean "eth1"? this host has lo, eth1
        """,
        """
        config.toml:22:7: error: dev = 'ens3' is not a device of this host
           22 | dev = 'ens3'
              |       ^~~~~~
          hint: this host has lo, eth1
        """,
      ])
    #expect(loaded.check(devices: []).first?.hint == "this host has no devices")
  }

  @Test func theHostIsOneOfTheNodesWhateverItsCase() throws {
    let loaded = try load(smallest())
    #expect(loaded.check(nodeName: "b") == [])
    #expect(loaded.check(nodeName: "B") == [])
    #expect(loaded.configuration.node(named: "B") == "b")
    #expect(
      loaded.check(nodeName: "host.example\u{1b}").map { $0.description(file: "config.toml") } == [
        #"""
        config.toml:8:1: error: no [[node]] has this host's name, "host.example\u001b"
            8 | [[node]]
              | ^~~~~~~~
          hint: the nodes are a, b, c; `uname -n` prints a host's name, and --node NAME overrules it
        """#
      ])
  }

  /// A fully qualified name, or a configuration that has them.
  @Test func aHostWhoseNameIsLongerIsToldOfTheOptionThatSaysWhoItIs() throws {
    let loaded = try load(smallest())
    #expect(loaded.check(nodeName: "B.example.org").map(\.hint) == ["is this node b? Say so: --node b"])
    #expect(loaded.configuration.nodes(alike: "c.x") == ["c"] && loaded.configuration.nodes(alike: "d.b") == [])
    let given = loaded.check(nodeName: "b.example.org", isGiven: true)
    #expect(given.map(\.message) == ["no [[node]] has the name \"b.example.org\""])
    #expect(given.map(\.hint) == ["the nodes are a, b, c"])
  }
}

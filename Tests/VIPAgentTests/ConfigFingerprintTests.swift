import TakeoverCore
import Testing

@testable import Configuration

struct ConfigFingerprintTests {
  @Test func canonicalTextIsAsDocumented() throws {
    let configuration = try LoadedConfiguration.load(ConfigTests.example).configuration
    #expect(
      configuration.canonicalText == """
        cluster loadb
        udpport 694
        keepalive 100000000
        warntime 200000000
        deadtime 300000000
        initdead 1000000000
        node loadb1
        node loadb2
        group director
        preferred loadb1 loadb2
        auto_failback true
        failback_delay 0
        lease 3000000000
        on_conflict wait
        announce_refresh 60000000000
        vip 195.46.64.21/24 broadcast 195.46.64.255

        """)
    #expect(configuration.fingerprint == 0xdf1b_d8fc)
    #expect(
      configuration.summary == "cluster loadb, 2 nodes, 1 group, 1 address, fingerprint df1bd8fc")
  }

  @Test(arguments: [
    smallest(heartbeat: "udpport = 695"), smallest(heartbeat: "keepalive = '900ms'\ndeadtime = '3s'"),
    smallest(heartbeat: "warntime = '1500ms'"), smallest(heartbeat: "deadtime = '4s'"),
    smallest(heartbeat: "initdead = '7s'"), smallest(group: "preferred = ['b']"),
    smallest(group: "auto_failback = false"), smallest(group: "failback_delay = '1s'"),
    smallest(group: "lease = '4s'"), smallest(group: "lease = 'off'"), smallest(group: "announce_refresh = '0s'"),
    smallest(vip: "broadcast = '192.0.2.254'"), smallest(vip: "[[group.vip]]\naddress = '192.0.2.11/24'\ndev = 'eth0'"),
    smallest().replacing("cluster = \"c\"", with: "cluster = \"d\""),
    smallest().replacing("\"b\"", with: "\"B\""), smallest().replacing("\"g\"", with: "\"h\""),
    smallest().replacing("/24", with: "/25"),
  ])
  func whatTheClusterSharesChangesIt(_ text: String) throws {
    #expect(try parse(text).fingerprint != parse(smallest()).fingerprint)
  }

  @Test(arguments: [
    smallest(top: "control.socket = '/x'"), smallest(heartbeat: "realtime = false\nrtprio = 1"),
    smallest(vip: "label = 'eth0:0'\nnoprefixroute = true"), smallest().replacing("/k", with: "/l"),
    smallest().replacing("\"eth0\"", with: "'ens3'"), smallest(heartbeat: "keepalive = '1000ms'"),
    smallest(group: "preferred = ['a']"),
  ])
  func whatIsTheHostsOwnDoesNot(_ text: String) throws {
    #expect(try parse(text).fingerprint == parse(smallest()).fingerprint)
  }

  @Test func tagsAreFNV1a() {
    // The test vectors of the FNV reference code, and a pair that is known to collide.
    #expect(Tag(of: "").rawValue == 0x811c_9dc5)
    #expect(Tag(of: "a").rawValue == 0xe40c_292c)
    #expect(Tag(of: "foobar").rawValue == 0xbf9c_f968)
    #expect(Tag(of: "costarring").rawValue == Tag(of: "liquid").rawValue)
  }
}

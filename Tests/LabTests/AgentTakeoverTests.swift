import Glibc
import Lab
import Linux
import Netlink
import Testing

/// What the agents exist for: the owner goes without a word, and another takes the address.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(2))) struct AgentTakeoverTests {
  @Test func theOwnerShowsTheAddressAndTheOtherDoesNot() throws {
    try withAgents { rig in
      try rig.startBoth()
      let shown = try rig.balancers.map { balancer in
        let show = try balancer.host.start("/sbin/ip", ["addr", "show", "eth0"])
        #expect(show.waitForExit(timeout: .seconds(10)) == .code(0))
        return show.lines.map { $0.text.drop { $0 == " " } }
      }
      #expect(shown[0].contains("inet 195.46.64.21/24 brd 195.46.64.255 scope global secondary dynamic eth0:0"))
      #expect(!shown[1].contains { $0.contains("195.46.64.21") || $0.contains("eth0:0") })
      #expect(shown[1].contains { $0.hasPrefix("inet 195.46.64.16/24") })
    }
  }

  @Test func anAddressWithoutALeaseIsShownAsALastingOne() throws {
    var config = AgentConfig()
    config.groupLines = "lease = \"off\""
    try withAgents(config) { rig in
      try rig.startBoth()
      let show = try rig.loadb1.host.start("/sbin/ip", ["addr", "show", "eth0"])
      #expect(show.waitForExit(timeout: .seconds(10)) == .code(0))
      let lines = show.lines.map { $0.text.drop { $0 == " " } }
      #expect(lines.contains("inet 195.46.64.21/24 brd 195.46.64.255 scope global secondary eth0:0"))
    }
  }

  @Test func powerLossCostsAClientNoMoreThanDeadtime() throws {
    var config = AgentConfig()
    // No way back: each round the other one goes.
    config.autoFailback = false
    try withAgents(config) { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      var owner = rig.loadb1
      var outages: [Double] = []
      for round in 0..<10 {
        let heir = rig.peer(of: owner)
        // Another phase of the heartbeat each time.
        try calm(pinger, pings: 300 + 11 * round)
        outages.append(
          try outage(pinger) {
            try owner.host.powerOff()
          } until: {
            try rig.waitForOwner(heir.name)
          })
        try owner.reboot()
        try owner.waitForLine("backup for group")
        owner = heir
      }
      print("outage after power loss, ms: \(listed(outages))")
      #expect(outages.sorted()[5] <= 320)
      #expect(outages.allSatisfy { (150...1000).contains($0) })
      #expect(rig.watch.overlaps().isEmpty)
      #expect(rig.watch.holdings.count == 11, "\(rig.watch.holdings)\n\(rig.transcript)")
    }
  }

  @Test func aCableThatIsPulledIsNoticedOnBothSides() throws {
    try withAgents { rig in
      try rig.startBoth()
      try lose(rig) {
        try rig.loadb1.host.cut()
      } andGet: {
        try rig.loadb1.host.plug()
      }
    }
  }

  @Test func aDeviceThatIsSetDownIsLetGoOf() throws {
    try withAgents { rig in
      try rig.startBoth()
      try lose(rig) {
        try rig.loadb1.host.setEthernet(up: false)
      } andGet: {
        try rig.loadb1.host.setEthernet(up: true)
      }
    }
  }

  /// The owner's link goes and comes back: the other has the address meanwhile, and never both of them.
  private func lose(_ rig: AgentRig, _ goes: () throws -> Void, andGet comes: () throws -> Void) throws {
    let pinger = try rig.ping()
    let gone = try outage(pinger, goes, until: { try rig.waitForOwner("loadb2") })
    try rig.loadb1.waitForLine("the device is down or gone: letting go")
    #expect(rig.overlaps().isEmpty)
    let mark = pinger.mark()
    try comes()
    try rig.waitForOwner("loadb1")
    try calm(pinger)
    let back = pinger.report(since: mark)
    print(
      "link lost: outage \(listed([gone])) ms; link back: lost \(back.lost), both held it \(listed(rig.overlaps())) ms")
    #expect(gone <= 1000)
    #expect(back.lost == 0)
    #expect(rig.overlaps().allSatisfy { $0 < 5 })
    #expect(rig.watch.holders == ["loadb1"])
  }

  /// How long the client goes without answers when this happens, in milliseconds.
  private func outage(
    _ pinger: Pinger, _ event: () throws -> Void, until settled: () throws -> Void
  ) throws -> Double {
    let mark = pinger.mark()
    try event()
    try settled()
    try calm(pinger, pings: 50)
    return milliseconds(try #require(pinger.report(since: mark).longest?.duration))
  }
}

extension Host {
  /// Sets `eth0` up or down, as an administrator of the host would.
  func setEthernet(up isUp: Bool) throws {
    try namespace().perform("set eth0") {
      var route = try RouteSocket()
      try route.setUp(try #require(try route.link(named: "eth0")).index, isUp)
    }
  }
}

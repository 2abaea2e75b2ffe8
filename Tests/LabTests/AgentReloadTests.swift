import Glibc
import Lab
import Linux
import Netlink
import Testing

/// SIGHUP: a new configuration counts wholly or not at all, and moves nothing that it does not have to.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentReloadTests {
  private static let second = "195.46.64.22/24"

  @Test(arguments: [
    // What is wrong, in which line, and in what words.
    ("cluster = \"loadb\"\ndeadtime = = 1\n", 2, "not TOML"),
    (AgentConfig().text(keys: "/nowhere") + "weight = 3\n", 30, "weight"),
  ])
  func aBadFileLeavesTheOldInForce(_ text: String, _ line: Int, _ words: String) throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      for balancer in rig.balancers {
        try balancer.write(configText: text)
        try balancer.reload(expecting: "reload: the running configuration stays in force")
        let place = "reload: \(balancer.configPath):\(line):"
        #expect(balancer.lines.contains { $0.contains(place) && $0.contains(words) }, "\(balancer.lines)")
      }
      try calm(pinger)
      try expectNothingMoved(rig, pinger.report(since: mark))
    }
  }

  /// As the service does: not as root, which could read everything.
  @Test func keysThatTheServiceCannotReadAreToldOfWithWhatToType() throws {
    try withAgents { rig in
      let capabilities = "+net_admin,+net_raw,+net_bind_service"
      let service = [
        "/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--inh-caps=\(capabilities)",
        "--ambient-caps=\(capabilities)",
      ]
      let nobody = try #require(getpwnam("nobody")).pointee.pw_uid
      for path in [rig.folder.path, rig.loadb1.configPath, rig.loadb1.keysPath] {
        try #require(chown(path, nobody, 0) == 0)
      }
      try rig.loadb1.start(under: service)
      try rig.loadb1.waitForLine("owner of 195.46.64.21/24")
      try #require(chown(rig.loadb1.keysPath, 0, 0) == 0)
      try rig.loadb1.reload(expecting: "reload: the running configuration stays in force")
      let open = "reload: \(rig.loadb1.keysPath): error: open \(rig.loadb1.keysPath): EACCES"
      #expect(rig.loadb1.lines.contains { $0.contains(open) }, "\(rig.loadb1.lines)")
      // The agent's user, or the service's where this machine has it.
      let hints = ["nobody", "vipagent"].map { "hint: chown \($0) \(rig.loadb1.keysPath)" }
      #expect(rig.loadb1.lines.contains { line in hints.contains { line.contains($0) } }, "\(rig.loadb1.lines)")
    }
  }

  @Test func anAddressThatIsAddedIsAnnouncedAndMovesNoOther() throws {
    try withAgents { rig in
      try rig.startBoth()
      let prefix = try #require(IPPrefix(Self.second))
      let others = try rig.lab.watchHolders(of: prefix.address)
      let tap = try rig.lab.tap()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      var config = AgentConfig()
      config.vips.append(Self.second)
      for balancer in rig.balancers {
        try balancer.write(config)
        try balancer.reload()
      }
      #expect(others.waitUntil(timeout: .seconds(5)) { $0 == ["loadb1"] })
      let announcement = ARPAnnouncement.frames(of: prefix.address, at: rig.loadb1.host.hardwareAddress)
      for form in announcement {
        #expect(tap.waitForFrame(timeout: .seconds(5)) { $0.bytes == form } != nil)
      }
      let added = try #require(try rig.loadb1.host.addresses().first { $0.prefix == prefix })
      #expect(added.label == "eth0:1")
      try calm(pinger)
      try expectNothingMoved(rig, pinger.report(since: mark))

      // And it moves like the other one.
      try rig.loadb1.host.powerOff()
      #expect(others.waitUntil(timeout: .seconds(5)) { $0 == ["loadb2"] })
      try rig.waitForOwner("loadb2")
    }
  }

  @Test func anAddressThatIsTakenOutIsRemovedAlone() throws {
    var config = AgentConfig()
    config.vips.append(Self.second)
    try withAgents(config) { rig in
      try rig.startBoth()
      let others = try rig.lab.watchHolders(of: try #require(IPPrefix(Self.second)).address)
      #expect(others.holders == ["loadb1"])
      let pinger = try rig.ping()
      let mark = pinger.mark()
      for balancer in rig.balancers {
        try balancer.write(AgentConfig())
        try balancer.reload()
      }
      #expect(others.waitUntil(timeout: .seconds(5)) { $0.isEmpty })
      try calm(pinger)
      try expectNothingMoved(rig, pinger.report(since: mark))
    }
  }

  @Test func aKeyIsChangedWithoutAGap() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      let keys = rig.loadb1.keysPath
      // The three steps that keygen prints.
      let keygen = try rig.loadb1.run("keygen", "--add", keys)
      #expect(keygen.exit == .code(0))
      try distribute(rig, try contents(of: keys), pinger)
      let both = try contents(of: keys).replacing("auth 1", with: "auth 2")
      try #require(both.contains("auth 2\n"))
      try distribute(rig, both, pinger)
      let newKey = both.split(separator: "\n").filter { !$0.hasPrefix("1 ") }.map { "\($0)\n" }.joined()
      try distribute(rig, newKey, pinger)
      try expectNothingMoved(rig, pinger.report(since: mark))
      for balancer in rig.balancers {
        #expect(!balancer.lines.contains { $0.contains("late") || $0.contains("dead") || $0.contains("dropped") })
        #expect(balancer.lines.count { $0.contains("reloaded:") } == 3)
      }
    }
  }

  @Test func newTimesCountFromTheReloadOn() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      var mark = pinger.mark()
      var config = AgentConfig()
      (config.keepalive, config.deadtime) = ("20ms", "60ms")
      for balancer in rig.balancers {
        try balancer.write(config)
        try balancer.reload()
        // For this long the two have different times.
        try calm(pinger)
      }
      try expectNothingMoved(rig, pinger.report(since: mark))
      mark = pinger.mark()
      try rig.loadb1.host.powerOff()
      try rig.waitForOwner("loadb2")
      try calm(pinger, pings: 50)
      let outage = milliseconds(try #require(pinger.report(since: mark).longest?.duration))
      print("outage after a reload to deadtime 60 ms: \(listed([outage])) ms")
      #expect(outage < 200)
    }
  }

  /// What both configurations hold does not move, whatever it is called, whichever node hears of it first.
  @Test(arguments: [false, true]) func aGroupOfAnotherNameStaysWhereItIs(_ backupFirst: Bool) throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      for balancer in backupFirst ? rig.balancers.reversed() : rig.balancers {
        let text = AgentConfig().text(keys: balancer.keysPath).replacing("\"director\"", with: "\"web\"")
        try balancer.write(configText: text)
        try balancer.reload()
        // Meanwhile each knows the group by another name: longer than a deadtime, and than eight probes.
        try calm(pinger, pings: 3_000)
      }
      try expectNothingMoved(rig, pinger.report(since: mark))
      try rig.loadb1.host.powerOff()
      try rig.waitForOwner("loadb2")
    }
  }

  @Test func aGroupThatIsDroppedIsSaidToBe() throws {
    try withAgents { rig in
      try rig.startBoth()
      let text = AgentConfig().text(keys: rig.loadb1.keysPath).replacing("\"director\"", with: "\"web\"")
        .replacing("195.46.64.21/24", with: Self.second)
      try rig.loadb1.write(configText: text)
      try rig.loadb1.reload()
      try rig.loadb1.waitForLine(
        "group director is not in the configuration any more: letting go of 195.46.64.21/24 on eth0")
      // The other one, which knows it still, finds the wire silent.
      try rig.waitForOwner("loadb2")
    }
  }

  private func distribute(_ rig: AgentRig, _ keys: String, _ pinger: Pinger) throws {
    for balancer in rig.balancers {
      try rig.folder.write(keys, to: "\(balancer.name).keys")
      try balancer.reload()
      try calm(pinger, pings: 150)
    }
  }

  private func expectNothingMoved(_ rig: AgentRig, _ report: PingReport) throws {
    #expect(report.lost == 0)
    #expect(rig.watch.holders == ["loadb1"])
    #expect(rig.watch.holdings.count == 1)
  }
}

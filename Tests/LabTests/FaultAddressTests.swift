import Glibc
import Lab
import Linux
import Netlink
import Testing

/// Somebody else works on the addresses: on the owner, or on a host that is none of the nodes.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(3))) struct FaultAddressTests {
  /// Deleted by itself, or by the kernel together with the first address of its subnet.
  @Test(arguments: ["195.46.64.21/24", "195.46.64.15/24"]) func anAddressThatIsDeletedIsBackAtOnce(_ text: String)
    throws
  {
    try withAgents { rig in
      try rig.startBoth()
      // Somebody has set back what the agent has set: ours goes with the subnet's first one.
      try rig.loadb1.host.set("ipv4/conf/eth0/promote_secondaries", 0)
      let tap = try rig.lab.tap()
      let prefix = try #require(IPPrefix(text))
      let deleted = BootClock.now()
      try #require(try rig.loadb1.host.erase(prefix))
      try #require(rig.watch.waitForHoldings(timeout: .seconds(5)) { $0.count == 2 })
      let holdings = rig.watch.holdings
      let gap = milliseconds(from: try #require(holdings[0].end), to: holdings[1].start)
      var announced: [Double] = []
      for form in ARPAnnouncement.frames(of: rig.watch.address, at: rig.loadb1.host.hardwareAddress) {
        let frame = tap.waitForFrame(timeout: .seconds(5)) { $0.time > deleted && $0.bytes == form }
        announced.append(milliseconds(from: holdings[1].start, to: try #require(frame).time))
      }
      print("\(text) deleted: back after \(listed([gap])) ms, announced \(listed(announced)) ms later")
      #expect(gap <= 10)
      #expect(announced.allSatisfy { $0 <= 10 })
      #expect(holdings.map(\.host) == ["loadb1", "loadb1"])
    }
  }

  /// A host whose own address comes behind ours, by DHCP or by the hand of an administrator, keeps it and all its routes when
  /// ours goes, and its connections come from it.
  @Test func aHostsOwnAddressAndItsRoutesSurviveTheHandOver() throws {
    try withAgents { rig in
      try rig.startBoth()
      let own = try #require(IPPrefix("195.46.64.15/24"))
      try #require(try rig.loadb1.host.erase(own))
      try rig.loadb1.host.add("195.46.64.15/24")
      try rig.loadb1.waitForLine("it is behind the host's own now")
      #expect(try rig.loadb1.host.addresses().contains { $0.prefix == own && !$0.isSecondary })
      let client = try #require(rig.client.prefixes.first).address
      #expect(try rig.loadb1.host.route(to: client)?.source == own.address)
      let before = try rig.loadb1.host.addStaticRoutes(by: client)
      try rig.loadb1.end()
      try rig.waitForOwner("loadb2")
      #expect(try rig.loadb1.host.hasAddress(own.address))
      #expect(try rig.loadb1.host.staticRoutes() == before)
      rig.expectNoOverlap()
    }
  }

  /// A slip of the pen: the shared address is one that a host has by itself. It stays the host's, with its default route.
  @Test func aHostsOwnAddressIsNotTaken() throws {
    var config = AgentConfig()
    config.vips = ["195.46.64.15/24"]
    try withAgents(config) { rig in
      let client = try #require(rig.client.prefixes.first).address
      let before = try rig.loadb1.host.addStaticRoutes(by: client)
      let addresses = try rig.loadb1.host.addresses()
      let check = try rig.loadb1.run("check", "--config", rig.loadb1.configPath)
      #expect(
        check.exit == .code(78)
          && check.lines.contains { $0.text.contains("which is this host's own address, on eth0") })
      for balancer in rig.balancers { try balancer.start() }
      try rig.loadb1.waitForLine("195.46.64.15/24 is on eth0 already and was not added by vipagent")
      try rig.loadb2.waitForLine("for 195.46.64.15/24 on eth0 (02:00:00:00:00:01)")
      for balancer in rig.balancers { try balancer.end() }
      #expect(try rig.loadb1.host.addresses() == addresses)
      #expect(try rig.loadb1.host.staticRoutes() == before)
      #expect(try !rig.loadb2.host.hasAddress(try #require(IPAddress("195.46.64.15"))))
    }
  }

  /// NetworkManager takes a connection down, or a script flushes the device's routes: the address answers ARP, and every
  /// packet to it would be lost.
  @Test func aRouteThatSomebodyFlushesIsBackAtOnce() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      try rig.loadb1.host.flushKernelRoutes()
      try rig.loadb1.waitForLine("somebody removed the route of 195.46.64.21/24 on eth0: put back")
      try calm(pinger)
      let lost = pinger.report(since: mark).lost
      print("the connected route flushed: \(lost) pings lost")
      #expect(lost <= 50)
      rig.expectHolder("loadb1", for: .milliseconds(500))
      #expect(try rig.loadb1.run("status", "--socket", rig.loadb1.socketPath).exit == .code(0))
    }
  }

  /// A bond's port or a bridge's first one changes: clients look for the address at one that nobody has any more.
  @Test func anotherEthernetAddressIsAnnouncedAtOnce() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      try calm(pinger)
      let mark = pinger.mark()
      let tap = try rig.lab.tap()
      let hardware = try #require(HardwareAddress("02:00:00:00:00:11"))
      let changed = BootClock.now()
      try rig.loadb1.host.setHardwareAddress(hardware)
      for form in ARPAnnouncement.frames(of: rig.watch.address, at: hardware) {
        let frame = try #require(tap.waitForFrame(timeout: .seconds(5)) { $0.bytes == form })
        #expect(milliseconds(from: changed, to: frame.time) < 100)
      }
      try calm(pinger)
      let lost = pinger.report(since: mark).lost
      print("another Ethernet address: \(lost) pings lost")
      #expect(lost <= 100)
      let old = ARPAnnouncement.frames(of: rig.watch.address, at: rig.loadb1.host.hardwareAddress)
      #expect(!tap.frames.contains { $0.time > changed + 10_000_000 && old.contains($0.bytes) })
      rig.expectHolder("loadb1", for: .milliseconds(100))
    }
  }

  @Test func aStormOfDeletionsIsReportedAndLeftToTheOther() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      let shared = try #require(AgentRig.shared)
      let began = BootClock.now()
      var deletions = 0
      while rig.watch.holders != ["loadb2"], milliseconds(from: began) < 10_000 {
        if try rig.loadb1.host.erase(shared) { deletions += 1 }
      }
      let took = milliseconds(from: began)
      try rig.loadb1.waitForLine("somebody has removed addresses of group director")
      try rig.loadb1.waitForLine("handing 195.46.64.21/24 on eth0 over to loadb2")
      try rig.loadb1.waitForLine("cannot hold 195.46.64.21/24")
      try rig.waitForOwner("loadb2")
      // The other one keeps it although loadb1 is preferred.
      rig.expectHolder("loadb2", for: .seconds(2))
      try calm(pinger)
      print(
        "storm: \(deletions) deletions, on loadb2 after \(listed([took])) ms; lost \(pinger.report(since: mark).lost)")
      rig.expectNoOverlap()
    }
  }

  @Test func aForeignClaimIsReportedAndDefendedOnceInTenSeconds() throws {
    try withAgents { rig in
      try rig.startBoth()
      let tap = try rig.lab.tap()
      let prefix = try #require(AgentRig.shared)
      let stranger = try rig.lab.bootHost("stranger", "195.46.64.99/24")
      // What the start was announced with must not be counted.
      let quiet = 2_500_000_000 + (try #require(rig.watch.holdings.last).start) - BootClock.now()
      rig.expectHolder("loadb1", for: .nanoseconds(max(quiet, 0)))
      try stranger.add("195.46.64.21/24")
      let port = try stranger.namespace().perform("announce") { try ARPPort("eth0") }
      let forms = ARPAnnouncement.frames(of: prefix.address, at: stranger.hardwareAddress)
      let began = BootClock.now()
      while milliseconds(from: began) < 12_500 {
        port.send(forms[0])
        _ = rig.watch.waitUntil(timeout: .milliseconds(250)) { _ in false }
      }
      let own = ARPAnnouncement.frames(of: prefix.address, at: rig.loadb1.host.hardwareAddress)[0]
      let answers = tap.frames.filter { $0.time > began && $0.bytes == own }.map {
        milliseconds(from: began, to: $0.time)
      }
      let lines = try #require(rig.loadb1.agent).lines.filter { $0.text.contains("announced ours again") }
      print("a stranger announces 4 times a second: answered after \(listed(answers)) ms")
      #expect(rig.loadb1.lines.contains { $0.contains("02:00:00:00:00:04, none of our nodes, uses an address of") })
      // At the first claim and ten seconds later, each time with one announcement.
      #expect((1...2).contains(lines.count), "\(rig.loadb1.lines)")
      #expect(answers.count { $0 < 9_900 } == 1)
      #expect(rig.loadb1.lines.count < 40)
      #expect(rig.watch.holders == ["loadb1", "stranger"])
    }
  }

  @Test func anAddressThatAForeignHostHasIsNeverClaimed() throws {
    try withAgents { rig in
      let stranger = try rig.lab.bootHost("stranger", "195.46.64.99/24")
      try stranger.add("195.46.64.21/24")
      for balancer in rig.balancers { try balancer.start() }
      try rig.loadb1.waitForLine("address conflict: 02:00:00:00:00:04, none of our nodes, answers for")
      // Longer than a proxy would be believed: a lease and a second.
      rig.expectHolder("stranger", for: .seconds(6))
      let gone = BootClock.now()
      try stranger.remove("195.46.64.21/24")
      let taken = try rig.waitForTaking(by: "loadb1", since: gone)
      print("a stranger let go: taken after \(listed([milliseconds(from: gone, to: taken)])) ms")
      #expect(milliseconds(from: gone, to: taken) < 100)
      rig.expectNoOverlap()
    }
  }

  /// Also when the owner dies so soon that the other has never heard of it as the owner.
  @Test(arguments: [0, 1000]) func aSwitchThatAnswersForTheDeadDelaysTheTakeoverOnly(_ calmBefore: Int) throws {
    try withAgents { rig in
      try rig.startBoth()
      if calmBefore > 0 { try calm(try rig.ping(), pings: calmBefore) }
      let proxy = try ARPProxy(
        for: rig.watch.address, at: rig.loadb1.host.hardwareAddress, on: rig.lab.network)
      defer { proxy.end() }
      let dark = BootClock.now()
      try rig.loadb1.host.powerOff()
      let taken = try rig.waitForTaking(by: "loadb2", since: dark)
      print(
        "power loss behind a switch that answers ARP: taken after \(listed([milliseconds(from: dark, to: taken)])) ms")
      try rig.loadb2.waitForLine("a proxy or a switch answers for a dead host")
      #expect((3_000...4_500).contains(milliseconds(from: dark, to: taken)))
      rig.expectNoOverlap()
    }
  }

  @Test func releaseRemovesWhatIsOursAndNothingElse() throws {
    try withAgents { rig in
      try rig.startBoth()
      for balancer in rig.balancers { try balancer.end(with: SIGKILL) }
      try rig.loadb1.host.add("195.46.64.77/24")
      // The same address, but not ours.
      try rig.loadb2.host.add("195.46.64.21/24", label: "eth0:0")
      for balancer in rig.balancers {
        #expect(try balancer.run("release", "--config", balancer.configPath).exit == .code(0))
      }
      let left = try rig.balancers.map { try $0.host.addresses().map(\.prefix).filter { $0.length == 24 } }
      #expect(left[0] == [IPPrefix("195.46.64.15/24"), IPPrefix("195.46.64.77/24")].compactMap(\.self))
      #expect(left[1] == [IPPrefix("195.46.64.16/24"), IPPrefix("195.46.64.21/24")].compactMap(\.self))
      // Nothing to do is no failure.
      #expect(try rig.loadb1.run("release", "--config", rig.loadb1.configPath).exit == .code(0))
    }
  }

  /// What is left behind is known by its mark: a configuration that is wrong, or gone, is no reason to leave it.
  @Test(arguments: [true, false]) func releaseNeedsNoConfiguration(isGone: Bool) throws {
    try withAgents { rig in
      try rig.startBoth()
      try rig.loadb1.end(with: SIGKILL)
      if isGone { unlink(rig.loadb1.configPath) } else { try rig.loadb1.write(configText: "cluster = nothing") }
      let wrong = try rig.loadb1.run("release", "--config", rig.loadb1.configPath)
      #expect(wrong.exit == .code(EX_CONFIG))
      #expect(try rig.loadb1.run("release", "--after-stop", "--config", rig.loadb1.configPath).exit == .code(0))
      let left = try rig.loadb1.host.addresses().map(\.prefix).filter { $0.length == 24 }
      #expect(left == [IPPrefix("195.46.64.15/24")].compactMap(\.self))
    }
  }
}

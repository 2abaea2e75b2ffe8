import Glibc
import Lab
import Linux
import Synchronization
import Testing

/// The package and the service as people use them, on two booted hosts; run by `make test-systemd`. One story, told once,
/// because a boot takes its time: each step begins with loadb1 as the owner and loadb2 as its backup.
@Suite(.needsRoot, .enabled(if: BootedPair.room != nil, "needs the disks that Tests/systemd/run makes"))
struct SystemdTests {
  /// What is being done, for an issue to say.
  private static let step = Mutex("")

  @Test(.timeLimit(.minutes(10)), .compactMapIssues(nameStep)) func aServiceOnTwoHosts() throws {
    let start = BootClock.now()
    let pair = try BootedPair()
    defer { pair.lab.tearDown() }
    let steps: [(String, (BootedPair) throws -> Void)] = [
      ("install", install), ("first cluster", firstCluster), ("privilege", privilege), ("reload", reload),
      ("restart", restart), ("kill", kill), ("hang", hang), ("stop", stop), ("reboot", reboot),
      ("power loss", powerLoss), ("late device", lateDevice), ("upgrade", upgrade),
      ("a wrong configuration", wrongConfiguration),
      ("removal", removal),
    ]
    for (name, step) in steps {
      let began = BootClock.now()
      Self.step.withLock { $0 = name }
      do {
        try step(pair)
      } catch {
        for host in pair.balancers where host.host.isRunning {
          print("\(host.name):\n\((try? host.run("journalctl --no-pager --unit=vipagent --lines=80").output) ?? "")")
        }
        throw error
      }
      print("— \(name): \((BootClock.now() - began) / 1_000_000) ms")
    }
    print("all steps: \((BootClock.now() - start) / 1_000_000_000) s")
  }

  @Sendable private static func nameStep(of issue: Issue) -> Issue? {
    var issue = issue
    issue.comments.append("in step \(step.withLock { "“\($0)”" })")
    return issue
  }

  // MARK: - From the package to the cluster

  /// Without a configuration nothing starts, and nothing fails.
  private func install(_ pair: BootedPair) throws {
    for host in pair.balancers { try host.switchOn() }
    for host in pair.balancers { try host.waitForBoot() }
    try pair.follow(pair.manual.blocks.prefix(2))
    for host in pair.balancers {
      #expect(try host.property("ActiveState") == "inactive")
      #expect(try host.property("Result") == "success")
      #expect(try host.shell("systemctl is-enabled vipagent") == "enabled")
      #expect(try host.shell("systemctl start vipagent && systemctl is-active vipagent || true") == "inactive")
      #expect(try host.shell("stat --format='%U %a' /etc/vipagent") == "root 755")
    }
    #expect(pair.watch.holders == [])
  }

  /// What the manual says, word for word.
  private func firstCluster(_ pair: BootedPair) throws {
    let outputs = try pair.follow(pair.manual.blocks.dropFirst(2))
    #expect(outputs["loadb2: vipagent check"]?.hasPrefix("/etc/vipagent/config.toml: ok: cluster loadb") == true)
    let mine = try #require(outputs["loadb1: ip addr show eth0"])
    #expect(mine.contains("inet 195.46.64.21/24 brd 195.46.64.255 scope global secondary dynamic eth0:0"), "\(mine)")
    let other = try pair.loadb2.shell("ip addr show eth0")
    #expect(other.contains("195.46.64.16/24") && !other.contains("195.46.64.21"), "\(other)")
    #expect(outputs["loadb1: systemctl status vipagent"]?.contains("Status: \"owner of 1 of 1 groups") == true)
    #expect(try pair.loadb2.property("StatusText") == "owner of 0 of 1 groups; ready to take over 1")
    try pair.waitForBackup()
    #expect(pair.watch.holdings.map(\.host) == ["loadb1"])
  }

  /// A user of its own, five capabilities, and yet realtime priority and locked memory.
  private func privilege(_ pair: BootedPair) throws {
    let process = try pair.loadb1.property("MainPID")
    let status = try pair.loadb1.shell("cat /proc/\(process)/status")
    func field(_ name: String) -> String {
      let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") } ?? ""
      return line.split(whereSeparator: \.isWhitespace).dropFirst().joined(separator: " ")
    }
    let user = try pair.loadb1.shell("id --user vipagent")
    #expect(user != "0" && field("Uid") == "\(user) \(user) \(user) \(user)")
    // CAP_NET_BIND_SERVICE 10, CAP_NET_ADMIN 12, CAP_NET_RAW 13, CAP_IPC_LOCK 14, CAP_SYS_NICE 23.
    let five = "0000000000807400"
    for set in ["CapEff", "CapPrm", "CapBnd", "CapAmb"] { #expect(field(set) == five, "\(set)") }
    #expect(field("NoNewPrivs") == "1" && field("Seccomp") == "2")
    #expect((Int(field("VmLck").prefix { $0.isNumber }) ?? 0) > 0, "no memory is locked")
    let threads = try pair.loadb1.shell("ps --no-headers -L -o comm=,cls=,rtprio= -p \(process)")
    #expect(
      threads.split(separator: "\n").contains { $0.split(separator: " ") == ["heartbeat", "FF", "50"] }, "\(threads)")
    // As asked for; a machine that withholds CAP_SYS_RESOURCE does not grant it to anybody.
    #expect(try pair.loadb1.property("OOMScoreAdjust") == "-900")
    // 2.3, and what it is made of, stands in docs/systemd.md.
    let security = try pair.loadb1.run("systemd-analyze --no-pager security --threshold=23 vipagent")
    #expect(security.exit == .code(0), "\(security.output)")
    #expect(try !pair.loadb1.journal().contains("going on without"))
  }

  // MARK: - Planned

  private func reload(_ pair: BootedPair) throws {
    let path = "/etc/vipagent/config.toml"
    let good = try pair.loadb1.shell("cat \(path)") + "\n"
    let process = try pair.loadb1.property("MainPID")
    let effect = try pair.measure("reload") {
      try pair.loadb1.write(good + "[metrics]\nlisten = \"off\"\n", to: path)
      try pair.loadb1.shell("systemctl reload vipagent")
      try pair.loadb1.write(good.replacing("100ms", with: "100"), to: path)
      let refused = try pair.loadb1.run("systemctl reload vipagent")
      #expect(refused.exit == .code(1), "\(refused.output)")
    }
    #expect(effect.lost == 0 && effect.moves == 0)
    #expect(try pair.loadb1.journal().contains("\(path):6:"))
    #expect(try pair.loadb1.property("ActiveState") == "active")
    try pair.loadb1.wait(until: "systemctl show --property=StatusText vipagent | grep -q 'last reload was refused'")
    try pair.loadb1.write(good, to: path)
    try pair.loadb1.shell("systemctl reload vipagent")
    #expect(try pair.loadb1.property("MainPID") == process)
    try pair.waitForBackup()
  }

  private func restart(_ pair: BootedPair) throws {
    let process = try pair.loadb1.property("MainPID")
    let effect = try pair.measure("restart of the owner") { try pair.loadb1.shell("systemctl restart vipagent") }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    #expect(try pair.loadb1.property("MainPID") != process)
    try pair.waitForBackup()
  }

  private func stop(_ pair: BootedPair) throws {
    let away = try pair.measure("stop of the owner") {
      try pair.loadb1.shell("systemctl stop vipagent")
      #expect(pair.watch.holders == ["loadb2"])
    }
    #expect(away.lost == 0 && away.moves == 1)
    #expect(try pair.loadb1.property("Result") == "success")
    let back = try pair.measure("start of the preferred node") {
      try pair.loadb1.shell("systemctl start vipagent")
      try pair.waitForOwner("loadb1")
    }
    #expect(back.lost == 0 && back.moves == 1)
    try pair.waitForBackup()
  }

  private func reboot(_ pair: BootedPair) throws {
    let effect = try pair.measure("reboot of the owner and fail-back") {
      try pair.loadb1.expectBoot()
      try pair.loadb1.shell("systemctl --no-block reboot")
      try pair.waitForOwner("loadb2")
      try pair.loadb1.waitForBoot()
      try pair.waitForOwner("loadb1")
    }
    #expect(effect.lost == 0 && effect.moves == 2)
    try pair.waitForBackup()
  }

  private func upgrade(_ pair: BootedPair) throws {
    let process = try pair.loadb1.property("MainPID")
    let effect = try pair.measure("upgrade of the owner") {
      try pair.loadb1.shell("apt-get install /packages/next/vipagent_*.deb", within: .seconds(60))
    }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    #expect(try pair.loadb1.property("MainPID") != process)
    #expect(try pair.loadb1.shell("dpkg-query --showformat='${Version}' --show vipagent").hasSuffix("+next"))
    try pair.waitForBackup()
  }

  // MARK: - Unplanned

  /// systemd starts a successor, which adopts.
  private func kill(_ pair: BootedPair) throws {
    let process = try pair.loadb1.property("MainPID")
    let effect = try pair.measure("kill -9 of the owner") {
      try pair.loadb1.shell("kill -9 \(process)")
      try pair.loadb1.wait(until: "[ $(systemctl show --property=NRestarts --value vipagent) -ge 1 ]")
      try pair.loadb1.wait(until: "systemctl --quiet is-active vipagent")
      try pair.waitForOwner("loadb1")
    }
    #expect(effect.overlaps == [] && effect.outage < 1_000)
    try pair.waitForBackup()
  }

  /// The watchdog ends an agent that does nothing any more.
  private func hang(_ pair: BootedPair) throws {
    let process = try pair.loadb1.property("MainPID")
    let effect = try pair.measure("SIGSTOP of the owner") {
      try pair.loadb1.shell("kill -STOP \(process)")
      try pair.loadb1.wait(until: "[ $(systemctl show --property=MainPID --value vipagent) -ne \(process) ]")
      try pair.loadb1.wait(until: "systemctl --quiet is-active vipagent")
      try pair.waitForOwner("loadb1")
    }
    #expect(effect.overlaps == [] && effect.outage < 1_000)
    #expect(try pair.loadb1.shell("journalctl --no-pager --unit=vipagent").contains("Watchdog timeout"))
    try pair.waitForBackup()
  }

  private func powerLoss(_ pair: BootedPair) throws {
    let effect = try pair.measure("power loss of the owner") {
      try pair.loadb1.powerOff()
      try pair.waitForOwner("loadb2")
    }
    #expect(effect.overlaps == [] && effect.outage < 1_000)
    let back = try pair.measure("boot after the power loss, and fail-back") {
      try pair.loadb1.powerOn()
      try pair.waitForOwner("loadb1")
    }
    #expect(back.lost == 0 && back.moves == 1)
    try pair.waitForBackup()
  }

  /// A device that comes later than TimeoutStartSec= allows a start to take: the start takes as long as it takes.
  private func lateDevice(_ pair: BootedPair) throws {
    try pair.loadb1.shell("systemctl stop vipagent")
    try pair.loadb1.host.removeCard()
    try pair.loadb1.shell("systemctl --no-block start vipagent")
    try pair.loadb1.wait(until: "systemctl show --property=StatusText vipagent | grep -q 'joining: waiting for eth0'")
    let process = try pair.loadb1.property("MainPID")
    try pair.loadb1.shell("sleep 11")
    #expect(try pair.loadb1.property("ActiveState") == "activating")
    #expect(try pair.loadb1.property("MainPID") == process)
    let effect = try pair.measure("a device that comes late, and fail-back") {
      try pair.loadb1.host.insertCard()
      try pair.waitForOwner("loadb1")
      try pair.loadb1.wait(until: "systemctl --quiet is-active vipagent")
    }
    #expect(effect.lost == 0 && effect.moves == 1)
    try pair.waitForBackup()
  }

  // MARK: - The end

  /// The unit fails once, and the journal says why; the other host serves.
  private func wrongConfiguration(_ pair: BootedPair) throws {
    let path = "/etc/vipagent/config.toml"
    let good = try pair.loadb1.shell("cat \(path)") + "\n"
    let effect = try pair.measure("a configuration error at start") {
      try pair.loadb1.shell("systemctl stop vipagent")
      try pair.loadb1.write(good.replacing("deadtime  = \"300ms\"", with: "deadtime  = \"150ms\""), to: path)
      let refused = try pair.loadb1.run("systemctl start vipagent")
      #expect(refused.exit == .code(1), "\(refused.output)")
    }
    #expect(effect.outage < 100)
    #expect(try pair.loadb1.property("ActiveState") == "failed" && pair.watch.holders == ["loadb2"])
    let said = try pair.loadb1.journal()
    #expect(said.contains("\(path):7:") && said.contains("deadtime"), "\(said)")
    print(said.split(separator: "\n").filter { $0.contains("deadtime") }.joined(separator: "\n"))
    try pair.loadb1.write(good, to: path)
    try pair.loadb1.shell("systemctl start vipagent")
    try pair.waitForOwner("loadb1")
    try pair.waitForBackup()
  }

  private func removal(_ pair: BootedPair) throws {
    try pair.loadb1.shell("dpkg-query --listfiles vipagent >files")
    let effect = try pair.measure("removal of the package from the owner") {
      try pair.loadb1.shell("apt-get remove --yes vipagent", within: .seconds(60))
    }
    #expect(effect.lost == 0 && pair.watch.holders == ["loadb2"])
    #expect(try pair.loadb1.shell("ls /etc/vipagent") == "config.toml\nkeys")
    try pair.loadb1.shell("apt-get purge --yes vipagent", within: .seconds(60))
    let left = try pair.loadb1.shell(
      """
      (ls -d $(cat files) 2>/dev/null | grep vipagent) || true
      find /etc /run /usr/lib/sysusers.d /lib/systemd /var/lib -name '*vipagent*'
      """, within: .seconds(60))
    #expect(left == "", "\(left)")
    #expect(try pair.loadb1.shell("dpkg-query --show vipagent 2>/dev/null || getent passwd vipagent || true") == "")
    #expect(try pair.loadb1.shell("systemctl is-system-running || systemctl --failed --plain --no-legend") == "running")
  }
}

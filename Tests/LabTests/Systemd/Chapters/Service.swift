import Lab
import Linux
import Testing

/// What an administrator does to the service.
extension Chapter {
  static let reload = Chapter("reload") { cluster in
    let path = "/etc/vipagent/config.toml"
    let good = try cluster.loadb1.shell("cat \(path)") + "\n"
    let process = try cluster.loadb1.property("MainPID")
    let effect = try cluster.measure("reload") {
      try cluster.loadb1.write(good + "[metrics]\nlisten = \"off\"\n", to: path)
      try cluster.loadb1.shell("systemctl reload vipagent")
      try cluster.loadb1.write(good.replacing("100ms", with: "100"), to: path)
      let refused = try cluster.loadb1.run("systemctl reload vipagent")
      #expect(refused.exit == .code(1), "\(refused.output)")
    }
    #expect(effect.lost == 0 && effect.moves == 0)
    #expect(try cluster.loadb1.journal().contains("\(path):6:"))
    #expect(try cluster.loadb1.property("ActiveState") == "active")
    try cluster.loadb1.wait(until: "systemctl show --property=StatusText vipagent | grep -q 'last reload was refused'")
    try cluster.loadb1.write(good, to: path)
    try cluster.loadb1.shell("systemctl reload vipagent")
    #expect(try cluster.loadb1.property("MainPID") == process)
    try cluster.waitForBackup()
  }

  static let restart = Chapter("restart") { cluster in
    let process = try cluster.loadb1.property("MainPID")
    let effect = try cluster.measure("restart of the owner") { try cluster.loadb1.shell("systemctl restart vipagent") }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    #expect(try cluster.loadb1.property("MainPID") != process)
    try cluster.waitForBackup()
  }

  static let stop = Chapter("stop") { cluster in
    let away = try cluster.measure("stop of the owner") {
      try cluster.loadb1.shell("systemctl stop vipagent")
      #expect(cluster.watch.holders == ["loadb2"])
    }
    #expect(away.lost == 0 && away.moves == 1)
    #expect(try cluster.loadb1.property("Result") == "success")
    let back = try cluster.measure("start of the preferred node") {
      try cluster.loadb1.shell("systemctl start vipagent")
      try cluster.waitForOwner("loadb1")
    }
    #expect(back.lost == 0 && back.moves == 1)
    try cluster.waitForBackup()
  }

  static let reboot = Chapter("reboot") { cluster in
    let effect = try cluster.measure("reboot of the owner and fail-back") {
      try cluster.loadb1.expectBoot()
      try cluster.loadb1.shell("systemctl --no-block reboot")
      try cluster.waitForOwner("loadb2")
      try cluster.loadb1.waitForBoot()
      try cluster.waitForOwner("loadb1")
    }
    #expect(effect.lost == 0 && effect.moves == 2)
    try cluster.waitForBackup()
  }
}

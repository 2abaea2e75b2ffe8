import Lab
import Linux
import Testing

/// A host under maintenance.
extension Chapter {
  /// What an operator has put on standby stays there over a restart, a reboot and a loss of power, until the operator ends it.
  static let standby = Chapter("standby") { cluster in
    let away = try cluster.measure("standby of the owner") {
      try cluster.loadb1.shell("vipagent standby")
      try cluster.waitForOwner("loadb2")
    }
    #expect(away.lost == 0 && away.moves == 1)
    let maintenance = try cluster.measure("restart and reboot of a node on standby") {
      try cluster.loadb1.shell("systemctl restart vipagent")
      try cluster.loadb1.reboot()
      try cluster.loadb1.wait(until: "systemctl --quiet is-active vipagent")
      try cluster.loadb1.powerOff()
      try cluster.loadb1.powerOn()
      try cluster.loadb1.wait(until: "systemctl --quiet is-active vipagent")
    }
    #expect(maintenance.lost == 0 && maintenance.moves == 0 && maintenance.overlaps == [])
    #expect(cluster.watch.holders == ["loadb2"])
    let back = try cluster.measure("end of the standby") {
      try cluster.loadb1.shell("vipagent available")
      try cluster.waitForOwner("loadb1")
    }
    #expect(back.lost == 0 && back.moves == 1)
    try cluster.waitForBackup()
  }
}

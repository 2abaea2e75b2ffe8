import Lab
import Linux
import Testing

/// Patches, by hand and by night.
extension Chapter {
  static let unattendedUpgrades = Chapter("unattended upgrades") { cluster in
    let processes = try cluster.running.map { try $0.property("MainPID") }
    let effect = try cluster.measure("unattended upgrades") { try cluster.follow(recipe: "Unattended upgrades") }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    for (host, process) in zip(cluster.running, processes) {
      #expect(try host.property("MainPID") != process)
      #expect(try host.shell("dpkg-query --showformat='${Version}' --show vipagent").hasSuffix("+next"))
    }
  }

  static let patches = Chapter("patches") { cluster in
    let effect = try cluster.measure("a pair patched and rebooted") {
      try cluster.follow(recipe: "Patch and reboot a pair")
    }
    #expect(effect.lost == 0 && effect.moves == 2)
    try cluster.waitForBackup()
  }
}

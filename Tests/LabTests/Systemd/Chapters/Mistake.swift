import Lab
import Linux
import Testing

/// What an administrator gets wrong.
extension Chapter {
  /// The unit fails once, and the journal says why; the other host serves.
  static let wrongConfiguration = Chapter("a wrong configuration") { cluster in
    let path = "/etc/vipagent/config.toml"
    let good = try cluster.loadb1.shell("cat \(path)") + "\n"
    let effect = try cluster.measure("a configuration error at start") {
      try cluster.loadb1.shell("systemctl stop vipagent")
      try cluster.loadb1.write(good.replacing("deadtime  = \"300ms\"", with: "deadtime  = \"150ms\""), to: path)
      let refused = try cluster.loadb1.run("systemctl start vipagent")
      #expect(refused.exit == .code(1), "\(refused.output)")
    }
    #expect(effect.outage < 100)
    #expect(try cluster.loadb1.property("ActiveState") == "failed" && cluster.watch.holders == ["loadb2"])
    let said = try cluster.loadb1.journal()
    #expect(said.contains("\(path):7:") && said.contains("deadtime"), "\(said)")
    print(said.split(separator: "\n").filter { $0.contains("deadtime") }.joined(separator: "\n"))
    try cluster.loadb1.write(good, to: path)
    try cluster.loadb1.shell("systemctl start vipagent")
    try cluster.waitForOwner("loadb1")
    try cluster.waitForBackup()
  }

  /// A word that is not there is refused with the place and the word that was meant, and nothing moves.
  static let typo = Chapter("a typo") { cluster in
    let path = "/etc/vipagent/config.toml"
    let effect = try cluster.measure("a typo") {
      try cluster.loadb1.change(path, ["-keepalive = \"100ms\"", "+keepalife = \"100ms\""])
      let check = try cluster.loadb1.run("vipagent check")
      #expect(check.exit == .code(78) && check.output.contains("\(path):6:"), "\(check.output)")
      #expect(check.output.contains("keepalive"), "\(check.output)")
      #expect(try cluster.loadb1.run("systemctl reload vipagent").exit == .code(1))
      #expect(try cluster.loadb1.run("vipagent status").exit == .code(1))
      try cluster.loadb1.change(path, ["-keepalife = \"100ms\"", "+keepalive = \"100ms\""])
      try cluster.loadb1.shell("systemctl reload vipagent")
    }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    try cluster.waitForPeace()
  }

  /// A node with another key is heard by nobody, takes nothing, and says why.
  static let wrongKey = Chapter("a wrong key") { cluster in
    let keys = "/etc/vipagent/keys"
    let effect = try cluster.measure("a wrong key") {
      try cluster.loadb3.shell("mv \(keys) \(keys).right; vipagent keygen \(keys); systemctl reload vipagent")
      try cluster.loadb1.wait(until: "vipagent status | grep -q '^loadb3 *dead'")
      let doctor = try cluster.loadb3.run("COLUMNS=400 vipagent doctor")
      let words = "they are signed with another secret"
      #expect(doctor.exit == .code(2) && doctor.output.contains(words), "\(doctor.output)")
      try cluster.loadb3.shell("mv \(keys).right \(keys); systemctl reload vipagent")
    }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    try cluster.waitForPeace()
  }
}

import Lab
import Linux
import Testing

/// The end.
extension Chapter {
  static let removal = Chapter("removal") { cluster in
    try cluster.loadb1.shell("dpkg-query --listfiles vipagent >files")
    let effect = try cluster.measure("removal of the package from the owner") {
      try cluster.loadb1.shell("apt-get remove --yes vipagent", within: .seconds(60))
    }
    #expect(effect.lost == 0 && cluster.watch.holders == ["loadb2"])
    #expect(try cluster.loadb1.shell("ls /etc/vipagent") == "config.toml\nkeys")
    try cluster.loadb1.shell("apt-get purge --yes vipagent", within: .seconds(60))
    let left = try cluster.loadb1.shell(
      """
      (ls -d $(cat files) 2>/dev/null | grep vipagent) || true
      find /etc /run /usr/lib/sysusers.d /lib/systemd /var/lib -name '*vipagent*'
      """, within: .seconds(60))
    #expect(left == "", "\(left)")
    #expect(try cluster.loadb1.shell("dpkg-query --show vipagent 2>/dev/null || getent passwd vipagent || true") == "")
    #expect(
      try cluster.loadb1.shell("systemctl is-system-running || systemctl --failed --plain --no-legend") == "running")
  }

  /// No recipe of the document was left out.
  static let everyRecipe = Chapter("every recipe") { cluster in
    let titles = cluster.recipes.sections.filter { !$0.blocks.isEmpty }.map(\.title)
    #expect(Set(titles) == cluster.followed)
  }
}

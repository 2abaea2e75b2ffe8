import Lab
import Linux
import Testing

/// From the package to the cluster, word for word as README.md says.
extension Chapter {
  /// Without a configuration nothing starts, and nothing fails.
  static let install = Chapter("install") { cluster in
    for host in cluster.pair { try host.switchOn() }
    for host in cluster.pair { try host.waitForBoot() }
    try cluster.follow(cluster.manual.blocks.prefix(2))
    for host in cluster.pair {
      #expect(try host.property("ActiveState") == "inactive")
      #expect(try host.property("Result") == "success")
      #expect(try host.shell("systemctl is-enabled vipagent") == "enabled")
      #expect(try host.shell("systemctl start vipagent && systemctl is-active vipagent || true") == "inactive")
      #expect(try host.shell("stat --format='%U %a' /etc/vipagent") == "root 755")
    }
    #expect(cluster.watch.holders == [])
  }

  /// What the manual says, word for word.
  static let firstCluster = Chapter("first cluster") { cluster in
    let outputs = try cluster.follow(cluster.manual.blocks.dropFirst(2))
    #expect(outputs["loadb2: vipagent check"]?.hasPrefix("/etc/vipagent/config.toml: ok: cluster loadb") == true)
    let mine = try #require(outputs["loadb1: ip addr show eth0"])
    #expect(mine.contains("inet 195.46.64.21/24 brd 195.46.64.255 scope global secondary dynamic eth0:0"), "\(mine)")
    let other = try cluster.loadb2.shell("ip addr show eth0")
    #expect(other.contains("195.46.64.16/24") && !other.contains("195.46.64.21"), "\(other)")
    #expect(outputs["loadb1: systemctl status vipagent"]?.contains("Status: \"owner of 1 of 1 groups") == true)
    #expect(try cluster.loadb2.property("StatusText") == "owner of 0 of 1 groups; ready to take over 1")
    try cluster.waitForBackup()
    #expect(cluster.watch.holdings.map(\.host) == ["loadb1"])
  }

  /// Every link between the documents holds as they are installed, and the manual and the changelog are there to be read.
  static let documents = Chapter("documents") { cluster in
    let package = InstalledDocuments(root: "\(try #require(BootedCluster.room))/package")
    #expect(try package.files(below: "/usr/share/doc/vipagent").count > 40)
    let deadEnds = try package.deadEnds()
    #expect(deadEnds.isEmpty, "\(deadEnds.joined(separator: "\n"))")
    let changes = try cluster.loadb1.shell("zcat /usr/share/doc/vipagent/changelog.gz")
    #expect(changes.split(separator: "\n").count { $0.hasPrefix("  * ") } > 3 && changes.contains("CHANGELOG.md"))
    for page in ["8 vipagent", "5 vipagent.toml", "7 vipagent-protocol"] {
      #expect(
        try cluster.loadb1.shell(
          "zgrep -c '^\\.SH NAME' /usr/share/man/man\(page.replacing(" ", with: "/")).\(page.prefix(1)).gz") == "1")
    }
  }
}

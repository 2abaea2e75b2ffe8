import Lab
import Linux
import Testing

/// What somebody finds who looks at the hosts afterwards.
extension Chapter {
  static let audit = Chapter("audit") { cluster in
    try cluster.loadb1.shell("vipagent takeover mail && vipagent fail-back mail")
    for host in cluster.running {
      #expect(try host.shell("dpkg --verify vipagent") == "", "files of the package were changed")
      #expect(try host.shell("stat --format='%U %a' /etc/vipagent/keys") == "vipagent 600")
      #expect(try host.shell("systemctl is-system-running || systemctl --failed --plain --no-legend") == "running")
    }
    let requests = try cluster.loadb1.shell("journalctl --no-pager -t vipagent --output=json VIPAGENT_REQUEST=takeover")
    #expect(requests.contains("\"VIPAGENT_GROUP\":\"mail\""), "\(requests)")
    let explained = try cluster.loadb1.shell(
      "journalctl --no-pager --catalog -t vipagent VIPAGENT_GROUP=mail --lines=5")
    #expect(explained.contains("What to do"), "\(explained)")
    try cluster.waitForPeace()
  }
}

import Lab
import Linux
import Testing

/// Packet filters that let the cluster through, and one that does not yet.
extension Chapter {
  static let packetFilter = Chapter("nftables") { cluster in
    let effect = try cluster.measure("a packet filter") { try cluster.follow(recipe: "A firewall: nftables") }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    #expect(try cluster.loadb1.shell("nft list ruleset").contains("policy drop"))
    for host in cluster.running { try host.shell("systemctl disable --now nftables") }
  }

  /// It starts without a rule for the heartbeats: nobody hears anybody, and the second opinion keeps the addresses in place.
  static let firewalld = Chapter("firewalld") { cluster in
    for host in cluster.running {
      try host.shell(
        """
        systemctl mask firewalld
        apt-get --quiet update && apt-get install --yes firewalld
        systemctl unmask firewalld
        """, within: .seconds(90))
    }
    let effect = try cluster.measure("firewalld") {
      for host in cluster.running { try host.shell("systemctl start firewalld") }
      try cluster.loadb1.wait(until: "vipagent status | grep -q '^loadb2 *dead'")
      try cluster.follow(recipe: "A firewall: firewalld")
    }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    for host in cluster.running { try host.shell("systemctl disable --now firewalld") }
  }
}

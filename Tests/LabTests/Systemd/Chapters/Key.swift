import Lab
import Linux
import Testing

/// The key that the nodes sign with.
extension Chapter {
  static let keyChange = Chapter("another key") { cluster in
    let effect = try cluster.measure("another key") { try cluster.follow(recipe: "Change the key") }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    for host in cluster.running {
      #expect(try host.shell("grep -c . /etc/vipagent/keys; grep auth /etc/vipagent/keys").hasSuffix("auth 2"))
      #expect(try host.shell("stat --format='%U %a' /etc/vipagent/keys") == "vipagent 600")
    }
    try cluster.waitForPeace()
  }
}

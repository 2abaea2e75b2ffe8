import Lab
import Linux
import Testing

/// What watches the cluster from outside.
extension Chapter {
  static let monitoring = Chapter("monitoring") { cluster in
    let effect = try cluster.measure("monitoring") {
      let outputs = try cluster.follow(recipe: "Monitoring")
      let check = outputs["loadb1: runuser --user nagios -- vipagent status --check"]
      #expect(check?.hasPrefix("VIPAGENT OK - ") == true, "\(outputs)")
    }
    #expect(effect.lost == 0 && effect.moves == 0)
  }
}

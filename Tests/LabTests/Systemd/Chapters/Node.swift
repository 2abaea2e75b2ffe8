import Lab
import Linux
import Testing

/// Nodes that come, go, and are called something else.
extension Chapter {
  static let thirdHost = Chapter("a third host") { cluster in
    try cluster.loadb3.powerOn()
    try cluster.loadb3.shell("cp /packages/vipagent_*.deb .")
    let effect = try cluster.measure("a third host") { try cluster.follow(recipe: "Add a node") }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    #expect(try cluster.loadb1.property("StatusText").contains("owner of 1 of 2 groups; 2 "))
  }

  static let rename = Chapter("another name") { cluster in
    let effect = try cluster.measure("another name") { try cluster.follow(recipe: "Rename a node") }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    #expect(try cluster.loadb3.shell("uname -n") == "web3")
    #expect(try cluster.loadb1.shell("vipagent status || true").contains("\nweb3 "))
    #expect(try cluster.loadb1.shell("vipagent status || true").contains("loadb3") == false)
  }

  static let nodeRemoval = Chapter("a node less") { cluster in
    let effect = try cluster.measure("a node less") { try cluster.follow(recipe: "Remove a node") }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    #expect(try cluster.loadb1.property("StatusText").contains("owner of 1 of 2 groups; 1 "))
    try cluster.loadb3.powerOff()
  }
}

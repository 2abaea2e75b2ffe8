import Lab
import Linux
import Testing

/// Groups of addresses, as docs/recipes.md deals with them.
extension Chapter {
  /// One for each node, so that both serve.
  static let secondGroup = Chapter("a second group") { cluster in
    let effect = try cluster.measure("a second group") {
      try cluster.follow(recipe: "Two groups, so that both nodes serve")
    }
    #expect(effect.lost == 0 && effect.moves == 0 && effect.overlaps == [])
    try cluster.waitForMail(on: "loadb2")
    try cluster.waitForBackup()
  }

  /// The old address stays until the clients know the new one, which is on another device, too.
  static let anotherSubnet = Chapter("another subnet") { cluster in
    for host in cluster.running {
      try host.shell("ip link add link eth0 name eth1 type macvlan mode bridge; ip link set eth1 up")
    }
    let effect = try cluster.measure("an address of another subnet and device") {
      try cluster.follow(recipe: "Move an address to another subnet or device")
    }
    #expect(effect.lost == 0 && effect.moves == 0)
    #expect(cluster.mailWatch.holders == [])
    let devices = try cluster.loadb2.shell("ip -brief address show to 192.0.2.22")
    #expect(devices.hasPrefix("eth1@eth0"), "\(devices)")
    #expect(try cluster.loadb1.shell("ip -brief address show to 192.0.2.22") == "")
  }
}

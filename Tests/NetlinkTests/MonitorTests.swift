import CMnl
import Glibc
import Linux
import Testing

@testable import Netlink

@Suite(.needsRoot) struct MonitorTests {
  @Test func devicesComeChangeAndGo() throws {
    let namespace = try TestNamespace()
    var monitor = try namespace.open { () throws(NetlinkError) in try RouteMonitor() }
    var socket = try namespace.socket()
    let bridge = try socket.createBridge("br0")
    let near = try socket.createVeth("eth0", peer: "eth1")
    let peer = try #require(try socket.link(named: "eth1"))
    try socket.setUp(near.index, true)
    try socket.setUp(peer.index, true)
    var events = try monitor.events { event in
      if case .linkChanged(let link) = event { link.index == near.index && link.isUp && link.hasCarrier } else { false }
    }
    #expect(events.contains { if case .linkChanged(let link) = $0 { link.index == bridge.index } else { false } })

    try socket.setMaster(near.index, bridge.index)
    try socket.setMaster(near.index, nil)
    try socket.setUp(near.index, false)
    events = try monitor.events { event in
      if case .linkChanged(let link) = event { link.index == near.index && !link.isUp } else { false }
    }
    #expect(events.contains { if case .linkChanged(let link) = $0 { link.master == bridge.index } else { false } })
    // A port that left its bridge is not a device that is gone.
    #expect(!events.contains { if case .linkRemoved = $0 { true } else { false } })

    try socket.removeLink(near.index)
    _ = try monitor.events { event in
      if case .linkRemoved(let link) = event { link.index == near.index && link.name == "eth0" } else { false }
    }
  }

  @Test func addressesComeAndGo() throws {
    let namespace = try TestNamespace()
    var socket = try namespace.socket()
    let link = try socket.createBridge("eth0").index
    var monitor = try namespace.open { () throws(NetlinkError) in try RouteMonitor() }
    var v6 = InterfaceAddress(prefix: try #require(IPPrefix("2001:db8::15/64")), link: link, protocolTag: 86)
    v6.noDAD = true
    let v4 = InterfaceAddress(prefix: try #require(IPPrefix("10.0.0.1/24")), link: link, protocolTag: 86)
    #expect(try socket.add([v6, v4], replacing: false) == [])
    _ = try monitor.events { event in
      if case .addressAdded(let address) = event {
        address.prefix == v4.prefix && address.protocolTag == 86
      } else {
        false
      }
    }
    #expect(try socket.remove([v6, v4]) == [])
    let events = try monitor.events { event in
      if case .addressRemoved(let address) = event { address.prefix == v4.prefix } else { false }
    }
    #expect(
      events.contains { if case .addressRemoved(let address) = $0 { address.prefix == v6.prefix } else { false } })
  }

  @Test func aLeaseThatEndsIsReported() throws {
    let namespace = try TestNamespace()
    var socket = try namespace.socket()
    let link = try socket.createBridge("eth0").index
    var monitor = try namespace.open { () throws(NetlinkError) in try RouteMonitor() }
    let address = InterfaceAddress(prefix: try hostPrefix(1), link: link, validLifetime: 1, preferredLifetime: 1)
    #expect(try socket.add([address], replacing: false) == [])
    let events = try monitor.events { event in if case .addressRemoved = event { true } else { false } }
    #expect(events.contains { if case .addressAdded(let added) = $0 { added.prefix == address.prefix } else { false } })
    #expect(try socket.addresses(of: .v4).isEmpty)
  }

  @Test func nothingToReadIsNoLoss() throws {
    var monitor = try TestNamespace().open { () throws(NetlinkError) in try RouteMonitor() }
    #expect(try !monitor.read { Issue.record("an event from nowhere: \($0)") })
  }

  @Test func lostNotificationsAreToldAndASnapshotMakesUpForThem() throws {
    let namespace = try TestNamespace()
    var socket = try namespace.socket()
    let link = try socket.createBridge("eth0").index
    var monitor = try namespace.open { () throws(NetlinkError) in try RouteMonitor(receiveBuffer: 1) }
    let addresses = try (0..<200).map { InterfaceAddress(prefix: try hostPrefix($0), link: link) }
    #expect(try socket.add(addresses, replacing: false) == [])

    var seen = 0
    #expect(try monitor.read { _ in seen += 1 })
    #expect(seen < addresses.count)
    let snapshot = try socket.snapshot()
    #expect(Set(snapshot.addresses.map(\.prefix)).isSuperset(of: addresses.map(\.prefix)))
    #expect(snapshot.links.contains { $0.index == link })

    // The monitor goes on.
    #expect(try socket.remove([addresses[0]]) == [])
    _ = try monitor.events { event in
      if case .addressRemoved(let address) = event { address.prefix == addresses[0].prefix } else { false }
    }
  }

  @Test func onlyTheKernelIsBelieved() throws {
    let namespace = try TestNamespace()
    var monitor = try namespace.open { () throws(NetlinkError) in try RouteMonitor() }
    let forger = try namespace.open { () throws(NetlinkError) in try NetlinkSocket.open() }
    var address = sockaddr_nl()
    let forgery = HostileBytesTests.addressBytes
    let sent = withUnsafeMutableBytes(of: &address) { bytes in
      guard let name = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return 0 }
      var size = socklen_t(bytes.count)
      getsockname(monitor.descriptor, name, &size)
      return sendto(forger.descriptor, forgery, forgery.count, 0, name, size)
    }
    #expect(sent == forgery.count)
    let poller = try Poller()
    try poller.watch(monitor.descriptor, as: 0)
    var isDelivered = false
    poller.wait(timeoutMilliseconds: 10_000) { _ in isDelivered = true }
    #expect(isDelivered)
    #expect(try !monitor.read { Issue.record("a forged event: \($0)") })
  }
}

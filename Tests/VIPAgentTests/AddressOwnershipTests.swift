import CLinux
import Glibc
import Linux
import Netlink
import TakeoverCore
import Testing
import struct TakeoverCore.Tag

@testable import Addresses
@testable import Configuration
@testable import Engine
@testable import Log
@testable import Support

/// What is the host's own, and stays so; what is ours, and stays where it is.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"), .timeLimit(.minutes(1)))
struct AddressOwnershipTests {
  private let threads = AddressThreadTests()
  private static let group = AddressThreadTests.group

  private func begin(_ rig: AddressThreadTests.Rig) {
    rig.hear { if case .surveyed = $0 { true } else { nil } }
    rig.liveness.beat(at: BootClock.now())
  }

  private func beginHolding(_ rig: AddressThreadTests.Rig, _ location: SourceLocation = #_sourceLocation) {
    begin(rig)
    rig.order(.hold(Self.group, term: 1))
    #expect(rig.isHeld(for: 1), sourceLocation: location)
  }

  /// An address that nobody has marked, for ever.
  private func own(_ text: String, on device: String, in network: borrowing PrivateNetwork) throws -> InterfaceAddress {
    InterfaceAddress(prefix: try #require(IPPrefix(text)), link: try network.index(of: device))
  }

  private func change(_ changes: [AddressChange], in network: borrowing PrivateNetwork) throws {
    try network.enter {
      var route = try RouteSocket()
      #expect(try route.change(changes) == [])
    }
  }

  private func all(in network: borrowing PrivateNetwork) throws -> [InterfaceAddress] {
    try network.enter {
      var route = try RouteSocket()
      return try route.addresses(of: .v4)
    }
  }

  // MARK: - The host's own

  @Test func whatTheHostHasIsNeitherTakenNorRemoved() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let own = try own("192.0.2.10/24", on: "eth0", in: network)
    try change([.add(own)], in: network)
    let before = try all(in: network)
    try threads.withThread(in: network) { rig in
      begin(rig)
      rig.order(.hold(Self.group, term: 1))
      #expect(!rig.isHeld(for: 1))
      rig.order(.letGo(Self.group))
      rig.hear { if case .removed(Self.group) = $0 { true } else { nil } }
      #expect(try all(in: network) == before)
      // As soon as the host has given it up it can be had.
      try change([.remove(own)], in: network)
      rig.order(.hold(Self.group, term: 2))
      #expect(rig.isHeld(for: 2))
    }
    #expect(before.map(\.isPermanent) == [true] && before[0].protocolTag == nil)
    #expect(try all(in: network).isEmpty)
  }

  /// The host would answer for it also when another node owns it, but for a device that no neighbour hears.
  @Test(arguments: [("192.0.2.10/32", "eth0", false), ("192.0.2.10/24", "eth1", false), ("192.0.2.10/32", "lo", true)])
  func theSameAddressInAnotherPlaceIsTheHostsOwn(_ text: String, _ device: String, _ isHeld: Bool) throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try change([.add(own(text, on: device, in: network))], in: network)
    try threads.withThread(in: network) { rig in
      begin(rig)
      rig.order(.hold(Self.group, term: 1))
      #expect(rig.isHeld(for: 1) == isHeld)
    }
    #expect(try threads.addresses(in: network) == [text])
  }

  /// Whoever configures the host has replaced it (networkd does), or has deleted ours and added his: it is his from then on.
  @Test(arguments: [false, true]) func whatSomebodyElseHasPutThereIsHis(_ deletesFirst: Bool) throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try threads.withThread(in: network) { rig in
      beginHolding(rig)
      let own = try own("192.0.2.10/24", on: "eth0", in: network)
      try change(deletesFirst ? [.remove(own), .add(own)] : [.put(own)], in: network)
      rig.hear { if case .lost(Self.group) = $0 { true } else { nil } }
      rig.order(.hold(Self.group, term: 1))
      #expect(!rig.isHeld(for: 1))
    }
    let left = try all(in: network)
    #expect(left.map { "\($0.prefix)" } == ["192.0.2.10/24"])
    #expect(left.first?.protocolTag == nil && left.first?.isPermanent == true)
  }

  /// An address of the host's own that comes behind ours, by DHCP say, is the source of its connections all the same.
  @Test func theHostsOwnAddressComesFirst() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    var monitor = try network.enter { try RouteMonitor() }
    try threads.withThread(in: network) { rig in
      beginHolding(rig)
      try change([.add(own("192.0.2.1/24", on: "eth0", in: network))], in: network)
      try monitor.await {
        if case .addressAdded(let added) = $0 { added.isSecondary && added.protocolTag == 0x56 } else { false }
      }
      let source = try network.enter {
        var route = try RouteSocket()
        return try route.route(to: try #require(IPAddress("192.0.2.99")))?.source
      }
      #expect(source == IPAddress("192.0.2.1"))
      // It is not taken for somebody else's work: the group is renewed, not lost.
      rig.order(.letGo(Self.group))
      let isLost = rig.hear {
        switch $0 {
        case .lost(Self.group): true
        case .removed(Self.group): false
        default: nil
        }
      }
      #expect(!isLost)
    }
    #expect(try threads.addresses(in: network) == ["192.0.2.1/24"])
  }

  /// Without the route to its network an address answers ARP and loses every packet.
  @Test(arguments: [true, false]) func aRouteThatSomebodyRemovesIsBack(_ isLocal: Bool) throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try threads.withThread(in: network) { rig in
      beginHolding(rig)
      let vip = try #require(IPPrefix("192.0.2.10/24"))
      try network.enter {
        var socket = try RouteSocket()
        let route = try #require(
          try socket.routes().first { $0.isKernels && $0.destination?.address == (isLocal ? vip : vip.network).address }
        )
        try socket.remove(route)
        rig.hear { if case .lost(Self.group) = $0 { true } else { nil } }
        #expect(try socket.routes().contains(route))
      }
    }
  }

  /// Notifications are lost when the kernel has more to tell than there is room for.
  @Test(arguments: [true, false]) func aRouteThatNobodyHearsOfIsBack(_ isLocal: Bool) throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let noise = try own("127.0.0.2/8", on: "lo", in: network)
    let vip = try #require(IPPrefix("192.0.2.10/24"))
    let keys = KeyRing(signing: Key(id: 1, secret: Array(repeating: 7, count: 32)), keys: [])
    try network.enter {
      // The lease must not end while the kernel is busy with the noise.
      let generation = try Generation(
        try parse(smallest(heartbeat: "realtime = false", group: "lease = \"1m\"")), keys: keys, nodeName: "a",
        session: 4711, after: nil)
      let pipe = try Pipe()
      let log = try Log(to: pipe.writer, node: "a", journalStream: nil)
      defer { log.close(flushWithin: 10_000) }
      // It runs on this thread, so that it can be late.
      let addresses = try AddressThread(generation: generation, liveness: ThreadLiveness(), log: log)
      addresses.takeSnapshot()
      #expect(addresses.orders.post(.hold(Self.group, term: 1)))
      addresses.obey()
      addresses.addSome(isOnTime: false)
      addresses.readMonitor()
      var witness = try RouteMonitor(exceptAdditionsOf: AddressMarks.tag)
      var socket = try RouteSocket()
      #expect(try socket.change((0..<9_000).flatMap { _ in [.add(noise), .remove(noise)] }) == [])
      let route = try #require(
        try socket.routes().first { $0.isKernels && $0.destination?.address == (isLocal ? vip : vip.network).address })
      try socket.remove(route)
      var isTold = false
      #expect(try witness.read { if case .routeRemoved(route) = $0 { isTold = true } }, "nothing was lost")
      #expect(!isTold)
      addresses.readMonitor()
      #expect(try socket.routes().contains(route))
    }
  }

  /// A bond's port or a bridge's has changed: what is announced is where the addresses are now, at once.
  @Test func anotherEthernetAddressIsAnnouncedAtOnce() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let sniffer = try threads.listen(in: network)
    try threads.withThread(in: network) { rig in
      beginHolding(rig)
      rig.order(.announce(Self.group, term: 1))
      rig.hear { if case .announced(Self.group, 1, _) = $0 { true } else { nil } }
      let hardware = try #require(HardwareAddress("02:00:00:00:00:11"))
      try network.change("eth0") { route, index throws(NetlinkError) in try route.setHardwareAddress(index, hardware) }
      let probeSource = rig.hear { notice -> EthernetAddress? in
        if case .probeSource(0, _, let told, _) = notice, told == EthernetAddress(hardware) { told } else { nil }
      }
      #expect(probeSource == EthernetAddress(hardware))
      // Longer than the begin of the schedule takes, and much shorter than its next round.
      var senders: Set<[UInt8]> = []
      while !senders.contains(hardware.bytes), let frame = sniffer.next() { senders.insert(Array(frame[22..<28])) }
      #expect(senders.contains(hardware.bytes))
    }
  }

  @Test func theHostsSecondaryAddressesAreKept() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try network.change("eth0") { route, index throws(NetlinkError) in try route.setPromotion(index, false) }
    try threads.withThread(in: network) { rig in
      begin(rig)
      let promotes = try network.enter {
        var route = try RouteSocket()
        return try route.link(named: "eth0")?.promotesSecondaries
      }
      #expect(promotes == true)
    }
  }

  // MARK: - Under another configuration

  private func configuration(_ groups: [(name: String, addresses: [String])]) -> String {
    let head = smallest(heartbeat: "realtime = false").split(separator: "[[group]]")[0]
    return head
      + groups.map { group in
        let list = group.addresses.map { "\"192.0.2.\($0)/24\"" }.joined(separator: ", ")
        return "[[group]]\nname = \"\(group.name)\"\n[[group.vip]]\naddress = [\(list)]\ndev = \"eth0\"\n"
      }.joined()
  }

  /// Nothing of what both configurations hold goes off the device for a moment, whatever its group is called.
  @Test func whatBothConfigurationsHoldStaysWhereItIs() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let first = configuration([("director", ["10", "11"]), ("mail", ["12"]), ("old", ["13"])])
    let then = configuration([("web", ["10"]), ("mail", ["12", "11"])])
    let (director, web, mail, old) = (Tag(of: "director"), Tag(of: "web"), Tag(of: "mail"), Tag(of: "old"))
    try threads.withThread(in: network, first) { rig in
      begin(rig)
      for tag in [director, mail, old] {
        rig.order(.hold(tag, term: 3))
        #expect(rig.isHeld(for: 3, by: tag))
      }
      var monitor = try network.enter { try RouteMonitor() }
      let next = try network.enter {
        try Generation(
          try parse(then), keys: KeyRing(signing: Key(id: 1, secret: Array(repeating: 7, count: 32)), keys: []),
          nodeName: "a", session: 4711, after: rig.generation)
      }
      #expect(next.heirs.map(\.group) == [GroupIndex(0)] && next.heirs.map(\.former) == [GroupIndex(0)])
      rig.order(.adopt(GenerationReference(next)))
      for tag in [web, mail] {
        rig.order(.hold(tag, term: 3))
        #expect(rig.isHeld(for: 3, by: tag))
      }
      var removed: [String] = []
      #expect(
        try !monitor.read { if case .addressRemoved(let address) = $0 { removed.append("\(address.prefix)") } })
      #expect(removed == ["192.0.2.13/24"])
      rig.order(.letGo(mail))
      rig.hear { if case .removed(mail) = $0 { true } else { nil } }
      #expect(try threads.addresses(in: network) == ["192.0.2.10/24"])
      withExtendedLifetime(next) {
        // The thread lives on under it.
        rig.order(.letGo(web))
        rig.hear { if case .removed(web) = $0 { true } else { nil } }
      }
    }
  }

  /// What moves to a group that another node owns is let go of.
  @Test func whatMovesToAGroupOfAnotherNodeIsLetGoOf() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let (director, mail) = (Tag(of: "director"), Tag(of: "mail"))
    try threads.withThread(in: network, configuration([("director", ["10", "11"]), ("mail", ["12"])])) { rig in
      begin(rig)
      rig.order(.hold(director, term: 3))
      #expect(rig.isHeld(for: 3, by: director))
      let next = try network.enter {
        try Generation(
          try parse(configuration([("director", ["10"]), ("mail", ["12", "11"])])),
          keys: KeyRing(signing: Key(id: 1, secret: Array(repeating: 7, count: 32)), keys: []),
          nodeName: "a", session: 4711, after: rig.generation)
      }
      #expect(next.heirs.isEmpty)
      rig.order(.adopt(GenerationReference(next)))
      rig.order(.hold(director, term: 3))
      #expect(rig.isHeld(for: 3, by: director))
      #expect(try threads.addresses(in: network) == ["192.0.2.10/24"])
      withExtendedLifetime(next) {
        rig.order(.letGo(mail))
        rig.hear { if case .removed(mail) = $0 { true } else { nil } }
        rig.order(.exit)
      }
    }
  }
}

extension RouteMonitor {
  /// Waits for an event, five seconds at most.
  fileprivate mutating func await(_ isWanted: (RouteEvent) -> Bool) throws {
    var isFound = false
    while !isFound {
      try #require(becomesReadable(descriptor))
      _ = try read { isFound = isFound || isWanted($0) }
    }
  }
}

/// Whether a file names what the host has by itself.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"))
struct TakenAddressTests {
  @Test(arguments: [
    ("192.0.2.10/24", "eth0", nil, true), ("192.0.2.10/32", "eth1", nil, true), ("192.0.2.10/32", "lo", nil, false),
    ("192.0.2.10/24", "eth0", AddressMarks.tag, false), ("192.0.2.11/24", "eth0", nil, false),
  ])
  func anAddressOfTheHostsIsRefused(_ text: String, _ device: String, _ tag: UInt8?, _ isTaken: Bool) throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let link = try network.index(of: device)
    let snapshot = try network.enter {
      var route = try RouteSocket()
      let address = InterfaceAddress(prefix: try #require(IPPrefix(text)), link: link, protocolTag: tag)
      #expect(try route.add([address], replacing: false) == [])
      return try route.snapshot()
    }
    let file = smallest()
    let loaded = try LoadedConfiguration(parsing: Array(file.utf8), file: "config.toml")
    let said = loaded.check(addresses: snapshot)
    #expect(said.count == (isTaken ? 1 : 0))
    #expect(said.allSatisfy { $0.message.contains("has 192.0.2.10, which is this host's own address, on \(device)") })
    // A kernel without marks does not say whose it is.
    #expect(loaded.check(addresses: snapshot, marks: AddressMarks(areKept: false)).isEmpty)
  }
}

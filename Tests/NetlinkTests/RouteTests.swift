import CMnl
import Glibc
import Linux
import Testing

@testable import Netlink

/// What the kernel does with the routes of addresses that come and go.
@Suite(.needsRoot) struct RouteTests {
  private let own = IPPrefix("195.46.64.15/24"), shared = IPPrefix("195.46.64.21/24")
  private let neighbour = IPAddress("195.46.64.99")

  /// A host whose own address came behind a shared one, as with DHCP, with a default and a static route.
  private func host(_ socket: inout RouteSocket, promotes: Bool) throws -> (InterfaceAddress, InterfaceAddress) {
    let link = try socket.createBridge("eth0").index
    try socket.setUp(link, true)
    try socket.setPromotion(link, promotes)
    let shared = InterfaceAddress(prefix: try #require(shared), link: link, protocolTag: 86)
    var own = InterfaceAddress(prefix: try #require(own), link: link)
    own.metric = 100
    #expect(try socket.add([shared, own], replacing: false) == [])
    for (target, metric) in [(nil, 100), ("10.9.0.0/16", 0)] as [(String?, UInt32)] {
      var route = try #require(try socket.routes().first { $0.isUnicast })
      route.destination = target.flatMap { IPPrefix($0) }
      (route.source, route.origin, route.scope, route.metric) = (nil, UInt8(RTPROT_BOOT), 0, metric)
      route.gateway = IPAddress("195.46.64.1")
      try socket.add(route)
    }
    return (shared, own)
  }

  private func strangers(_ socket: inout RouteSocket) throws -> [Route] {
    try socket.routes().filter { $0.isUnicast && !$0.isKernels }
  }

  /// With the first address of a subnet the others go, and with a device's last address all its routes.
  @Test(arguments: [true, false]) func routesOutliveTheFirstAddressOnlyWithPromotion(_ promotes: Bool) throws {
    var socket = try TestNamespace().socket()
    let (shared, own) = try host(&socket, promotes: promotes)
    #expect(try socket.link(at: own.link)?.promotesSecondaries == promotes)
    let before = try strangers(&socket)
    #expect(before.count == 2)
    #expect(try socket.addresses(of: .v4).first { $0.prefix == own.prefix }?.isSecondary == true)
    #expect(try socket.remove([shared]) == [])
    #expect(try strangers(&socket) == (promotes ? before : []))
    let left = try socket.addresses(of: .v4)
    #expect(left.map(\.prefix) == (promotes ? [own.prefix] : []))
    #expect(left.first?.metric == (promotes ? 100 : nil))
  }

  /// Off and on again in one message: the shared address is behind the host's own, and that is the source of connections.
  @Test func anAddressThatGoesOffAndOnAgainIsBehindTheOthers() throws {
    var socket = try TestNamespace().socket()
    let (shared, own) = try host(&socket, promotes: true)
    let neighbour = try #require(neighbour)
    #expect(try socket.route(to: neighbour)?.source == shared.prefix.address)
    let before = try strangers(&socket)
    #expect(try socket.change([.remove(shared), .add(shared)]) == [])
    #expect(try socket.route(to: neighbour)?.source == own.prefix.address)
    #expect(try strangers(&socket) == before)
    #expect(try socket.addresses(of: .v4).map(\.isSecondary) == [false, true])
  }

  /// An address without its routes answers nobody; the route to its network can be put back as it was.
  @Test func aRouteThatTheKernelMadeCanBePutBack() throws {
    let namespace = try TestNamespace()
    var socket = try namespace.socket()
    let (shared, _) = try host(&socket, promotes: true)
    var monitor = try namespace.open { () throws(NetlinkError) in try RouteMonitor(exceptAdditionsOf: 86) }
    let neighbour = try #require(shared.prefix.neighbour)
    let routes = try socket.routes()
    let connected = try #require(routes.first { $0.isKernels && $0.destination == shared.prefix.network })
    let local = try #require(routes.first { $0.isLocal && $0.destination?.address == shared.prefix.address })
    for other in try strangers(&socket) { try socket.remove(other) }
    try socket.remove(connected)
    #expect(try socket.route(to: neighbour, from: shared.prefix.address) == nil)
    try socket.remove(local)
    #expect(try socket.route(to: shared.prefix.address)?.isLocal != true)
    // Only what the kernel had made is reported, and only that it is gone.
    #expect(
      try monitor.events { $0 == .routeRemoved(local) } == [.routeRemoved(connected), .routeRemoved(local)])
    try socket.add(local)
    try socket.add(connected)
    #expect(try socket.route(to: neighbour, from: shared.prefix.address)?.link == shared.link)
    #expect(try socket.route(to: shared.prefix.address)?.isLocal == true)
    #expect(try Set(socket.routes()).isSuperset(of: [connected, local]))
    #expect(try !monitor.read { Issue.record("an event of no interest: \($0)") })
  }

  /// Whoever replaces an address takes its mark away: it is his from then on.
  @Test func aReplacementTakesTheMarkAway() throws {
    let namespace = try TestNamespace()
    var socket = try namespace.socket()
    let (shared, _) = try host(&socket, promotes: true)
    var monitor = try namespace.open { () throws(NetlinkError) in try RouteMonitor(exceptAdditionsOf: 86) }
    #expect(try socket.add([shared], replacing: true) == [])
    var stranger = shared
    stranger.protocolTag = nil
    #expect(try socket.add([stranger], replacing: true) == [])
    let events = try monitor.events { if case .addressAdded = $0 { true } else { false } }
    guard case .addressAdded(let heard)? = events.first else { return }
    #expect(heard.prefix == shared.prefix && heard.protocolTag == nil)
    #expect(try socket.addresses(of: .v4).first { $0.prefix == shared.prefix }?.protocolTag == nil)
    #expect(try socket.add([shared], replacing: false).first?.error.errno == Errno(rawValue: EEXIST))
  }

  /// The same address with another prefix length, or on another device, is another one to the kernel.
  @Test func otherLengthsAndDevicesAreOtherAddresses() throws {
    var socket = try TestNamespace().socket()
    let (shared, _) = try host(&socket, promotes: true)
    let other = try socket.createBridge("eth1").index
    var host = shared
    host.prefix = try #require(IPPrefix("195.46.64.21/32"))
    var elsewhere = shared
    elsewhere.link = other
    #expect(try socket.add([host, elsewhere], replacing: false) == [])
    #expect(try socket.remove([shared]) == [])
    #expect(try socket.addresses(of: .v4).count { $0.prefix.address == shared.prefix.address } == 2)
  }

  @Test func thePeerOfAnAddressIsPartOfItsName() throws {
    var socket = try TestNamespace().socket()
    let link = try socket.createBridge("eth0").index
    var address = InterfaceAddress(prefix: try #require(IPPrefix("10.0.0.1/32")), link: link)
    address.peer = IPAddress("10.0.0.2")
    #expect(try socket.add([address], replacing: false) == [])
    let found = try #require(try socket.addresses(of: .v4).first)
    #expect(found.peer == address.peer && found.prefix == address.prefix)
    #expect(try socket.remove([found]) == [])
  }
}

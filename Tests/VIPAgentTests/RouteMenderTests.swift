import Glibc
import Linux
import Netlink
import Testing

@testable import Addresses

/// Whether the kernel would answer from an address.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"), .timeLimit(.minutes(1)))
struct RouteMenderTests {
  /// Why the kernel would not answer from 192.0.2.21 on eth1.
  private func obstacle(in network: borrowing PrivateNetwork) throws -> String? {
    let address = AddressIdentity(prefix: try #require(IPPrefix("192.0.2.21/24")), link: try network.index(of: "eth1"))
    return try network.enter {
      var routes = try RouteMender()
      return try routes.obstacle(to: address, named: "eth1")
    }
  }

  private func removeRoutes(of device: String, in network: borrowing PrivateNetwork) throws {
    let index = try network.index(of: device)
    try network.enter {
      var socket = try RouteSocket()
      for route in try socket.routes() where route.link == index && route.isKernels && !route.isLocal {
        try socket.remove(route)
      }
    }
  }

  /// Two devices in one network: the answers leave by the other one, and arrive.
  @Test func anotherDeviceInTheSameNetworkIsAWay() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "peer0")
    try network.connect("eth1", "peer1")
    try network.add("192.0.2.10/24", to: "eth0")
    try network.add("192.0.2.21/24", to: "eth1")
    try removeRoutes(of: "eth1", in: network)
    #expect(try obstacle(in: network) == nil)
    try removeRoutes(of: "eth0", in: network)
    #expect(try obstacle(in: network)?.contains("the kernel has no route to 192.0.2.0/24 there") == true)
  }
}

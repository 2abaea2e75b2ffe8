import Linux
import Netlink

/// An Ethernet switch: a bridge in a network namespace of its own, so that a host that crashes, or an address that is
/// wrong, disturbs nobody's real network.
///
/// It runs no spanning tree, so that a port that is plugged in forwards at once.
public final class Switch: Sendable {
  /// One socket of the switch: the far end of a host's `eth0`.
  public struct Port: Sendable {
    /// Index of the device within the switch.
    public let link: Int32
  }

  /// Where the bridge and its ports live; a raw socket in here sees every frame.
  public let namespace: Namespace
  /// The name of the bridge in ``namespace``.
  public static let bridgeName = "switch"
  private let bridge: Int32
  // Kept open, so that pulling a cable is one message to the kernel.
  private let socket: Guarded<RouteSocket>

  /// Builds a switch without ports.
  public init() throws(LabError) {
    namespace = try Namespace.make("switch")
    let socket = Guarded(try namespace.perform("open a netlink socket") { try RouteSocket() })
    bridge = try doing("build the switch") {
      try socket.withLock { route in
        let bridge = try route.createBridge(Switch.bridgeName).index
        try route.setUp(bridge, true)
        return bridge
      }
    }
    self.socket = socket
  }

  /// Runs a cable from a new port to a new `eth0`, which is down, in a host's namespace. The port is up.
  /// - Parameter name: of the port, 15 bytes at most.
  func connect(_ host: Namespace, port name: String) throws(LabError) -> Port {
    try doing("connect \(host.name) to the switch") {
      try socket.withLock { route in
        let port = try route.createVeth(name, peer: "eth0", peerNamespace: host.rawDescriptor).index
        try route.setMaster(port, bridge)
        try route.setUp(port, true)
        return Port(link: port)
      }
    }
  }

  /// Pulls the cable: no frame passes once this returns, and the host's `eth0` loses its carrier.
  public func cut(_ port: Port) throws(LabError) {
    try set(port, isUp: false)
  }

  /// Plugs the cable in again.
  public func plug(_ port: Port) throws(LabError) {
    try set(port, isUp: true)
  }

  private func set(_ port: Port, isUp: Bool) throws(LabError) {
    try doing("\(isUp ? "plug in" : "cut") port \(port.link)") {
      try socket.withLock { try $0.setUp(port.link, isUp) }
    }
  }

  /// Takes port and cable away, and with them the host's `eth0`.
  func remove(_ port: Port) throws(LabError) {
    try doing("remove port \(port.link)") {
      try socket.withLock { try $0.removeLink(port.link) }
    }
  }
}

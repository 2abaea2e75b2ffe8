import CMnl

/// A change that the kernel reports to a ``RouteMonitor``.
public enum RouteEvent: Equatable, Sendable {
  /// A device appeared, or something about it changed: its flags, name, MAC address, master.
  case linkChanged(Link)
  /// A device is gone, or moved to another namespace.
  case linkRemoved(Link)
  /// An address was added, or its lifetimes, flags or label were renewed.
  case addressAdded(InterfaceAddress)
  /// An address was removed, by somebody or because its lifetime is over.
  case addressRemoved(InterfaceAddress)
  /// A route was removed that the kernel had made by itself for an IPv4 address: to its network, or to itself. Not reported
  /// where its device goes down.
  case routeRemoved(Route)

  /// Reads a datagram of notifications: everything ``RouteMonitor`` does with bytes. Total: no input traps.
  /// - Throws: what is wrong with the first message that cannot be read; `body` has seen the events before it.
  public static func read(
    _ datagram: RawSpan, _ body: (RouteEvent) -> Void
  ) throws(MalformedMessage) {
    try datagram.forEachMessage { (header, payload) throws(MalformedMessage) in
      if let event = try RouteEvent(type: header.type, payload) { body(event) }
    }
  }

  /// Nil for a message that is not about a device, an IP address or a route that the kernel has made for one.
  private init?(type: Int, _ payload: RawSpan) throws(MalformedMessage) {
    guard let family = payload.load(UInt8.self, at: 0) else { throw .truncatedMessage }
    switch (type, IPAddress.Family(rawValue: family)) {
    // A bridge reports its ports as RTM_NEWLINK and RTM_DELLINK of family AF_BRIDGE: the latter means that a port left,
    // not that a device is gone. Only family 0 speaks of the device itself.
    case (Int(RTM_NEWLINK), nil) where family == 0: self = .linkChanged(try Link(parsing: payload))
    case (Int(RTM_DELLINK), nil) where family == 0: self = .linkRemoved(try Link(parsing: payload))
    case (Int(RTM_NEWADDR), .some): self = .addressAdded(try InterfaceAddress(parsing: payload))
    case (Int(RTM_DELADDR), .some): self = .addressRemoved(try InterfaceAddress(parsing: payload))
    case (Int(RTM_DELROUTE), .v4):
      let route = try Route(parsing: payload)
      guard route.isKernels else { return nil }
      self = .routeRemoved(route)
    default: return nil
    }
  }
}

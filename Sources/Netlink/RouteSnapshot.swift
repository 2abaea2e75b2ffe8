/// The devices and addresses of a network namespace: where a ``RouteMonitor``'s events start from, at the beginning and
/// after notifications were lost.
public struct RouteSnapshot: Equatable, Sendable {
  /// Every device.
  public let links: [Link]
  /// Every address of theirs, of both families.
  public let addresses: [InterfaceAddress]
}

extension RouteSocket {
  /// Reads all devices and addresses. The two lists are taken one after the other; a change in between is reported to
  /// a monitor that was made before.
  public mutating func snapshot() throws(NetlinkError) -> RouteSnapshot {
    RouteSnapshot(links: try links(), addresses: try addresses())
  }
}

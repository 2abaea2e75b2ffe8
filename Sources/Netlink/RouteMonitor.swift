import CMnl
import Glibc
import Linux

/// Reports every change of devices and of IPv4 and IPv6 addresses in the network namespace of the thread that made it, and
/// the removal of routes that the kernel had made for IPv4 addresses.
///
/// What was there before is not reported, and when the kernel is faster than the reader notifications are lost. So
/// make the monitor first, then take ``RouteSocket/snapshot()``, and take it again whenever ``read(_:)`` says that
/// something was lost. Events that were under way meanwhile arrive after the snapshot and may tell what it told
/// already: handle each so that hearing it twice does no harm.
public struct RouteMonitor: ~Copyable, Sendable {
  private let socket: NetlinkSocket
  private let notifications = Buffer(byteCount: 64 << 10)

  /// Subscribes to RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR and RTNLGRP_IPV4_ROUTE.
  /// - Parameter receiveBuffer: bytes for notifications that are not read yet; without CAP_NET_ADMIN the kernel grants
  ///   no more than net.core.rmem_max. An address takes about 1 KiB of it, a device about 4 KiB.
  ///   - tag: addresses that are added or renewed with this protocol tag (IFA_PROTO) are not reported, which spares their
  ///   owner to hear of a thousand of them; kernels that keep no tags (before Linux 5.18) report them all the same.
  public init(receiveBuffer: Int = 4 << 20, exceptAdditionsOf tag: UInt8? = nil) throws(NetlinkError) {
    let socket = try NetlinkSocket.open(type: Int32(SOCK_NONBLOCK.rawValue))
    _ = socket.setReceiveBuffer(receiveBuffer)
    // A refinement: without it everything is reported.
    _ = socket.attach(NotificationFilter.program(tag: tag))
    for group in [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE] {
      guard socket.set(NETLINK_ADD_MEMBERSHIP, Int32(group.rawValue)) else {
        throw NetlinkError("subscribe to", "netlink group \(group.rawValue)", .socket(.current))
      }
    }
    self.socket = socket
  }

  /// Readable while there is something to read, for `epoll(7)`; valid as long as the monitor.
  public var descriptor: Int32 { socket.descriptor }

  /// Calls `body` with every change since the last time, oldest first, until there is none left. Never blocks.
  /// - Returns: true if notifications were lost (ENOBUFS): what is known may be wrong from then on, so take a new
  ///   ``RouteSocket/snapshot()``.
  /// - Throws: if the socket failed, or the kernel sent something that cannot be read; then too something was lost.
  public mutating func read(_ body: (RouteEvent) -> Void) throws(NetlinkError) -> Bool {
    var isLossy = false
    do throws(NetlinkError.Reason) {
      while true {
        switch try socket.receive(into: notifications.bytes) {
        case .nothing: return isLossy
        case .loss: isLossy = true
        case .datagram(let size): try read(size, body)
        }
      }
    } catch {
      throw NetlinkError("read", "netlink notifications", error)
    }
  }

  private func read(_ size: Int, _ body: (RouteEvent) -> Void) throws(NetlinkError.Reason) {
    do throws(MalformedMessage) {
      try RouteEvent.read(notifications.prefix(size).bytes, body)
    } catch {
      throw .malformed(error)
    }
  }
}

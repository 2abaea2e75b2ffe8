import CMnl
import Glibc
import Linux

extension RouteSocket {
  /// Every IPv4 route of every table.
  public mutating func routes() throws(NetlinkError) -> [Route] {
    do throws(NetlinkError.Reason) {
      return try dump(Int(RTM_GETROUTE)) { (request) throws(NetlinkError.Reason) in
        var header = rtmsg()
        header.rtm_family = IPAddress.Family.v4.rawValue
        request.putHeader(header)
      } parse: { (payload) throws(MalformedMessage) in
        payload.load(UInt8.self, at: 0) == IPAddress.Family.v4.rawValue ? try Route(parsing: payload) : nil
      }
    } catch {
      throw NetlinkError("list", "routes", error)
    }
  }

  /// The route that a packet would take; nil where there is none: it would be dropped.
  /// - Parameter source: an address of this host that it comes from; nil is one that the kernel chooses.
  public mutating func route(to target: IPAddress, from source: IPAddress? = nil) throws(NetlinkError) -> Route? {
    do throws(NetlinkError.Reason) {
      return try get(Int(RTM_GETROUTE)) { (request) throws(NetlinkError.Reason) in
        var header = rtmsg()
        header.rtm_family = IPAddress.Family.v4.rawValue
        header.rtm_dst_len = 32
        header.rtm_src_len = source == nil ? 0 : 32
        request.putHeader(header)
        request.put(Int(RTA_DST.rawValue), target)
        if let source { request.put(Int(RTA_SRC.rawValue), source) }
      } parse: { (payload) throws(MalformedMessage) in
        try Route(parsing: payload)
      }
    } catch {
      // What the kernel says of a destination without a route, of one that a rule or a route forbids, and of a source that
      // is not this host's.
      if case .refused(let errno, _) = error,
        [ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL].contains(errno.rawValue)
      {
        return nil
      }
      throw NetlinkError("look up the route", "to \(target)", error)
    }
  }

  /// Adds a route; EEXIST if there is one to the same destination with the same metric already.
  public mutating func add(_ route: Route) throws(NetlinkError) {
    try change(route, "add", Int(RTM_NEWROUTE), flags: Int32(NLM_F_CREATE | NLM_F_EXCL))
  }

  /// Removes a route; ESRCH if there is none.
  public mutating func remove(_ route: Route) throws(NetlinkError) {
    try change(route, "remove", Int(RTM_DELROUTE), flags: 0)
  }

  private mutating func change(
    _ route: Route, _ verb: String, _ type: Int, flags: Int32
  ) throws(NetlinkError) {
    do throws(NetlinkError.Reason) {
      try change(type, flags: flags) { (request) throws(NetlinkError.Reason) in route.write(to: request) }
    } catch {
      let target = route.destination.map { "\($0)" } ?? "default"
      throw NetlinkError(verb, "the route to \(target)", error)
    }
  }
}

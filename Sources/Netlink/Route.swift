import CMnl

/// A route of the kernel's tables, as far as addresses of devices make such routes (`struct rtmsg`,
/// `<linux/rtnetlink.h>`):
///
///     0       1       2       3       4       5       6       7       8               12
///     | fam   | dst   | src   | tos   | table | proto | scope | type  | flags         | attributes RTA_* …
public struct Route: Hashable, Sendable {
  static let headerSize = 12

  /// Where it leads; nil is everywhere (0.0.0.0/0).
  public var destination: IPPrefix?
  /// Index of the device it leaves by; nil where it has none, or several.
  public var link: Int32?
  /// The table: 254 is main, 255 local.
  public var table: UInt32
  /// `RTN_*`: 1 is unicast, 2 local, 3 broadcast.
  public var type: UInt8
  /// Who has made it, `RTPROT_*`: 2 is the kernel itself, for an address.
  public var origin: UInt8
  /// `RT_SCOPE_*`: 253 is link, 254 host.
  public var scope: UInt8
  /// The address that packets are given which have none yet (RTA_PREFSRC).
  public var source: IPAddress?
  /// The next hop (RTA_GATEWAY); nil where what it leads to is on the link.
  public var gateway: IPAddress?
  /// Of two routes to the same destination the one with the lower metric counts; 0 is the lowest.
  public var metric: UInt32

  /// Whether it is one of those that the kernel makes by itself for an address of a device.
  public var isKernels: Bool { origin == UInt8(RTPROT_KERNEL) }
  /// Leads to the host itself.
  public var isLocal: Bool { type == UInt8(RTN_LOCAL) }
  /// Leads to somebody else.
  public var isUnicast: Bool { type == UInt8(RTN_UNICAST) }

  /// The routes that the kernel makes for an address along with it, but for those of broadcasts (`fib_add_ifaddr()`,
  /// `net/ipv4/fib_frontend.c`), in the tables of a device that is in no VRF.
  /// - Parameters:
  ///   - address: an IPv4 address.
  ///   - source: the first address of its subnet on the device, if it is another one.
  public static func made(for address: InterfaceAddress, with source: InterfaceAddress? = nil) -> [Route] {
    let leader = source ?? address
    var routes: [Route] = []
    if let host = IPPrefix(address: address.prefix.address, length: address.prefix.address.family.bitWidth) {
      routes.append(Route(to: host, table: UInt32(RT_TABLE_LOCAL.rawValue), RTN_LOCAL, RT_SCOPE_HOST, from: leader))
    }
    if !leader.noPrefixRoute, address.prefix.length < address.prefix.address.family.bitWidth {
      var route = Route(
        to: address.prefix.network, table: UInt32(RT_TABLE_MAIN.rawValue), RTN_UNICAST, RT_SCOPE_LINK, from: leader)
      route.metric = leader.metric ?? 0
      routes.append(route)
    }
    return routes
  }

  private init(
    to destination: IPPrefix, table: UInt32, _ type: some BinaryInteger, _ scope: rt_scope_t,
    from leader: InterfaceAddress
  ) {
    (self.destination, self.table, self.type) = (destination, table, UInt8(type))
    (self.scope, link, source) = (UInt8(scope.rawValue), leader.link, leader.prefix.address)
    (origin, metric) = (UInt8(RTPROT_KERNEL), 0)
  }

  /// Reads the payload of an RTM_NEWROUTE or RTM_DELROUTE message of IPv4. Total: no input traps.
  /// - Throws: what is wrong with the payload.
  public init(parsing payload: RawSpan) throws(MalformedMessage) {
    guard payload.byteCount >= Self.headerSize, let familyByte = payload.load(UInt8.self, at: 0),
      let length = payload.load(UInt8.self, at: 1), let tableByte = payload.load(UInt8.self, at: 4),
      let origin = payload.load(UInt8.self, at: 5), let scope = payload.load(UInt8.self, at: 6),
      let kind = payload.load(UInt8.self, at: 7)
    else { throw .truncatedMessage }
    guard let family = IPAddress.Family(rawValue: familyByte) else { throw .unknownFamily(familyByte) }
    var target, source, gateway: IPAddress?
    var link: Int32?
    var table = UInt32(tableByte)
    var metric: UInt32 = 0
    try payload.forEachAttribute(from: Self.headerSize) { (type, value) throws(MalformedMessage) in
      switch type {
      case Int(RTA_DST.rawValue): target = try value.address(family, of: type)
      case Int(RTA_PREFSRC.rawValue): source = try value.address(family, of: type)
      case Int(RTA_GATEWAY.rawValue): gateway = try value.address(family, of: type)
      case Int(RTA_OIF.rawValue): link = try value.integer(Int32.self, of: type)
      case Int(RTA_TABLE.rawValue): table = try value.integer(UInt32.self, of: type)
      case Int(RTA_PRIORITY.rawValue): metric = try value.integer(UInt32.self, of: type)
      default: break
      }
    }
    if let target {
      guard let prefix = IPPrefix(address: target, length: Int(length)) else {
        throw .invalidAttribute(Int(RTA_DST.rawValue))
      }
      destination = prefix
    }
    (self.link, self.table, self.type, self.origin, self.scope) = (link, table, kind, origin, scope)
    (self.source, self.gateway, self.metric) = (source, gateway, metric)
  }

  /// Writes the body of an RTM_NEWROUTE or RTM_DELROUTE request.
  package func write(to request: Request) {
    var header = rtmsg()
    header.rtm_family = IPAddress.Family.v4.rawValue
    header.rtm_dst_len = UInt8(destination?.length ?? 0)
    header.rtm_table = UInt8(truncatingIfNeeded: table < 256 ? table : UInt32(RT_TABLE_COMPAT.rawValue))
    header.rtm_protocol = origin
    header.rtm_scope = scope
    header.rtm_type = type
    request.putHeader(header)
    if let destination { request.put(Int(RTA_DST.rawValue), destination.address) }
    request.put(Int(RTA_TABLE.rawValue), table)
    if let source { request.put(Int(RTA_PREFSRC.rawValue), source) }
    if let gateway { request.put(Int(RTA_GATEWAY.rawValue), gateway) }
    if let link { request.put(Int(RTA_OIF.rawValue), UInt32(bitPattern: link)) }
    if metric != 0 { request.put(Int(RTA_PRIORITY.rawValue), metric) }
  }
}

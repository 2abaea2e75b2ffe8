import CMnl

/// A network device, as an RTM_NEWLINK message describes it (`struct ifinfomsg`, `<linux/rtnetlink.h>`):
///
///     0       1       2       4               8               12              16
///     | fam   | pad   | type  | ifi_index     | ifi_flags     | ifi_change    | attributes IFLA_* …
public struct Link: Hashable, Sendable {
  static let headerSize = 16

  /// The kernel's number for the device, unique within its namespace.
  public let index: Int32
  /// The name, as `eth0`.
  public let name: String
  /// `IFF_*` (`<linux/if.h>`).
  public let flags: UInt32
  /// The MAC address; nil for a device whose address is not six bytes long.
  public let hardwareAddress: HardwareAddress?
  /// Index of the bridge or bond this device is a port of.
  public let master: Int32?
  /// The driver of a virtual device, as `veth`; nil for a physical one.
  public let kind: String?
  /// What a bridge does about loops; nil for a device that is no bridge.
  public let spanningTree: SpanningTree?
  /// Whether a secondary IPv4 address becomes the first one of its subnet when that goes, or goes with it (the device's own
  /// `promote_secondaries`; the one of all devices counts as well). nil where the kernel did not say.
  public let promotesSecondaries: Bool?

  /// The spanning tree protocol of a bridge (IEEE 802.1D; IFLA_BR_* in `<linux/if_link.h>`).
  public struct SpanningTree: Hashable, Sendable {
    /// Whether it is spoken at all (IFLA_BR_STP_STATE).
    public let isOn: Bool
    /// How long a port listens, and then how long it learns, before it forwards: hundredths of a second
    /// (IFLA_BR_FORWARD_DELAY).
    public let forwardDelay: UInt32
  }

  /// Set up by the administrator (`IFF_UP`).
  public var isUp: Bool { flags & UInt32(IFF_UP) != 0 }
  /// The driver has a carrier (`IFF_LOWER_UP`, 1 << 16 in `<linux/if.h>`, which glibc's header lacks).
  public var hasCarrier: Bool { flags & (1 << 16) != 0 }
  /// Nobody is asked by ARP for what is behind it, and nobody asks it (`IFF_NOARP`).
  public var isWithoutARP: Bool { flags & UInt32(IFF_NOARP) != 0 }
  /// The loopback device (`IFF_LOOPBACK`).
  public var isLoopback: Bool { flags & UInt32(IFF_LOOPBACK) != 0 }

  /// Reads the payload of an RTM_NEWLINK or RTM_DELLINK message. Total: no input traps.
  /// - Throws: what is wrong with the payload; the index and the name are required.
  public init(parsing payload: RawSpan) throws(MalformedMessage) {
    guard payload.byteCount >= Self.headerSize, let index = payload.load(Int32.self, at: 4),
      let flags = payload.load(UInt32.self, at: 8)
    else { throw .truncatedMessage }
    var name, kind: String?
    var hardwareAddress: HardwareAddress?
    var master: Int32?
    var spanningTree: SpanningTree?
    var promotesSecondaries: Bool?
    try payload.forEachAttribute(from: Self.headerSize) { (type, value) throws(MalformedMessage) in
      switch type {
      case Int(IFLA_IFNAME): name = value.text
      case Int(IFLA_ADDRESS): hardwareAddress = value.withUnsafeBytes { HardwareAddress(bytes: $0) }
      case Int(IFLA_MASTER): master = try value.integer(Int32.self, of: type)
      case Int(IFLA_LINKINFO): (kind, spanningTree) = try Self.information(in: value)
      case Int(IFLA_AF_SPEC): promotesSecondaries = try Self.promotion(in: value)
      default: break
      }
    }
    guard let name else { throw .missingAttribute(Int(IFLA_IFNAME)) }
    self.index = index
    self.name = name
    self.flags = flags
    self.hardwareAddress = hardwareAddress
    self.master = master
    self.kind = kind
    self.spanningTree = spanningTree
    self.promotesSecondaries = promotesSecondaries
  }

  /// Place of `promote_secondaries` among the IPv4 settings of a device (`IPV4_DEVCONF_PROMOTE_SECONDARIES`,
  /// `<linux/ip.h>`), counted from 1.
  static let promotionSetting = 20

  /// IFLA_AF_SPEC has a nest a family; in that of AF_INET, IFLA_INET_CONF is an array of all settings, 32 bits each.
  private static func promotion(in families: RawSpan) throws(MalformedMessage) -> Bool? {
    var promotes: Bool?
    try families.forEachAttribute { (family, attributes) throws(MalformedMessage) in
      guard family == Int(IPAddress.Family.v4.rawValue) else { return }
      try attributes.forEachAttribute { (type, settings) throws(MalformedMessage) in
        guard type == IFLA_INET_CONF else { return }
        promotes = settings.load(UInt32.self, at: 4 * (Self.promotionSetting - 1)).map { $0 != 0 }
      }
    }
    return promotes
  }

  /// What the driver says of itself. The kernel puts the kind before the data that depend on it.
  private static func information(in value: RawSpan) throws(MalformedMessage) -> (String?, SpanningTree?) {
    var kind: String?
    var spanningTree: SpanningTree?
    try value.forEachAttribute { (type, value) throws(MalformedMessage) in
      switch type {
      case Int(IFLA_INFO_KIND): kind = value.text
      case Int(IFLA_INFO_DATA) where kind == "bridge": spanningTree = try Self.spanningTree(in: value)
      default: break
      }
    }
    return (kind, spanningTree)
  }

  private static func spanningTree(in data: RawSpan) throws(MalformedMessage) -> SpanningTree {
    var state: UInt32 = 0
    var delay: UInt32 = 0
    try data.forEachAttribute { (type, value) throws(MalformedMessage) in
      switch type {
      case Int(IFLA_BR_STP_STATE): state = try value.integer(UInt32.self, of: type)
      case Int(IFLA_BR_FORWARD_DELAY): delay = try value.integer(UInt32.self, of: type)
      default: break
      }
    }
    return SpanningTree(isOn: state != 0, forwardDelay: delay)
  }
}

import CMnl

/// An address on a device: what a dump reports, and what is to be added (`struct ifaddrmsg`, `<linux/if_addr.h>`):
///
///     0       1       2       3       4               8
///     | fam   | plen  | flags | scope | ifa_index     | attributes IFA_* …
public struct InterfaceAddress: Hashable, Sendable {
  static let headerSize = 8

  /// The address and its prefix length; on a point-to-point device the length is that of the peer's network.
  public var prefix: IPPrefix
  /// The other end of a point-to-point device (IFA_ADDRESS, where it differs from IFA_LOCAL); nil elsewhere.
  public var peer: IPAddress?
  /// Index of the device.
  public var link: Int32
  /// The alias name `eth0:0` that `ifconfig` and `ip address` show, 15 bytes at most; IPv4 only. The kernel makes it
  /// the device's name if none is given.
  public var label: String?
  /// The broadcast address; IPv4 only. The kernel does not make one up: see ``IPPrefix/broadcast``.
  public var broadcast: IPAddress?
  /// `RT_SCOPE_*` (`<linux/rtnetlink.h>`): 0 is global, 253 link, 254 host.
  public var scope: UInt8
  /// `IFA_F_*` (`<linux/if_addr.h>`).
  public var flags: UInt32
  /// Who added the address (IFA_PROTO): 1...3 are the kernel's own, the others free; nil if nobody said.
  public var protocolTag: UInt8?
  /// Seconds until the kernel removes the address; nil is for ever. In a dump, what is left of them.
  public var validLifetime: UInt32?
  /// Seconds until the address is no longer chosen for new connections, at most the valid lifetime; nil is for ever,
  /// which the kernel refuses next to a finite valid lifetime.
  public var preferredLifetime: UInt32?
  /// The metric of the route to the prefix (IFA_RT_PRIORITY); nil is the kernel's usual one.
  public var metric: UInt32?

  /// An address to be added, for ever unless lifetimes are given.
  public init(
    prefix: IPPrefix, link: Int32, label: String? = nil, broadcast: IPAddress? = nil, scope: UInt8 = 0,
    flags: UInt32 = 0, protocolTag: UInt8? = nil, validLifetime: UInt32? = nil, preferredLifetime: UInt32? = nil
  ) {
    self.prefix = prefix
    self.link = link
    self.label = label
    self.broadcast = broadcast
    self.scope = scope
    self.flags = flags
    self.protocolTag = protocolTag
    self.validLifetime = validLifetime
    self.preferredLifetime = preferredLifetime
  }

  /// No route to the prefix is made along with the address (`IFA_F_NOPREFIXROUTE`).
  public var noPrefixRoute: Bool {
    get { flags & UInt32(IFA_F_NOPREFIXROUTE) != 0 }
    set { set(UInt32(IFA_F_NOPREFIXROUTE), newValue) }
  }

  /// No duplicate address detection before use (`IFA_F_NODAD`); IPv6 only.
  public var noDAD: Bool {
    get { flags & UInt32(IFA_F_NODAD) != 0 }
    set { set(UInt32(IFA_F_NODAD), newValue) }
  }

  /// Goes when the first address of its subnet goes, unless `promote_secondaries` is set (`IFA_F_SECONDARY`).
  public var isSecondary: Bool { flags & UInt32(IFA_F_SECONDARY) != 0 }

  /// Has no finite lifetime (`IFA_F_PERMANENT`).
  public var isPermanent: Bool { flags & UInt32(IFA_F_PERMANENT) != 0 }

  private mutating func set(_ flag: UInt32, _ isOn: Bool) {
    flags = isOn ? flags | flag : flags & ~flag
  }
}

extension InterfaceAddress {
  /// What the kernel writes for a lifetime without end (`INFINITY_LIFE_TIME`).
  private static var forever: UInt32 { .max }

  /// Reads the payload of an RTM_NEWADDR or RTM_DELADDR message. Total: no input traps.
  /// - Throws: what is wrong with the payload; the address itself is required.
  public init(parsing payload: RawSpan) throws(MalformedMessage) {
    guard let familyByte = payload.load(UInt8.self, at: 0), let length = payload.load(UInt8.self, at: 1),
      let flags = payload.load(UInt8.self, at: 2), let scope = payload.load(UInt8.self, at: 3),
      let link = payload.load(Int32.self, at: 4)
    else { throw .truncatedMessage }
    guard let family = IPAddress.Family(rawValue: familyByte) else { throw .unknownFamily(familyByte) }
    var local, peer, broadcast: IPAddress?
    var label: String?
    var protocolTag: UInt8?
    var wideFlags = UInt32(flags)
    var valid, preferred, metric: UInt32?
    try payload.forEachAttribute(from: Self.headerSize) { (type, value) throws(MalformedMessage) in
      switch type {
      case Int(IFA_LOCAL): local = try value.address(family, of: type)
      case Int(IFA_ADDRESS): peer = try value.address(family, of: type)
      case Int(IFA_BROADCAST): broadcast = try value.address(family, of: type)
      case Int(IFA_LABEL): label = value.text
      case Int(IFA_FLAGS): wideFlags = try value.integer(UInt32.self, of: type)
      case Int(IFA_PROTO): protocolTag = try value.integer(UInt8.self, of: type)
      case Int(IFA_CACHEINFO): (preferred, valid) = try Self.lifetimes(in: value)
      case Int(IFA_RT_PRIORITY): metric = try value.integer(UInt32.self, of: type)
      default: break
      }
    }
    // On a point-to-point device IFA_ADDRESS is the other end; elsewhere the two are equal and IPv6 sends one only.
    guard let address = local ?? peer else { throw .missingAttribute(Int(IFA_ADDRESS)) }
    guard let prefix = IPPrefix(address: address, length: Int(length)) else {
      throw .invalidAttribute(Int(IFA_ADDRESS))
    }
    self.init(
      prefix: prefix, link: link, label: label, broadcast: broadcast, scope: scope, flags: wideFlags,
      protocolTag: protocolTag, validLifetime: valid, preferredLifetime: preferred)
    self.peer = peer == address ? nil : peer
    self.metric = metric
  }

  /// `struct ifa_cacheinfo`: preferred and valid in seconds, then two time stamps that nobody here needs.
  private static func lifetimes(in value: RawSpan) throws(MalformedMessage) -> (preferred: UInt32?, valid: UInt32?) {
    guard let preferred = value.load(UInt32.self, at: 0), let valid = value.load(UInt32.self, at: 4) else {
      throw .invalidAttribute(Int(IFA_CACHEINFO))
    }
    return (preferred == forever ? nil : preferred, valid == forever ? nil : valid)
  }

  /// Writes the body of an RTM_NEWADDR request.
  package func writeForAdding(to request: Request) throws(NetlinkError.Reason) {
    writeIdentity(to: request)
    if let broadcast { request.put(Int(IFA_BROADCAST), broadcast) }
    if let label { try request.put(Int(IFA_LABEL), name: label) }
    // The header has room for the low eight flags only.
    if flags != 0 { request.put(Int(IFA_FLAGS), flags) }
    if let protocolTag { request.put(Int(IFA_PROTO), protocolTag) }
    if let metric { request.put(Int(IFA_RT_PRIORITY), metric) }
    if validLifetime != nil || preferredLifetime != nil {
      var lifetimes = ifa_cacheinfo()
      lifetimes.ifa_valid = validLifetime ?? Self.forever
      lifetimes.ifa_prefered = preferredLifetime ?? Self.forever
      request.put(Int(IFA_CACHEINFO), bytesOf: lifetimes)
    }
  }

  /// Writes what names the address, which is all an RTM_DELADDR request needs: device, address, prefix length and peer.
  func writeIdentity(to request: Request) {
    var header = ifaddrmsg()
    header.ifa_family = prefix.address.family.rawValue
    header.ifa_prefixlen = UInt8(prefix.length)
    header.ifa_flags = UInt8(truncatingIfNeeded: flags)
    header.ifa_scope = scope
    header.ifa_index = UInt32(bitPattern: link)
    request.putHeader(header)
    request.put(Int(IFA_LOCAL), prefix.address)
    request.put(Int(IFA_ADDRESS), peer ?? prefix.address)
  }
}

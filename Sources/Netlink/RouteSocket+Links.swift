import CMnl
import Glibc
import Linux

extension RouteSocket {
  /// Every network device of the namespace.
  public mutating func links() throws(NetlinkError) -> [Link] {
    do throws(NetlinkError.Reason) {
      return try dump(Int(RTM_GETLINK)) { (request) throws(NetlinkError.Reason) in
        request.putHeader(ifinfomsg())
        request.put(Int(IFLA_EXT_MASK), Self.withoutStatistics)
      } parse: { (payload) throws(MalformedMessage) in
        try Link(parsing: payload)
      }
    } catch {
      throw NetlinkError("list", "links", error)
    }
  }

  /// The device of that name; nil if there is none.
  public mutating func link(named name: String) throws(NetlinkError) -> Link? {
    try link("look up link", name) { (request) throws(NetlinkError.Reason) in
      request.putHeader(ifinfomsg())
      try request.put(Int(IFLA_IFNAME), name: name)
    }
  }

  /// The device of that index; nil if there is none.
  public mutating func link(at index: Int32) throws(NetlinkError) -> Link? {
    try link("look up link", "\(index)") { (request) throws(NetlinkError.Reason) in
      request.putHeader(ifinfomsg(index: index))
    }
  }

  /// Makes a pair of virtual Ethernet devices, both down (`veth(4)`).
  /// - Parameters:
  ///   - name: of the end in this namespace.
  ///   - peer: of the other end.
  ///   - peerNamespace: a descriptor of the namespace the other end is made in; nil is this one.
  /// - Returns: the end in this namespace.
  @discardableResult
  public mutating func createVeth(
    _ name: String, peer: String, peerNamespace: Int32? = nil
  ) throws(NetlinkError) -> Link {
    try create("veth", name) { (request) throws(NetlinkError.Reason) in
      try request.nest(Int(VETH_INFO_PEER)) { () throws(NetlinkError.Reason) in
        request.putHeader(ifinfomsg())
        try request.put(Int(IFLA_IFNAME), name: peer)
        if let peerNamespace { request.put(Int(IFLA_NET_NS_FD), UInt32(bitPattern: peerNamespace)) }
      }
    }
  }

  /// Makes an Ethernet bridge without ports, down.
  @discardableResult
  public mutating func createBridge(_ name: String) throws(NetlinkError) -> Link {
    try create("bridge", name)
  }

  /// Sets a device up or down.
  public mutating func setUp(_ index: Int32, _ up: Bool) throws(NetlinkError) {
    var header = ifinfomsg(index: index)
    header.ifi_flags = up ? UInt32(IFF_UP) : 0
    header.ifi_change = UInt32(IFF_UP)
    try change(up ? "set up" : "set down", header)
  }

  /// Makes a device a port of a bridge, or of nothing.
  public mutating func setMaster(_ index: Int32, _ master: Int32?) throws(NetlinkError) {
    try change("set the master of", ifinfomsg(index: index)) { (request) throws(NetlinkError.Reason) in
      request.put(Int(IFLA_MASTER), UInt32(bitPattern: master ?? 0))
    }
  }

  /// Moves a device to another namespace, where it arrives down and without addresses, perhaps with another index.
  /// - Parameters:
  ///   - toNamespace: a descriptor of it.
  ///   - name: its name there; nil keeps the one it has.
  public mutating func move(_ index: Int32, toNamespace: Int32, name: String? = nil) throws(NetlinkError) {
    try change("move", ifinfomsg(index: index)) { (request) throws(NetlinkError.Reason) in
      request.put(Int(IFLA_NET_NS_FD), UInt32(bitPattern: toNamespace))
      if let name { try request.put(Int(IFLA_IFNAME), name: name) }
    }
  }

  /// Gives a device another name.
  public mutating func rename(_ index: Int32, to name: String) throws(NetlinkError) {
    try change("rename", ifinfomsg(index: index)) { (request) throws(NetlinkError.Reason) in
      try request.put(Int(IFLA_IFNAME), name: name)
    }
  }

  /// Gives a device another MAC address.
  public mutating func setHardwareAddress(_ index: Int32, _ address: HardwareAddress) throws(NetlinkError) {
    try change("set the MAC address of", ifinfomsg(index: index)) { (request) throws(NetlinkError.Reason) in
      request.put(Int(IFLA_ADDRESS), bytes: address.bytes)
    }
  }

  /// Sets a device's `promote_secondaries`: what the kernel does with the other IPv4 addresses of a subnet when the first
  /// one is removed. It makes the next one the first, or removes them too.
  public mutating func setPromotion(_ index: Int32, _ promotes: Bool) throws(NetlinkError) {
    try change("set promote_secondaries of", ifinfomsg(index: index)) { (request) throws(NetlinkError.Reason) in
      try request.nest(Int(IFLA_AF_SPEC)) { () throws(NetlinkError.Reason) in
        try request.nest(Int(IPAddress.Family.v4.rawValue)) { () throws(NetlinkError.Reason) in
          try request.nest(IFLA_INET_CONF) { () throws(NetlinkError.Reason) in
            request.put(Link.promotionSetting, UInt32(promotes ? 1 : 0))
          }
        }
      }
    }
  }

  /// Removes a virtual device, and with a veth its other end.
  public mutating func removeLink(_ index: Int32) throws(NetlinkError) {
    try change("remove", ifinfomsg(index: index), type: Int(RTM_DELLINK))
  }

  /// What an error calls a device: its name, or its index if it has none any more.
  mutating func nameForErrors(_ index: Int32) -> String {
    do throws(NetlinkError) {
      return try link(at: index)?.name ?? "link \(index)"
    } catch {
      return "link \(index)"
    }
  }

  /// `RTEXT_FILTER_SKIP_STATS`: counters are a third of a dump and nobody here reads them.
  private static var withoutStatistics: UInt32 { 1 << 3 }

  private mutating func link(
    _ operation: String, _ subject: String, _ fill: (Request) throws(NetlinkError.Reason) -> Void
  ) throws(NetlinkError) -> Link? {
    do throws(NetlinkError.Reason) {
      return try get(Int(RTM_GETLINK), fill) { (payload) throws(MalformedMessage) in try Link(parsing: payload) }
    } catch {
      if case .refused(Errno(rawValue: ENODEV), _) = error { return nil }
      throw NetlinkError(operation, subject, error)
    }
  }

  /// Makes a virtual device; `data` appends what its driver wants to know.
  private mutating func create(
    _ kind: String, _ name: String, data: ((Request) throws(NetlinkError.Reason) -> Void)? = nil
  ) throws(NetlinkError) -> Link {
    do throws(NetlinkError.Reason) {
      try change(Int(RTM_NEWLINK), flags: Int32(NLM_F_CREATE | NLM_F_EXCL)) { (request) throws(NetlinkError.Reason) in
        request.putHeader(ifinfomsg())
        try request.put(Int(IFLA_IFNAME), name: name)
        try request.nest(Int(IFLA_LINKINFO)) { () throws(NetlinkError.Reason) in
          try request.put(Int(IFLA_INFO_KIND), name: kind)
          guard let data else { return }
          try request.nest(Int(IFLA_INFO_DATA)) { () throws(NetlinkError.Reason) in try data(request) }
        }
      }
    } catch {
      throw NetlinkError("create \(kind)", name, error)
    }
    guard let link = try link(named: name) else {
      throw NetlinkError("create \(kind)", name, .refused(Errno(rawValue: ENODEV), ExtendedAck()))
    }
    return link
  }

  /// Changes the device that `header` names.
  private mutating func change(
    _ operation: String, _ header: ifinfomsg, type: Int = Int(RTM_NEWLINK),
    attributes: (Request) throws(NetlinkError.Reason) -> Void = { _ in }
  ) throws(NetlinkError) {
    do throws(NetlinkError.Reason) {
      try change(type) { (request) throws(NetlinkError.Reason) in
        request.putHeader(header)
        try attributes(request)
      }
    } catch {
      throw NetlinkError(operation, nameForErrors(header.ifi_index), error)
    }
  }
}

extension ifinfomsg {
  /// Names a device by its index and changes nothing.
  fileprivate init(index: Int32) {
    self.init()
    ifi_index = index
  }
}

import CMnl

/// One thing that is done to an address of a device.
public enum AddressChange: Equatable, Sendable {
  /// Adds it; EEXIST if it is there already (NLM_F_EXCL).
  case add(InterfaceAddress)
  /// Adds it, or changes the one that is there already, whoever has added it (NLM_F_REPLACE).
  case put(InterfaceAddress)
  /// Removes it, whoever has added it.
  case remove(InterfaceAddress)

  /// What is changed.
  public var address: InterfaceAddress {
    switch self {
    case .add(let address), .put(let address), .remove(let address): address
    }
  }

  var type: Int {
    switch self {
    case .add, .put: Int(RTM_NEWADDR)
    case .remove: Int(RTM_DELADDR)
    }
  }

  var flags: Int32 {
    switch self {
    case .add: Int32(NLM_F_CREATE | NLM_F_EXCL)
    case .put: Int32(NLM_F_CREATE | NLM_F_REPLACE)
    case .remove: 0
    }
  }

  func write(to request: Request) throws(NetlinkError.Reason) {
    switch self {
    case .add(let address), .put(let address): try address.writeForAdding(to: request)
    case .remove(let address): address.writeIdentity(to: request)
    }
  }

  // For error messages.
  var verb: String {
    switch self {
    case .add, .put: "add"
    case .remove: "remove"
    }
  }

  var preposition: String {
    switch self {
    case .add, .put: "to"
    case .remove: "from"
    }
  }
}

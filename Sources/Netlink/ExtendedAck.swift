import CMnl
import Linux

/// What the kernel says about a refused request beyond the error number (`NETLINK_EXT_ACK`, `<linux/netlink.h>`).
public struct ExtendedAck: Equatable, Sendable, CustomStringConvertible {
  /// The kernel's sentence (`NLMSGERR_ATTR_MSG`).
  public var message: String?
  /// Where the offending attribute starts, in bytes from the request's header (`NLMSGERR_ATTR_OFFS`).
  public var offset: UInt32?
  /// The attribute that is missing (`NLMSGERR_ATTR_MISS_TYPE`).
  public var missingAttribute: UInt32?

  /// Says nothing.
  public init(message: String? = nil, offset: UInt32? = nil, missingAttribute: UInt32? = nil) {
    self.message = message
    self.offset = offset
    self.missingAttribute = missingAttribute
  }

  /// Reads the attributes that follow in an NLMSG_ERROR or NLMSG_DONE message.
  package init(attributes: RawSpan) throws(MalformedMessage) {
    self.init()
    var ack = self
    try attributes.forEachAttribute { (type, value) throws(MalformedMessage) in
      switch type {
      case Int(NLMSGERR_ATTR_MSG.rawValue): ack.message = value.text
      case Int(NLMSGERR_ATTR_OFFS.rawValue): ack.offset = try value.integer(UInt32.self, of: type)
      case Int(NLMSGERR_ATTR_MISS_TYPE.rawValue): ack.missingAttribute = try value.integer(UInt32.self, of: type)
      default: break
      }
    }
    self = ack
  }

  /// `"ipv4: Address already assigned" (attribute at byte 24)`; empty if the kernel said nothing.
  public var description: String {
    var parts: [String] = []
    if let message { parts.append("\"\(message)\"") }
    if let offset { parts.append("(attribute at byte \(offset))") }
    if let missingAttribute { parts.append("(attribute \(missingAttribute) is missing)") }
    return parts.joined(separator: " ")
  }
}

/// The verdict on a request: the payload of NLMSG_ERROR or NLMSG_DONE.
///
///     NLMSG_ERROR:  | error, 4 | header of the request, 16 | rest of the request unless NLM_F_CAPPED | attributes
///     NLMSG_DONE:   | error, 4 | attributes
///
/// The attributes are there if the flags say NLM_F_ACK_TLVS.
package struct Verdict {
  /// 0, or the number from `errno(3)`.
  let errno: Int32
  let extendedAck: ExtendedAck

  package init(_ header: MessageHeader, _ payload: RawSpan) throws(MalformedMessage) {
    guard let error = payload.load(Int32.self, at: 0) else { throw .truncatedMessage }
    errno = 0 &- error
    guard header.flags & Int32(NLM_F_ACK_TLVS) != 0 else {
      extendedAck = ExtendedAck()
      return
    }
    var start = 4
    if header.type == Int(NLMSG_ERROR) {
      guard let length = payload.load(UInt32.self, at: start) else { throw .truncatedMessage }
      start += header.flags & Int32(NLM_F_CAPPED) != 0 ? MessageHeader.size : (Int(length) + 3) & ~3
    }
    extendedAck = try payload.withRest(from: start) { (rest) throws(MalformedMessage) in
      try ExtendedAck(attributes: rest)
    }
  }
  /// Why the kernel said no; nil if it said yes.
  package var refusal: NetlinkError.Reason? {
    errno == 0 ? nil : .refused(Errno(rawValue: errno), extendedAck)
  }
}

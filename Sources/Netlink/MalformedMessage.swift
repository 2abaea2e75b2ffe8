/// Why bytes from a netlink socket could not be read. Each way to be wrong has a name.
public enum MalformedMessage: Error, Equatable, Sendable, CustomStringConvertible {
  /// A header is cut short, or announces fewer bytes than itself or more than there are.
  case truncatedMessage
  /// The same for an attribute.
  case truncatedAttribute
  /// An attribute that the message makes no sense without is absent; its number within the message's own kind.
  case missingAttribute(Int)
  /// An attribute's value has the wrong length or lies out of range.
  case invalidAttribute(Int)
  /// An address of neither IPv4 nor IPv6.
  case unknownFamily(UInt8)

  /// `attribute 3 is missing`.
  public var description: String {
    switch self {
    case .truncatedMessage: "a message is truncated"
    case .truncatedAttribute: "an attribute is truncated"
    case .missingAttribute(let type): "attribute \(type) is missing"
    case .invalidAttribute(let type): "attribute \(type) is invalid"
    case .unknownFamily(let family): "address family \(family) is unknown"
    }
  }
}

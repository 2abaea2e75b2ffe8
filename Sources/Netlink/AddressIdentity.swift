/// Addresses of a device that are the first one of their subnet or secondary to it, in the kernel's sense.
public struct Subnet: Hashable, Sendable {
  /// The network, with its prefix length.
  public let network: IPPrefix
  /// The device's number.
  public let link: Int32

  /// A subnet of a device.
  public init(network: IPPrefix, link: Int32) { (self.network, self.link) = (network, link) }
}

/// What names an address in the kernel: device, address and prefix length, without what it was added with.
public struct AddressIdentity: Hashable, Sendable {
  /// The address with its prefix length.
  public let prefix: IPPrefix
  /// The device's number.
  public let link: Int32

  /// The name of an address of a device.
  public init(prefix: IPPrefix, link: Int32) { (self.prefix, self.link) = (prefix, link) }

  /// The subnet that the address is in.
  public var subnet: Subnet { Subnet(network: prefix.network, link: link) }
}

extension InterfaceAddress {
  /// What names the address in the kernel.
  public var identity: AddressIdentity { AddressIdentity(prefix: prefix, link: link) }

  /// The subnet that the address is in.
  public var subnet: Subnet { identity.subnet }
}

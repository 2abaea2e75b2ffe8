/// One address of a batch that the kernel refused; the others of the batch were not touched by that.
public struct AddressFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The address, as it was given.
  public let address: InterfaceAddress
  /// What the kernel said about it.
  public let error: NetlinkError

  /// The error's own description, which names the address and the device.
  public var description: String { error.description }
}

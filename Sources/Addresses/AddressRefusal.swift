import Netlink

/// An address that is not in the kernel for us, and why.
package struct AddressRefusal: CustomStringConvertible {
  package let address: AddressIdentity
  package let description: String

  /// The kernel has refused it.
  init(_ failure: AddressFailure) {
    address = failure.address.identity
    description = "\(failure.error)"
  }

  private init(_ address: AddressIdentity, _ description: String) {
    (self.address, self.description) = (address, description)
  }

  /// The host has it by itself, perhaps with another prefix length or on another device.
  /// - Parameter device: the name of the device that has it.
  static func hostsOwn(
    _ found: InterfaceAddress, in place: InterfaceAddress, named device: String
  ) -> AddressRefusal {
    AddressRefusal(
      place.identity,
      """
      \(found.prefix) is on \(device) already and was not added by vipagent: it is this host's own and stays as it is; take \
      it out of the host's network configuration, or out of vipagent's
      """)
  }
}

import Linux
import Netlink

/// Whose an address is, by its mark (IFA_PROTO), which Linux keeps from 5.18 on.
struct AddressMarks: Sendable {
  /// Whether an address without our mark is somebody else's for certain.
  let areKept: Bool

  init(areKept: Bool = KernelRelease.current.isAtLeast(5, 18) ?? true) { self.areKept = areKept }

  /// The address is somebody else's for certain.
  func isForeign(_ address: InterfaceAddress) -> Bool { areKept && !address.isMarked }
}

extension InterfaceAddress {
  /// Whether it carries an agent's mark.
  var isMarked: Bool { protocolTag == Holdings.protocolTag }
}

/// An address that is not in the kernel for us, and why.
struct AddressRefusal: CustomStringConvertible {
  let address: AddressIdentity
  let description: String

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

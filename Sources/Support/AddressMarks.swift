import Linux
import Netlink

/// Whose an address is, by its mark (IFA_PROTO), which Linux keeps from 5.18 on.
package struct AddressMarks: Sendable {
  /// Marks an address as ours in the kernel (IFA_PROTO, `<linux/if_addr.h>`, Linux 5.18 and later): "V".
  package static let tag: UInt8 = 0x56

  /// Whether an address without our mark is somebody else's for certain.
  package let areKept: Bool

  package init(areKept: Bool = KernelRelease.current.isAtLeast(5, 18) ?? true) { self.areKept = areKept }

  /// The address is somebody else's for certain.
  package func isForeign(_ address: InterfaceAddress) -> Bool { areKept && !address.isMarked }
}

extension InterfaceAddress {
  /// Whether it carries an agent's mark.
  package var isMarked: Bool { protocolTag == AddressMarks.tag }
}

import CLinux
import Glibc
import Linux

/// Whose a file is, and who may do what with it.
package struct Ownership {
  private let user: uid_t
  private let group: gid_t
  private let mode: mode_t
  /// As the kernel gives it; empty where there is none.
  private let accessList: [UInt8]

  /// - Throws: what the kernel answered.
  package init(of file: borrowing RegularFile) throws(SystemError) {
    (user, group, mode) = (file.status.st_uid, file.status.st_gid, file.status.st_mode & 0o7777)
    // XATTR_SIZE_MAX of <linux/limits.h>.
    var list = [UInt8](repeating: 0, count: 65_536)
    let raw = file.descriptor.raw
    let length = try retryOnInterrupt("read the access control list", on: file.path) {
      clinux_access_list(raw, &list, list.count)
    }
    accessList = Array(list.prefix(length))
  }

  /// Gives a file the same.
  /// - Throws: EPERM where it takes root.
  package func give(to file: borrowing Descriptor, named path: String) throws(SystemError) {
    let raw = file.raw
    try retryOnInterrupt("keep the owner", on: path) { fchown(raw, user, group) }
    // Behind the owner, whose change takes away bits; and before the list, which stands for more than they can say.
    try retryOnInterrupt("keep the mode", on: path) { fchmod(raw, mode) }
    guard !accessList.isEmpty else { return }
    try retryOnInterrupt("keep the access control list", on: path) {
      clinux_set_access_list(raw, accessList, accessList.count)
    }
  }
}

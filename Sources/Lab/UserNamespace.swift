import CLinux
import Glibc
import Linux

extension Lab {
  /// Makes an ordinary user root of a user namespace (`user_namespaces(7)`), where namespaces and links may be built;
  /// does nothing for root.
  ///
  /// Call it before the process has a second thread: the kernel moves only a process with one.
  /// - Throws: `LabError.needsRoot` where the kernel does not let users do that.
  public static func enterUserNamespaceIfNeeded() throws(LabError) {
    let (user, group) = (geteuid(), getegid())
    if user == 0 { return }
    do throws(SystemError) {
      try retryOnInterrupt("unshare", on: "CLONE_NEWUSER") { clinux_unshare(clinux_newuser) }
      // Without this the kernel refuses the group map (user_namespaces(7)).
      try write("deny", to: "/proc/self/setgroups")
      try write("0 \(user) 1", to: "/proc/self/uid_map")
      try write("0 \(group) 1", to: "/proc/self/gid_map")
    } catch {
      throw .needsRoot(error)
    }
  }

  private static func write(_ text: String, to path: String) throws(SystemError) {
    let file = try Descriptor(open(path, O_WRONLY | O_CLOEXEC), "open", on: path)
    try retryOnInterrupt("write", on: path) { Glibc.write(file.raw, text, text.utf8.count) }
  }
}

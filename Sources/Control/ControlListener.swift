import CLinux
import Glibc
import Linux

/// The control socket in the file system: a UNIX stream socket that everybody may connect to; who may do what is decided
/// by who it is, see ``Permissions``.
struct ControlListener: ~Copyable {
  let descriptor: Descriptor
  let path: String

  /// Makes the socket, and its directory where only that is missing.
  ///
  /// A socket that a dead agent has left is replaced; one that somebody listens on is not.
  /// - Throws: what the kernel said; `EADDRINUSE` if another agent listens there.
  init(path: String) throws(SystemError) {
    Self.makeDirectory(of: path)
    let raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let descriptor = try Descriptor(raw, "socket AF_UNIX")
    try Self.bind(descriptor.raw, to: path)
    // The umask does not matter: the credentials of each client do.
    chmod(path, 0o666)
    try retryOnInterrupt("listen", on: path) { listen(raw, 64) }
    self.descriptor = descriptor
    self.path = path
  }

  /// The next client's socket, non-blocking; nil where nobody waits.
  /// - Throws: what keeps somebody who waits from being served: no descriptor left, no memory.
  func accept() throws(SystemError) -> Descriptor? {
    while true {
      let raw = clinux_accept(descriptor.raw)
      if raw >= 0 { return try Descriptor(raw, "accept") }
      switch errno {
      // A client that has gone again is no reason to leave the others waiting.
      case EINTR, ECONNABORTED: continue
      case EAGAIN: return nil
      default: throw SystemError("accept", on: path)
      }
    }
  }

  /// Takes the socket out of the file system.
  func remove() { unlink(path) }

  private static func bind(_ raw: Int32, to path: String) throws(SystemError) {
    var address = try UnixAddress(path)
    if address.withPointer({ Glibc.bind(raw, $0, $1) }) == 0 { return }
    let errno = Errno.current
    guard errno.rawValue == EADDRINUSE, isAbandoned(path) else { throw SystemError("bind", on: path, errno) }
    unlink(path)
    guard address.withPointer({ Glibc.bind(raw, $0, $1) }) == 0 else { throw SystemError("bind", on: path) }
  }

  private static func makeDirectory(of path: String) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    mkdir(String(path[..<slash]), 0o755)
  }

  /// Whether a socket file has no listener any more. Only a socket is ever replaced.
  private static func isAbandoned(_ path: String) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
    let raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard let probe = try? Descriptor(raw, "socket"), var address = try? UnixAddress(path) else { return false }
    return address.withPointer { connect(probe.raw, $0, $1) } != 0 && errno == ECONNREFUSED
  }
}

/// The address of a UNIX socket (`unix(7)`).
package struct UnixAddress {
  private var address = sockaddr_un()
  private var length = socklen_t(MemoryLayout<sockaddr_un>.size)

  /// - Parameter path: in the file system; `@` and a name for an abstract one.
  /// - Throws: `ENAMETOOLONG` for a path of more than 107 bytes.
  package init(_ path: String) throws(SystemError) {
    var bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count < room else {
      throw SystemError("socket path", on: path, Errno(rawValue: ENAMETOOLONG))
    }
    address.sun_family = sa_family_t(AF_UNIX)
    if bytes.first == UInt8(ascii: "@") {
      // Of an abstract name every byte counts, so it must not end with the zeros of the rest.
      bytes[0] = 0
      length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
  }

  /// The address as the socket calls want it.
  package mutating func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, length)
      }
    }
  }
}

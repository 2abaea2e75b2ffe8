import CLinux
import Control
import Glibc
import Linux

/// Where the service manager wants to be told how the agent is: the datagram socket that `NOTIFY_SOCKET` names
/// (`sd_notify(3)`; the protocol is a few lines, so there is no need for its library).
struct NotifySocket: ~Copyable {
  private let descriptor: Descriptor
  private var address: UnixAddress

  /// - Parameter name: an absolute path, or `@` and the name of an abstract socket (`unix(7)`).
  /// - Throws: what the kernel said; `EAFNOSUPPORT` for any other name (such as `vsock:`), `ENAMETOOLONG` for a name of
  ///   more than 107 bytes.
  init(_ name: String) throws(SystemError) {
    guard name.hasPrefix("/") || name.hasPrefix("@") else {
      throw SystemError("notify", on: name, Errno(rawValue: EAFNOSUPPORT))
    }
    let address = try UnixAddress(name)
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = try Descriptor(socket(AF_UNIX, kind, 0), "socket AF_UNIX")
    self.address = address
    self.descriptor = descriptor
  }

  /// Sends one message: assignments, one a line. Never waits. Not connected, so that a service manager that executes
  /// itself anew is found again.
  /// - Returns: nil, or why it was not sent; `EAGAIN` where the manager has not read what came before.
  mutating func send(_ message: String) -> Errno? {
    var message = message
    let raw = descriptor.raw
    let sent = address.withPointer { address, length in
      message.withUTF8 { sendto(raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL), address, length) }
    }
    return sent < 0 ? Errno.current : nil
  }
}

import CLinux
import Glibc
import Linux

/// Who has asked for something: whoever is on the other end of the control socket, or has sent a signal.
///
/// The kernel says so: nobody can pose as another user or process. The login is true of whoever came by a login; what came by
/// none, such as a service, may write any into its own `/proc/self/loginuid`. All in plain bits, so that a mailbox can carry it.
package struct Operator: BitwiseCopyable, Equatable, Sendable {
  /// As which user.
  package let user: uid_t
  /// As whom he has logged in, which neither `su` nor `sudo` changes (`/proc/PID/loginuid`, pam_loginuid(8)); nil where
  /// the process comes from no login, such as a service's, or has ended.
  package let login: uid_t?
  /// His process, as of then; 0 where it is in a PID namespace that the agent does not see.
  package let process: pid_t

  init(user: uid_t, login: uid_t?, process: pid_t) {
    (self.user, self.login, self.process) = (user, login, process)
  }

  /// Whoever has sent a signal.
  package init(_ sender: SignalDescriptor.Sender) {
    self.init(user: sender.user, login: Self.login(of: sender.process), process: sender.process)
  }

  /// Whoever has connected to a socket.
  package init(_ peer: PeerCredentials, on descriptor: Int32) {
    self.init(user: peer.user, login: Self.login(of: peer.process, on: descriptor), process: peer.process)
  }

  /// What the kernel says of a process that is no child of a login.
  private static let noLogin = uid_t.max

  private static func login(of process: pid_t) -> uid_t? {
    guard process > 0, let text = try? readFile("/proc/\(process)/loginuid", limit: 32) else { return nil }
    return login(in: text)
  }

  /// What `/proc/PID/loginuid` says; nil where nobody has logged in.
  static func login(in text: [UInt8]) -> uid_t? {
    uid_t(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)).flatMap {
      $0 == noLogin ? nil : $0
    }
  }

  /// A number may be another process's by now. Where the kernel gives a descriptor of the process that has connected, it
  /// tells whether that process was there all the time.
  private static func login(of process: pid_t, on descriptor: Int32) -> uid_t? {
    let raw = clinux_peer_process(descriptor)
    // Kernels before 6.5 have no such option; any other error means that the process has ended.
    guard raw >= 0 else { return errno == ENOPROTOOPT ? login(of: process) : nil }
    defer { close(raw) }
    let login = login(of: process)
    var end = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
    return poll(&end, 1, 0) == 0 ? login : nil
  }
}

extension Operator {
  /// "alice as root, pid 4711": the login's name first.
  /// - Parameter name: of a user.
  package func words(_ name: (uid_t) -> String) -> String {
    let acting = name(user)
    guard let login, login != user else { return "\(acting), pid \(process)" }
    return "\(name(login)) as \(acting), pid \(process)"
  }
}

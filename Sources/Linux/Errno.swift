import CLinux
import Glibc

/// A number from `errno(3)`, with the name the kernel's headers give it.
public struct Errno: Equatable, Hashable, Sendable, CustomStringConvertible {
  /// The number, as in `<asm-generic/errno-base.h>`.
  public let rawValue: Int32

  /// Wraps a number that a call reported; netlink reports it negated, so negate it first.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// What the last failed call of this thread left in `errno(3)`.
  public static var current: Errno { Errno(rawValue: errno) }

  /// `EPERM` for 1; `errno 4711` for a number without a name (`strerrorname_np(3)`).
  public var name: String {
    guard let name = clinux_errno_name(rawValue) else { return "errno \(rawValue)" }
    return String(cString: name)
  }

  /// The C library's sentence: "Operation not permitted" (`strerrordesc_np(3)`).
  public var message: String {
    guard let message = clinux_errno_message(rawValue) else { return "unknown error" }
    return String(cString: message)
  }

  /// `EPERM (Operation not permitted)`.
  public var description: String { "\(name) (\(message))" }
}

/// A system call that failed: what was attempted, on what, and what the kernel answered.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was attempted, as a verb phrase: `bind`, `set SO_BINDTODEVICE`.
  public let operation: String
  /// What it was attempted on: `eth0`, a path; empty where there is nothing to name.
  public let subject: String
  /// What the kernel answered.
  public let errno: Errno

  /// Describes a failure; `errno` is the calling thread's unless another is given.
  public init(_ operation: String, on subject: String = "", _ errno: Errno = .current) {
    self.operation = operation
    self.subject = subject
    self.errno = errno
  }

  /// `bind 0.0.0.0:694: EACCES (Permission denied)`.
  public var description: String {
    subject.isEmpty ? "\(operation): \(errno)" : "\(operation) \(subject): \(errno)"
  }
}

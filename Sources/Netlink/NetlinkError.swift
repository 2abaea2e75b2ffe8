import Glibc
import Linux

/// A netlink operation that failed: what was attempted, on what, and who said why.
public struct NetlinkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Who said no, and why.
  public enum Reason: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kernel refused the request, perhaps with a sentence of its own.
    case refused(Errno, ExtendedAck)
    /// A system call on the socket failed.
    case socket(Errno)
    /// The kernel's reply could not be read.
    case malformed(MalformedMessage)
    /// Replies were lost because the socket's receive buffer was full: what the request did is unknown.
    case overrun
    /// No reply came within the receive timeout: what the request did is unknown.
    case noAnswer
    /// Every attempt at a dump was overtaken by changes (`NLM_F_DUMP_INTR`).
    case unsteady
    /// A name is empty, longer than 15 bytes (`IFNAMSIZ`) or holds a NUL; it was not sent.
    case invalidName(String)

    /// `EPERM (Operation not permitted): "kernel text"`.
    public var description: String {
      switch self {
      case .refused(let errno, let ack): ack == ExtendedAck() ? "\(errno)" : "\(errno): \(ack)"
      case .socket(let errno): "\(errno) from the netlink socket"
      case .malformed(let malformed): "malformed message from the kernel: \(malformed)"
      case .overrun: "replies were lost: the receive buffer was full"
      case .noAnswer: "no answer from the kernel"
      case .unsteady: "the dump was interrupted by changes again and again"
      case .invalidName(let name): "\"\(name)\" is not a name of 1 to 15 bytes"
      }
    }
  }

  /// What was attempted, as a verb phrase: `add`, `set up`.
  public let operation: String
  /// What it was attempted on: `195.46.64.21/24 to eth0`.
  public let subject: String
  /// Who said no, and why.
  public let reason: Reason

  init(_ operation: String, _ subject: String, _ reason: Reason) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
  }

  /// The error number, if the kernel refused the request: `EEXIST`, `EADDRNOTAVAIL`, …
  public var errno: Errno? {
    if case .refused(let errno, _) = reason { errno } else { nil }
  }

  /// `add 195.46.64.21/24 to eth0: EPERM (Operation not permitted): "kernel text"`.
  public var description: String {
    "\(operation) \(subject): \(reason)"
  }
}

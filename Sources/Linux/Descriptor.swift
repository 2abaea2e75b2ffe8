import CLinux
import Glibc

/// A file descriptor that closes itself: there is one owner, and when the owner goes the descriptor goes.
public struct Descriptor: ~Copyable, Sendable {
  /// The number, for system calls; do not close it and do not keep it longer than its owner.
  public let raw: Int32

  /// Takes ownership of a descriptor that a system call returned.
  /// - Parameter raw: the call's result; negative means that it failed and `errno(3)` says why.
  public init(_ raw: Int32, _ operation: String, on subject: String = "") throws(SystemError) {
    guard raw >= 0 else { throw SystemError(operation, on: subject) }
    self.raw = raw
  }

  deinit { close(raw) }
}

/// Repeats a system call while a signal interrupts it, and turns -1 into an error.
///
/// - Returns: what the call returned, never negative.
@discardableResult
public func retryOnInterrupt<Result: FixedWidthInteger & SignedInteger>(
  _ operation: @autoclosure () -> String, on subject: @autoclosure () -> String = "", _ call: () -> Result
) throws(SystemError) -> Result {
  while true {
    let result = call()
    if result >= 0 { return result }
    let errno = Errno.current
    if errno.rawValue != EINTR { throw SystemError(operation(), on: subject(), errno) }
  }
}

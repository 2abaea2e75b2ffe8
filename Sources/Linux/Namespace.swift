import CLinux
import Glibc

/// A network namespace: the network of one host, without the host.
///
/// It lives as long as this object, a process started in it, or a socket opened in it.
public final class Namespace: Sendable {
  /// Whose network it is; only for error messages and thread names.
  public let name: String
  private let descriptor: Descriptor

  /// Makes an empty network: a loopback device that is down, and nothing else.
  /// - Throws: `SystemError`: EPERM without CAP_SYS_ADMIN.
  public init(_ name: String) throws {
    self.name = name
    descriptor = try Namespace.onThread(name) { () throws(SystemError) -> Descriptor in
      try retryOnInterrupt("unshare", on: "CLONE_NEWNET") { clinux_unshare(clinux_newnet) }
      // Not /proc/self: that is the process's first thread, which stays where it is.
      return try Descriptor(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open", on: "ns/net")
    }
  }

  /// For setns(2) and for moving links here; do not keep it longer than this object.
  public var rawDescriptor: Int32 { descriptor.raw }

  /// Runs `body` inside, on a thread of its own, and waits for it. Sockets opened by `body` stay inside for life.
  /// - Throws: what `body` throws, or why the thread could not enter (`setns`, EPERM without CAP_SYS_ADMIN).
  public func run<Value: ~Copyable>(_ body: () throws -> Value) throws -> Value {
    try Namespace.onThread(name) { () throws(any Error) -> Value in
      try retryOnInterrupt("setns", on: self.name) { clinux_setns(self.descriptor.raw, clinux_newnet) }
      return try body()
    }
  }

  /// A namespace belongs to a thread, so a thread that ends afterwards is the cleanest way in and out.
  private static func onThread<Value: ~Copyable, Failure>(
    _ name: String, _ body: () throws(Failure) -> Value
  ) throws -> Value {
    let outcome = Outcome<Value, Failure>()
    try withoutActuallyEscaping(body) { body in
      // The thread is joined before this scope ends: nothing here is used by two threads at a time.
      nonisolated(unsafe) let body = body
      let thread = try Thread(name: "in \(name)") { outcome.result = Result(catching: body) }
      thread.join()
    }
    guard let result = outcome.result.take() else { throw SystemError("run a thread", on: name) }
    return try result.get()
  }

  private final class Outcome<Value: ~Copyable, Failure: Error>: @unchecked Sendable {
    var result: Result<Value, Failure>?
  }
}

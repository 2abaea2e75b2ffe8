import Linux

/// Why the lab could not do what it was asked.
public enum LabError: Error, CustomStringConvertible {
  /// Something failed while doing this: the kernel's answer is in the cause (`SystemError` or Netlink's error).
  case failed(String, any Error)
  /// A program could not be started.
  case launch(LaunchError)
  /// This did not happen in time.
  case timedOut(String)
  /// A host was asked for something that only a running host can do.
  case poweredOff(String)
  /// A host was switched on twice.
  case alreadyRunning(String)
  /// The lab is gone already.
  case tornDown
  /// There is no `vipagent` where these places were searched.
  case noAgentBinary([String])
  /// This machine does not let an ordinary user build network namespaces.
  case needsRoot(SystemError)

  /// `boot loadb1: create veth: EPERM (Operation not permitted)`.
  public var description: String {
    switch self {
    case .failed(let doing, let cause): "\(doing): \(cause)"
    case .launch(let error): error.description
    case .timedOut(let what): "not in time: \(what)"
    case .poweredOff(let host): "\(host) is switched off"
    case .alreadyRunning(let host): "\(host) is switched on already"
    case .tornDown: "the lab has been torn down"
    case .noAgentBinary(let places):
      "no vipagent binary in \(places.joined(separator: ", ")): build it, or set VIPAGENT_BINARY"
    case .needsRoot(let cause):
      "needs root, or a kernel that lets users make user namespaces (\(cause))"
    }
  }
}

/// A program that could not be started on a host.
public struct LaunchError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The path of the program.
  public let program: String
  /// The host it was meant for.
  public let host: String
  /// The system call that failed: `execve`, `setns`, …
  public let step: String
  /// The kernel's answer.
  public let errno: Errno

  /// `start /bin/nothing on loadb1: execve: ENOENT (No such file or directory)`.
  public var description: String { "start \(program) on \(host): \(step): \(errno)" }
}

/// Runs `body` and says what was being done when it fails; a `LabError` passes through, it says so already.
package func doing<Value: ~Copyable>(_ what: @autoclosure () -> String, _ body: () throws -> Value) throws(LabError)
  -> Value
{
  do {
    return try body()
  } catch let error as LabError {
    throw error
  } catch {
    throw .failed(what(), error)
  }
}

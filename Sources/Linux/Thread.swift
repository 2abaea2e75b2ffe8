import CLinux
import Glibc

/// A POSIX thread with a name of its own (`pthread_create(3)`).
public final class Thread: Sendable {
  // Written once before any other thread can see the object.
  private nonisolated(unsafe) var handle = pthread_t()

  private final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// Starts a thread that runs `body` and ends with it.
  /// - Parameters:
  ///   - name: what `ps -L` and `strace` show; the kernel keeps 15 bytes.
  ///   - stackSize: bytes, at least `PTHREAD_STACK_MIN`.
  public init(name: String, stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackSize)
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    let result = pthread_create(
      &handle, &attributes,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        _ = clinux_name_thread(start.name)
        start.body()
        return nil
      }, start.toOpaque())
    if result != 0 {
      start.release()
      throw SystemError("start thread", on: name, Errno(rawValue: result))
    }
  }

  /// Waits until the thread has ended. Call it once.
  public func join() {
    pthread_join(handle, nil)
  }
}

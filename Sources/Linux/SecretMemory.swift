import CLinux
import Glibc

/// Memory for secrets: it is in no core file (`madvise(2)`, `MADV_DONTDUMP`), shares its pages with nothing else, and is wiped
/// before it is given back.
public final class SecretMemory: @unchecked Sendable {
  /// Zeros at first. They go with this object.
  public let bytes: UnsafeMutableRawBufferPointer

  /// - Parameter count: bytes, more than 0; whole pages are taken.
  public init(byteCount count: Int) {
    let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { fatalError("no memory for \(count) bytes") }
    madvise(memory, count, MADV_DONTDUMP)
    bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
  }

  deinit {
    // Not memset, which a compiler may leave out of memory that is about to go.
    if let memory = bytes.baseAddress { explicit_bzero(memory, bytes.count) }
    munmap(bytes.baseAddress, bytes.count)
  }

  /// Its first bytes, for as long as the body runs.
  public func withBytes<Result, Failure: Error>(
    upTo count: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
  }

  /// Overwrites what functions that have returned may have left on the calling thread's stack, so deep.
  public static func wipeStack(bytes: Int) { clinux_wipe_stack(bytes) }

  /// Ends the process's own ability to leave a core file, and everybody's but root's to read its memory
  /// (`prctl(2)`, `PR_SET_DUMPABLE`).
  public static func forbidCoreFiles() { clinux_forbid_core() }
}

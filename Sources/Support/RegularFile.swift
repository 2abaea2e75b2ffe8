import Glibc
import Linux

/// A regular file, open for reading. What is asked about it is asked of what was opened, so that the file that is checked is
/// the file that is read.
package struct RegularFile: ~Copyable {
  let descriptor: Descriptor
  package let path: String
  package let status: stat

  /// Opens a file, through links too.
  /// - Throws: what the kernel answered, or that it is a FIFO, a device, a folder: they might have no end, or be waited for.
  package init(_ path: String) throws(FileRefusal) {
    // O_NONBLOCK: a FIFO without a writer must be refused, not waited for.
    try self.init(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), named: path)
  }

  /// Takes what `openat(2)` has returned.
  init(_ raw: Int32, named path: String) throws(FileRefusal) {
    let descriptor = try Self.owner(of: raw, path)
    let status = try Self.status(of: raw, path)
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileRefusal("it is \(Self.kind(of: status.st_mode)), not a regular file")
    }
    self.descriptor = descriptor
    self.path = path
    self.status = status
  }

  private static func owner(of raw: Int32, _ path: String) throws(FileRefusal) -> Descriptor {
    do throws(SystemError) {
      return try Descriptor(raw, "open", on: path)
    } catch {
      throw FileRefusal(error)
    }
  }

  private static func status(of raw: Int32, _ path: String) throws(FileRefusal) -> stat {
    var status = stat()
    guard fstat(raw, &status) == 0 else { throw FileRefusal(SystemError("fstat", on: path)) }
    return status
  }

  private static func kind(of mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a directory"
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }

  /// Reads it to its end.
  /// - Throws: what the kernel answered; EFBIG if there are more than `limit` bytes.
  package func bytes(limit: Int) throws(FileRefusal) -> [UInt8] {
    var text: [UInt8] = []
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: min(limit, 64 << 10) + 1, alignment: 1)
    defer { chunk.deallocate() }
    while true {
      let count = try next(into: chunk)
      if count == 0 { return text }
      text += chunk[..<count]
      if text.count > limit { throw FileRefusal(tooLong: path, limit) }
    }
  }

  /// Reads the next bytes, as many as there are room for at most; 0 at the end.
  package func next(into room: UnsafeMutableRawBufferPointer) throws(FileRefusal) -> Int {
    do throws(SystemError) {
      let raw = descriptor.raw
      return try retryOnInterrupt("read", on: path) { read(raw, room.baseAddress, room.count) }
    } catch {
      throw FileRefusal(error)
    }
  }
}

/// Why a file is not read.
package struct FileRefusal: Error, Equatable, Sendable, CustomStringConvertible {
  /// The rule it breaks, or what the kernel answered.
  package let message: String
  /// What to type.
  package let hint: String?
  /// What the kernel answered, if it was that.
  package let errno: Errno?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
    errno = nil
  }

  init(_ error: SystemError, hint: String? = nil) {
    message = "\(error)"
    self.hint = hint
    errno = error.errno
  }

  package init(tooLong path: String, _ limit: Int) {
    self.init(SystemError("read at most \(limit) bytes of", on: path, Errno(rawValue: EFBIG)))
  }

  /// The same, with what to do about it.
  package func advised(_ hint: String?) -> FileRefusal { FileRefusal(message, hint: hint, errno) }

  private init(_ message: String, hint: String?, _ errno: Errno?) {
    (self.message, self.hint, self.errno) = (message, hint, errno)
  }

  package var description: String { message }
}

/// Reads a whole regular file.
/// - Throws: why not; EFBIG if there are more than `limit` bytes.
package func readFile(_ path: String, limit: Int) throws(FileRefusal) -> [UInt8] {
  try RegularFile(path).bytes(limit: limit)
}

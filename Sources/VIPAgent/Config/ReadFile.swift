import Glibc
import Linux

/// Reads a whole file; the path may name anything that can be read to an end.
/// - Throws: what the kernel answered; EFBIG if there are more than `limit` bytes.
func readFile(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
  let file = try Descriptor(open(path, O_RDONLY | O_CLOEXEC), "open", on: path)
  return try readAll(of: file, named: path, limit: limit)
}

/// Reads an open file to its end.
/// - Throws: what the kernel answered; EFBIG if there are more than `limit` bytes.
func readAll(of file: borrowing Descriptor, named path: String, limit: Int) throws(SystemError) -> [UInt8] {
  var text: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 64 << 10)
  let raw = file.raw
  while true {
    let count = try retryOnInterrupt("read", on: path) { read(raw, &chunk, chunk.count) }
    if count == 0 { return text }
    text += chunk[..<count]
    if text.count > limit {
      throw SystemError("read at most \(limit) bytes of", on: path, Errno(rawValue: EFBIG))
    }
  }
}

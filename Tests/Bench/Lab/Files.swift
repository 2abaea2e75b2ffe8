import Glibc
import Linux

/// Something that the benchmark could not do, or that did not happen.
struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A folder below `/tmp` that goes with this object, and all that is in it.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/vipagent-bench.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", on: "/tmp") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    // A link to a folder is a file here.
    if unlink(path) == 0 { return }
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { remove("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}

/// Writes a file anew.
func write(_ text: String, to path: String, mode: mode_t = 0o644, appending: Bool = false) throws(SystemError) {
  let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC)
  let file = try Descriptor(open(path, flags, mode), "create", on: path)
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let raw = file.raw
    let count = try retryOnInterrupt("write", on: path) {
      rest.withUnsafeBytes { Glibc.write(raw, $0.baseAddress, $0.count) }
    }
    rest = rest.dropFirst(count)
  }
}

/// The text of a file, `/proc` included.
func contents(of path: String) throws(SystemError) -> String {
  let file = try Descriptor(open(path, O_RDONLY | O_CLOEXEC), "open", on: path)
  var text: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let raw = file.raw
    let count = try retryOnInterrupt("read", on: path) { read(raw, &chunk, chunk.count) }
    if count == 0 { return String(decoding: text, as: UTF8.self) }
    text += chunk[..<count]
  }
}

/// Lets time pass; not after an interruption.
func pause(_ duration: Duration) {
  let end = BootClock.now() + duration.nanoseconds
  while !Interruption.isRequested.load(ordering: .relaxed) {
    let left = min(end - BootClock.now(), 100_000_000)
    if left <= 0 { return }
    var time = timespec(tv_sec: 0, tv_nsec: Int(left))
    nanosleep(&time, nil)
  }
}

extension Duration {
  var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
  var milliseconds: Double { Double(nanoseconds) / 1e6 }
}

import Glibc
import Linux

/// A folder below `/tmp` that goes with this object, and all that is in it.
public final class TemporaryFolder: Sendable {
  /// Without a slash at its end.
  public let path: String

  /// - Parameter name: what its name begins with.
  public init(_ name: String) throws(SystemError) {
    var template = Array("/tmp/\(name).XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", on: "/tmp") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { remove() }

  /// Removes the folder before its object goes, and all that is in it. Does no harm twice.
  public func remove() { Self.remove(path) }

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

/// The text of a file, `/proc` included.
public func contents(of path: String) throws(SystemError) -> String {
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

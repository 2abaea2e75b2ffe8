import Glibc
import Linux

/// What `proc(5)` says: small files, each read whole.
package enum ProcessTable {
  /// Whether there is one: a container may be without.
  package static var isReadable: Bool { text("/proc/self/status") != nil }

  /// The text of a file, without the white space around it; nil if it cannot be read.
  package static func text(_ path: String) -> String? {
    guard let bytes = try? readFile(path, limit: 4 << 20) else { return nil }
    let trimmed = bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
    return String(decoding: Array(trimmed), as: UTF8.self)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

  /// The names in a folder; empty if it cannot be read.
  package static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Where a symbolic link leads; nil if it cannot be read.
  package static func target(of link: String) -> String? {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink(link, &path, path.count)
    return length > 0 ? String(decoding: path[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
  }

  /// Every process that can be seen.
  package static var processes: [pid_t] { names(in: "/proc").compactMap { pid_t($0) } }

  /// What a process is called, 15 bytes at most.
  package static func command(of process: pid_t) -> String? { text("/proc/\(process)/comm") }

  /// The numbers of the sockets that a process has open; empty where that is not ours to see.
  package static func sockets(of process: pid_t) -> Set<UInt64> {
    let folder = "/proc/\(process)/fd"
    return Set(
      names(in: folder).compactMap { name in
        // socket:[4711]
        guard let target = target(of: "\(folder)/\(name)"), target.hasPrefix("socket:["), target.hasSuffix("]") else {
          return nil
        }
        return UInt64(target.dropFirst(8).dropLast())
      })
  }

  /// The value of a line `Name:  value` of a `status` file.
  package static func field(_ name: String, of status: String) -> String? {
    for line in status.split(separator: "\n") where line.hasPrefix("\(name):") {
      return line.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    return nil
  }
}

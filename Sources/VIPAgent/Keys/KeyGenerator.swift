import CLinux
import Glibc
import Linux

/// Makes keys, and the files they are kept in.
enum KeyGenerator {
  /// Writes a new key file with one key, mode 0600.
  /// - Throws: EEXIST if there is anything at `path` already: a key that is overwritten is lost on the other nodes too.
  static func create(_ path: String) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let text = """
      # vipagent key file: the same on every node, readable by its owner only
      auth 1
      \(try keyLine(1))

      """
    let file = try Descriptor(open(path, flags, 0o600), "create", on: path)
    do throws(SystemError) {
      try fill(file, path, with: Array(text.utf8))
    } catch {
      unlink(path)
      throw error
    }
    try synchronize(directoryOf: path)
  }

  /// Appends a key with the next free number; `auth` and everything else stay as they are. The file is replaced in one
  /// step: an agent that reads it sees the old or the new one.
  /// - Returns: the number of the new key.
  static func add(to path: String) throws(KeyFileError) -> UInt8 {
    var text = try readKeyFile(path)
    let ids = Set(try KeyFileParser.parse(text, file: path).keys.map(\.id))
    let highest = ids.max() ?? 0
    guard let id = highest < .max ? highest + 1 : (1...UInt8.max).first(where: { !ids.contains($0) }) else {
      throw KeyFileError(path, "all 255 numbers are taken", hint: "remove the keys that no node signs with any more")
    }
    do {
      if text.last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
      text += try keyLine(id).utf8
      text.append(UInt8(ascii: "\n"))
      try replace(path, with: text)
    } catch {
      throw KeyFileError(path, "\(error)")
    }
    return id
  }

  /// `1 hmac-sha256 <64 hex digits>`, with 32 bytes from `getrandom(2)`.
  private static func keyLine(_ id: UInt8) throws(SystemError) -> String {
    var secret = [UInt8](repeating: 0, count: 32)
    let count = try retryOnInterrupt("getrandom") { getrandom(&secret, secret.count, 0) }
    guard count == secret.count else { throw SystemError("getrandom", Errno(rawValue: EIO)) }
    let digits = secret.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return "\(id) hmac-sha256 \(digits)"
  }

  /// Writes a file beside the one that `path` leads to, through links too, and renames it (`rename(2)`).
  private static func replace(_ path: String, with text: [UInt8]) throws(SystemError) {
    guard let resolved = realpath(path, nil) else { throw SystemError("realpath", on: path) }
    defer { free(resolved) }
    let target = String(cString: resolved)
    // mkstemp(3): mode 0600, and a name that nobody has.
    var template = Array("\(target).XXXXXX".utf8CString)
    let raw = mkstemp(&template)
    let temporary = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    let file = try Descriptor(raw, "create", on: temporary)
    do throws(SystemError) {
      try fill(file, temporary, with: text)
      try retryOnInterrupt("rename", on: temporary) { rename(temporary, target) }
    } catch {
      unlink(temporary)
      throw error
    }
    try synchronize(directoryOf: target)
  }

  private static func fill(_ file: borrowing Descriptor, _ path: String, with text: [UInt8]) throws(SystemError) {
    let raw = file.raw
    var rest = text[...]
    while !rest.isEmpty {
      let count = try retryOnInterrupt("write", on: path) {
        rest.withUnsafeBytes { write(raw, $0.baseAddress, $0.count) }
      }
      rest = rest.dropFirst(count)
    }
    // A umask may have taken the owner's bits.
    try retryOnInterrupt("fchmod", on: path) { fchmod(raw, 0o600) }
    try retryOnInterrupt("fsync", on: path) { fsync(raw) }
  }

  /// Makes a new name last through a power cut.
  private static func synchronize(directoryOf path: String) throws(SystemError) {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = try Descriptor(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open", on: directory)
    let raw = descriptor.raw
    try retryOnInterrupt("fsync", on: directory) { fsync(raw) }
  }
}

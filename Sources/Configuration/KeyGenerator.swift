import CLinux
import Glibc
import Linux
import Support

/// Makes keys, and the files they are kept in.
package enum KeyGenerator {
  /// Writes a new key file with one key, mode 0600, which belongs to the service's user where there is one and root makes it.
  /// - Returns: the name of its owner, if that is not who has made it.
  /// - Throws: EEXIST if there is anything at `path` already: a key that is overwritten is lost on the other nodes too.
  @discardableResult
  package static func create(_ path: String) throws(SystemError) -> String? {
    let text = """
      # vipagent key file: the same on every node, readable by its owner only
      auth 1
      \(try keyLine(1))

      """
    let owner = geteuid() == 0 ? Account.ofService : nil
    var isGivenAway = false
    try Folder(of: path).create { (file) throws(SystemError) in
      let raw = file.raw
      // A umask may have taken the owner's bits.
      try retryOnInterrupt("fchmod", on: path) { fchmod(raw, 0o600) }
      try fill(file, path, with: Array(text.utf8))
      // In a user namespace root may give nothing away: then it is the administrator's to do.
      isGivenAway = owner.map { fchown(raw, $0.user, gid_t.max) == 0 } ?? false
    }
    return isGivenAway ? owner?.name : nil
  }

  /// Appends a key with the next free number; `auth` and everything else stay as they are, and so do owner, group, mode and
  /// access control list of the file. It is replaced in one step: an agent that reads it sees the old or the new one. Of two
  /// who add at once, one waits for the other.
  /// - Returns: the number of the new key.
  package static func add(to path: String) throws(KeyFileError) -> UInt8 {
    do {
      let folder = try Folder(of: path)
      let file = try folder.openLocked()
      let former = try KeyText(of: file, as: .current)
      let id = try freeNumber(beside: former.parsed(from: path), path)
      var text = former.withBytes { Array($0) }
      if text.last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
      text += Array("\(try keyLine(id))\n".utf8)
      let ownership = try Ownership(of: file)
      try folder.replace { (file) throws(SystemError) in
        try fill(file, path, with: text)
        try ownership.give(to: file, named: path)
      }
      // The lock is held until here.
      withExtendedLifetime(file) {}
      return id
    } catch let error as KeyFileError {
      throw error
    } catch let error as FileRefusal {
      throw KeyFileError(path, error)
    } catch {
      throw KeyFileError(path, "\(error)")
    }
  }

  private static func freeNumber(beside ring: KeyRing, _ path: String) throws(KeyFileError) -> UInt8 {
    let taken = Set(ring.keys.map(\.id))
    let highest = taken.max() ?? 0
    if highest < .max { return highest + 1 }
    if let free = (1...UInt8.max).first(where: { !taken.contains($0) }) { return free }
    throw KeyFileError(path, "all 255 numbers are taken", hint: "remove the keys that no node signs with any more")
  }

  /// `1 hmac-sha256 <64 hex digits>`, with 32 bytes from `getrandom(2)`.
  private static func keyLine(_ id: UInt8) throws(SystemError) -> String {
    var secret = [UInt8](repeating: 0, count: 32)
    let count = try retryOnInterrupt("getrandom") { getrandom(&secret, secret.count, 0) }
    guard count == secret.count else { throw SystemError("getrandom", Errno(rawValue: EIO)) }
    let digits = secret.map(\.hex).joined()
    return "\(id) hmac-sha256 \(digits)"
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
  }
}

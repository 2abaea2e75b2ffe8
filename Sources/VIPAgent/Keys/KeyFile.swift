import Glibc
import Linux

extension KeyRing {
  /// Reads a key file of at most 64 KiB that nobody but its owner may read or write.
  /// - Throws: the first rule it breaks.
  static func load(_ path: String) throws(KeyFileError) -> KeyRing {
    try KeyFileParser.parse(try readKeyFile(path), file: path)
  }
}

/// The bytes of a key file, once its owner and mode are right. They are asked of the open file, so that the file that is
/// checked is the file that is read.
func readKeyFile(_ path: String) throws(KeyFileError) -> [UInt8] {
  do {
    // O_NONBLOCK: a FIFO must be refused, not waited for.
    let file = try Descriptor(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), "open", on: path)
    var status = stat()
    let raw = file.raw
    try retryOnInterrupt("fstat", on: path) { fstat(raw, &status) }
    if let refusal = refusal(of: status, path) { throw refusal }
    return try readAll(of: file, named: path, limit: 64 << 10)
  } catch let error as SystemError {
    throw KeyFileError(path, "\(error)", hint: hint(for: error.errno, path))
  } catch let error as KeyFileError {
    throw error
  } catch {
    throw KeyFileError(path, "\(error)")
  }
}

private func hint(for errno: Errno, _ path: String) -> String? {
  switch errno.rawValue {
  case ENOENT: "make it with `vipagent keygen \(path)`, and copy it to every node"
  case EACCES: "chown \(me) \(path)"
  default: nil
  }
}

/// The user that the packaged service runs as; root may check the keys that belong to it.
let serviceUser = "vipagent"

/// Who runs this, for a hint.
private var me: String { Permissions.Principal(named: serviceUser) == .user(geteuid()) ? serviceUser : "\(geteuid())" }

/// What is wrong with who may read the file, if anything.
private func refusal(of status: stat, _ path: String) -> KeyFileError? {
  guard status.st_mode & S_IFMT == S_IFREG else { return KeyFileError(path, "not a regular file") }
  if status.st_mode & 0o077 != 0 {
    let mode = String(status.st_mode & 0o7777, radix: 8)
    return KeyFileError(
      path, "mode is 0\(mode): its group or others have access to the keys", hint: "chmod 600 \(path)")
  }
  // The databases are asked last: what reads them stays in memory.
  let owner = Permissions.Principal.user(status.st_uid)
  if owner != .user(0), owner != .user(geteuid()), owner != Permissions.Principal(named: serviceUser) {
    return KeyFileError(
      path, "owner is user \(status.st_uid): it must be root or user \(geteuid()), who runs this",
      hint: "chown \(me) \(path)")
  }
  return nil
}

import CLinux
import Glibc
import Linux

/// The folder of a file that is made or replaced, open. Everything in it is done by its descriptor (`openat(2)`, `renameat(2)`), and no link in it
/// is followed: whoever may rename what leads there, or owns the folder itself, sends nobody anywhere else.
package struct Folder: ~Copyable {
  private let descriptor: Descriptor
  /// As it was given, for messages.
  let path: String
  /// The file's name in it.
  private let name: String

  /// Opens the folder of a file that need not be there.
  package init(of path: String) throws(SystemError) {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    descriptor = try Descriptor(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open", on: folder)
    self.path = path
    name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
  }

  /// Opens the file, and holds it until it goes, alone among those who change it so (`flock(2)`).
  ///
  /// The lock is on the file and not on the folder, which every user could lock who may read it. A file that another process
  /// has replaced meanwhile is let go of, for the one that has its name now.
  package func openLocked() throws(FileRefusal) -> RegularFile {
    while true {
      let file = try openFile()
      do throws(SystemError) {
        let raw = file.descriptor.raw
        try retryOnInterrupt("lock", on: path) { flock(raw, LOCK_EX) }
      } catch {
        throw FileRefusal(error)
      }
      if isCurrent(file.status) { return file }
    }
  }

  private func openFile() throws(FileRefusal) -> RegularFile {
    let raw = openat(descriptor.raw, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    if raw < 0, errno == ELOOP {
      throw FileRefusal("it is a link", hint: "name the file that it leads to: `readlink \(path)`")
    }
    return try RegularFile(raw, named: path)
  }

  /// Whether the name still means this file.
  private func isCurrent(_ opened: stat) -> Bool {
    var status = stat()
    return fstatat(descriptor.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_ino == opened.st_ino
      && status.st_dev == opened.st_dev
  }

  /// Makes the file, with mode 0600.
  /// - Throws: EEXIST if there is anything of its name.
  package func create(_ write: (borrowing Descriptor) throws(SystemError) -> Void) throws(SystemError) {
    try make(name, write)
    try synchronize()
  }

  /// Puts another file into its place, in one step.
  package func replace(_ write: (borrowing Descriptor) throws(SystemError) -> Void) throws(SystemError) {
    var number: UInt64 = 0
    try retryOnInterrupt("getrandom") { getrandom(&number, 8, 0) }
    let temporary = ".\(name).\(String(number, radix: 36))"
    try make(temporary, write)
    do throws(SystemError) {
      let raw = descriptor.raw
      try retryOnInterrupt("rename", on: path) { renameat(raw, temporary, raw, name) }
    } catch {
      unlinkat(descriptor.raw, temporary, 0)
      throw error
    }
    try synchronize()
  }

  /// A new file that is whole, or not there.
  private func make(
    _ name: String, _ write: (borrowing Descriptor) throws(SystemError) -> Void
  ) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let file = try Descriptor(openat(descriptor.raw, name, flags, 0o600), "create", on: path)
    do throws(SystemError) {
      try write(file)
      let raw = file.raw
      try retryOnInterrupt("fsync", on: path) { fsync(raw) }
    } catch {
      unlinkat(descriptor.raw, name, 0)
      throw error
    }
  }

  /// Makes a new name last through a power cut.
  private func synchronize() throws(SystemError) {
    let raw = descriptor.raw
    try retryOnInterrupt("fsync", on: "the folder of \(path)") { fsync(raw) }
  }
}

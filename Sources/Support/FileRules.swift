import Glibc
import Linux

/// Who may read and write the files that decide what an agent does.
extension Account {
  /// Whether this user may leave such a file to that one: root, itself, and the service's user.
  private func trusts(_ owner: uid_t) -> Bool {
    // The database is asked last: what reads it stays in memory.
    owner == 0 || owner == user || owner == Self.ofService?.user
  }

  /// What is wrong with who may write to a configuration, if anything: whoever can decides which addresses this host takes.
  ///
  /// Its owner alone may, and that is root, the agent's user or the service's. Not the group root either: where a file has an
  /// access control list, the group's bits stand for everybody on it (acl(5)).
  package func refusal(ofConfiguration status: stat, _ path: String) -> FileRefusal? {
    if status.st_mode & 0o022 != 0 {
      let mode = String(status.st_mode & 0o7777, radix: 8)
      return FileRefusal(
        "mode is 0\(mode): others than its owner may write to it, and decide what this host does",
        hint: "chmod go-w \(path)")
    }
    if trusts(status.st_uid) { return nil }
    return FileRefusal("\(strange(status.st_uid)), who may write to it", hint: givingAway(path))
  }

  /// What is wrong with who may read or write a key file, if anything.
  package func refusal(ofKeys status: stat, _ path: String) -> FileRefusal? {
    if status.st_mode & 0o077 != 0 {
      let mode = String(status.st_mode & 0o7777, radix: 8)
      return FileRefusal(
        "mode is 0\(mode): its group or others have access to the keys", hint: "chmod 600 \(path)")
    }
    return trusts(status.st_uid) ? nil : FileRefusal(strange(status.st_uid), hint: givingAway(path))
  }

  private func strange(_ owner: uid_t) -> String {
    let owner = Self.name(of: owner) ?? "\(owner)"
    return "owner is user \(owner): it must be root, or user \((rightfulOwner ?? self).name) who runs the agent"
  }

  private func givingAway(_ path: String) -> String {
    rightfulOwner.map { "chown \($0.name) \(path)" } ?? "give it to the user that the agent runs as (User= of its unit)"
  }

  /// What to type so that this user may open a file that the kernel has refused (EACCES).
  package func remedy(forOpening path: String, isSecret: Bool) -> String {
    if let folder = closedFolder(on: path) {
      return "chmod o+x \(folder)  # user \(name) may not pass the folder"
    }
    if !isSecret { return "chmod o+r \(path)  # user \(name) may not read it" }
    var status = stat()
    if let owner = rightfulOwner, stat(path, &status) == 0, status.st_uid == owner.user {
      return "only its owner may read it: try as root, or as user \(owner.name)"
    }
    return givingAway(path)
  }

  /// The first folder on the way to a file that this user may not pass; nil where it is the file.
  private func closedFolder(on path: String) -> String? {
    let folders = path.indices.filter { path[$0] == "/" && $0 > path.startIndex }.map { String(path[..<$0]) }
    return opening {
      folders.first { folder in
        var status = stat()
        return stat("\(folder)/.", &status) != 0 && errno == EACCES
      }
    }
  }
}

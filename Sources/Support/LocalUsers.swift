import Glibc

/// The names of the users in `/etc/passwd`, read beforehand: who says who has asked for something does not wait for a disk then.
///
/// No other database is asked: it may be on another host, behind the network that has just failed. The main thread's alone.
package final class LocalUsers {
  private let path: String
  private var names: [uid_t: String] = [:]

  package init(in path: String = "/etc/passwd") {
    self.path = path
    read()
  }

  /// Reads the names anew; there are none where the file cannot be read.
  package func read() {
    let text = (try? readFile(path, limit: 1 << 20)) ?? []
    names = [:]
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
      guard fields.count > 2, let user = uid_t(String(decoding: fields[2], as: UTF8.self)), names[user] == nil
      else { continue }
      names[user] = String(decoding: fields[0], as: UTF8.self)
    }
  }

  /// The name of a user, or his number in words.
  package func name(of user: uid_t) -> String { names[user] ?? "user \(user)" }
}

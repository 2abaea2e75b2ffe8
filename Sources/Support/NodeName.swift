import Glibc

/// What a node calls itself unless the config says otherwise.
package enum NodeName {
  /// What `uname -n` prints (`uname(2)`, `nodename`); at most 64 bytes, bytes that are not UTF-8 replaced.
  package static func ofThisHost() -> String {
    var names = utsname()
    // EFAULT is its only error; then the name stays empty, which no config accepts.
    uname(&names)
    return withUnsafeBytes(of: &names.nodename) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

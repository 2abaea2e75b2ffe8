import Linux
import Support
import TakeoverCore

/// A secret that heartbeats are signed with. It never shows what it holds, and no core file does.
package struct Key: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
  /// The number that names the key in the file and in a heartbeat: 1...255.
  package let id: UInt8
  /// How many bytes the secret has: 32...64 for HMAC-SHA256 (RFC 2104).
  let length: Int
  private let memory: SecretMemory

  /// - Parameter write: puts the secret where it is to stay.
  init(id: UInt8, length: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
    self.id = id
    self.length = length
    memory = SecretMemory(byteCount: max(length, 1))
    write(UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<length]))
  }

  package init(id: UInt8, secret: [UInt8]) {
    self.init(id: id, length: secret.count) { $0.copyBytes(from: secret) }
  }

  /// The secret, not to be kept or copied.
  package func withSecret<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    memory.withBytes(upTo: length, body)
  }

  package static func == (left: Key, right: Key) -> Bool {
    left.id == right.id && left.withSecret { one in right.withSecret { one.elementsEqual($0) } }
  }

  /// `key 1 (32 bytes)`.
  package var description: String { "key \(id) (\(length) bytes)" }

  /// Keeps `dump` and a failing test from printing the secret.
  package var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}

/// The keys of a cluster: one signs, and all verify, so that a new key can reach every node before the first uses it.
package struct KeyRing: Equatable, Sendable {
  /// The key of the line `auth`.
  package let signing: Key
  /// All keys, in the order of the file; never empty, never two of one number.
  package let keys: [Key]

  package init(signing: Key, keys: [Key]) {
    self.signing = signing
    self.keys = keys
  }

  /// The numbers that both have, with the same secret.
  package func shared(with other: KeyRing) -> KeySet {
    var shared = KeySet.none
    for key in keys where other.keys.contains(key) { shared.insert(key.id) }
    return shared
  }
}

extension KeyRing {
  /// What other keys change, by their numbers: of a secret nothing is told.
  package func change(to next: KeyRing) -> ConfigurationChange? {
    guard self != next else { return nil }
    let hasNewSecrets = next.keys.contains { key in keys.contains { $0.id == key.id && $0 != key } }
    return ConfigurationChange("keys", words, next.words + (hasNewSecrets ? ", new secrets" : ""))
  }

  private var words: String { "\(signing.id) signs, of \(keys.map { "\($0.id)" }.joined(separator: ", "))" }
}

/// Why a key file is refused. Nothing in it quotes the file: a line that is wrong may hold a secret all the same.
package struct KeyFileError: Error, Equatable, Sendable, CustomStringConvertible {
  let file: String
  /// Counted from 1; nil for what no line is to blame for.
  package let line: Int?
  /// The rule it breaks.
  package let message: String
  package let hint: String?

  init(_ file: String, line: Int? = nil, _ message: String, hint: String? = nil) {
    self.file = file
    self.line = line
    self.message = message
    self.hint = hint
  }

  /// `keys:3: error: …`, and the hint below.
  package var description: String {
    let head = "\(SourceText.visible(file))\(line.map { ":\($0)" } ?? ""): error: \(message)"
    return hint.map { "\(head)\n  hint: \($0)" } ?? head
  }
}

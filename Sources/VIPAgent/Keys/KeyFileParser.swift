/// The text of a key file, in the manner of heartbeat's `authkeys`:
/// ```
/// # vipagent key file
/// auth 1
/// 1 hmac-sha256 <64 hex digits>
/// ```
/// `auth` names the key that signs, and stands once, anywhere. Every other line is a key: a number, 1...255, the method,
/// and 32...64 bytes in hex. Blank lines and lines that begin with `#` mean nothing.
struct KeyFileParser {
  private let file: String
  private var line = 0
  private var auth: (id: UInt8, line: Int)?
  private var keys: [Key] = []

  private init(file: String) {
    self.file = file
  }

  /// Reads the text of a key file.
  static func parse(_ text: [UInt8], file: String) throws(KeyFileError) -> KeyRing {
    var parser = KeyFileParser(file: file)
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      try parser.read(line)
    }
    return try parser.finish()
  }

  private mutating func read(_ text: ArraySlice<UInt8>) throws(KeyFileError) {
    line += 1
    let words = text.split { [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains($0) }
    guard let first = words.first, first.first != UInt8(ascii: "#") else { return }
    if first.elementsEqual("auth".utf8) {
      try readAuth(words.dropFirst())
    } else {
      try readKey(words)
    }
  }

  private mutating func readAuth(_ words: ArraySlice<ArraySlice<UInt8>>) throws(KeyFileError) {
    guard words.count == 1, let word = words.first, let id = number(word) else {
      throw error("`auth` takes the number of one key, 1...255", hint: "write auth 1")
    }
    if let auth {
      throw error("`auth` stands in line \(auth.line) already", hint: "only one key signs")
    }
    auth = (id, line)
  }

  private mutating func readKey(_ words: [ArraySlice<UInt8>]) throws(KeyFileError) {
    guard words.count == 3, let id = number(words[0]) else {
      throw error(
        "neither `auth`, nor a key: a number (1...255), hmac-sha256 and hex digits",
        hint: "`vipagent keygen` writes such a file")
    }
    guard words[1].elementsEqual("hmac-sha256".utf8) else {
      throw error("the method of key \(id) is not hmac-sha256", hint: "no other method is supported")
    }
    guard let secret = bytes(words[2]), (32...64).contains(secret.count) else {
      throw error(
        "key \(id) is not 32...64 bytes in hex (64...128 digits)",
        hint: "`vipagent keygen --add` adds a key that is")
    }
    if keys.contains(where: { $0.id == id }) {
      throw error("there is a key \(id) already", hint: "give each key a number of its own")
    }
    keys.append(Key(id: id, secret: secret))
  }

  private func finish() throws(KeyFileError) -> KeyRing {
    guard let auth else {
      throw KeyFileError(file, "no line `auth`", hint: "name the key that signs: auth \(keys.first?.id ?? 1)")
    }
    guard let signing = keys.first(where: { $0.id == auth.id }) else {
      let ids = keys.map { String($0.id) }.joined(separator: ", ")
      throw KeyFileError(
        file, line: auth.line, "there is no key \(auth.id)", hint: keys.isEmpty ? nil : "the file has key \(ids)")
    }
    return KeyRing(signing: signing, keys: keys)
  }

  private func error(_ message: String, hint: String) -> KeyFileError {
    KeyFileError(file, line: line, message, hint: hint)
  }

  private func number(_ word: ArraySlice<UInt8>) -> UInt8? {
    guard word.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return UInt8(String(decoding: word, as: UTF8.self)).flatMap { $0 == 0 ? nil : $0 }
  }

  private func bytes(_ word: ArraySlice<UInt8>) -> [UInt8]? {
    let digits = word.compactMap(Self.nibble)
    guard digits.count == word.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

/// The text of a key file, in the manner of heartbeat's `authkeys`:
/// ```
/// # vipagent key file
/// auth 1
/// 1 hmac-sha256 <64 hex digits>
/// ```
/// `auth` names the key that signs, and stands once, anywhere. Every other line is a key: a number, 1...255, the method,
/// and 32...64 bytes in hex. Blank lines and lines that begin with `#` mean nothing.
package struct KeyFileParser {
  private let file: String
  private var line = 0
  private var auth: (id: UInt8, line: Int)?
  private var keys: [Key] = []

  private init(file: String) {
    self.file = file
  }

  /// Reads the text of a key file. Nothing of it is copied but the secrets, to where they stay.
  package static func parse(_ text: some Collection<UInt8>, file: String) throws(KeyFileError) -> KeyRing {
    var parser = KeyFileParser(file: file)
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      try parser.read(line)
    }
    return try parser.finish()
  }

  private mutating func read(_ text: some Collection<UInt8>) throws(KeyFileError) {
    line += 1
    let words = text.split { [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains($0) }
    guard let first = words.first, first.first != UInt8(ascii: "#") else { return }
    if first.elementsEqual("auth".utf8) {
      try readAuth(words.dropFirst())
    } else {
      try readKey(words)
    }
  }

  private mutating func readAuth(_ words: ArraySlice<some Collection<UInt8>>) throws(KeyFileError) {
    guard words.count == 1, let word = words.first, let id = number(word) else {
      throw error("`auth` takes the number of one key, 1...255", hint: "write auth 1")
    }
    if let auth {
      throw error("`auth` stands in line \(auth.line) already", hint: "only one key signs")
    }
    auth = (id, line)
  }

  private mutating func readKey(_ words: [some Collection<UInt8>]) throws(KeyFileError) {
    guard words.count == 3, let id = number(words[0]) else {
      throw error(
        "neither `auth`, nor a key: a number (1...255), hmac-sha256 and hex digits",
        hint: "`vipagent keygen` writes such a file")
    }
    guard words[1].elementsEqual("hmac-sha256".utf8) else {
      throw error("the method of key \(id) is not hmac-sha256", hint: "no other method is supported")
    }
    guard let length = bytes(in: words[2]), (32...64).contains(length) else {
      throw error(
        "key \(id) is not 32...64 bytes in hex (64...128 digits)",
        hint: "`vipagent keygen --add` adds a key that is")
    }
    if keys.contains(where: { $0.id == id }) {
      throw error("there is a key \(id) already", hint: "give each key a number of its own")
    }
    keys.append(Key(id: id, length: length) { Self.decode(words[2], into: $0) })
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

  private func number(_ word: some Collection<UInt8>) -> UInt8? {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard (1...3).contains(word.count), word.allSatisfy({ digits.contains($0) }) else { return nil }
    let number = word.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    return (1...255).contains(number) ? UInt8(number) : nil
  }

  /// How many bytes a word in hex stands for; nil where it is not hex.
  private func bytes(in word: some Collection<UInt8>) -> Int? {
    guard word.count.isMultiple(of: 2), word.allSatisfy({ Self.nibble($0) != nil }) else { return nil }
    return word.count / 2
  }

  private static func decode(_ word: some Collection<UInt8>, into secret: UnsafeMutableRawBufferPointer) {
    for (place, digit) in word.enumerated() {
      secret[place / 2] = secret[place / 2] << 4 | (nibble(digit) ?? 0)
    }
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

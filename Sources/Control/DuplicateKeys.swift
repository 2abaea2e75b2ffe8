import FoundationEssentials

/// Keys that a JSON object has twice. A decoder keeps one of the values without a word, and whoever reads the same line may
/// believe the other (RFC 8259 §4).
enum DuplicateKeys {
  /// The first one of the outermost object; nil where there is none.
  /// - Parameter text: JSON that a decoder has accepted, in UTF-8.
  static func first(in text: some Collection<UInt8>) -> String? {
    var keys: Set<String> = []
    var depth = 0
    var rest = Array(text)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        let string = takeString(from: &rest)
        guard depth == 1, rest.first(where: { !isBlank($0) }) == UInt8(ascii: ":") else { continue }
        let key = decoded(string)
        if !keys.insert(key).inserted { return key }
      default: continue
      }
    }
    return nil
  }

  /// What stands between the quotes, escapes and all; the rest begins behind the second one.
  private static func takeString(from rest: inout ArraySlice<UInt8>) -> [UInt8] {
    var string: [UInt8] = []
    while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
      string.append(byte)
      if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() { string.append(escaped) }
    }
    return string
  }

  /// The same key may be written in several ways: `"do"` is `"\u0064o"`.
  private static func decoded(_ string: [UInt8]) -> String {
    let quote = [UInt8(ascii: "\"")]
    return (try? JSONDecoder().decode(String.self, from: Data(quote + string + quote)))
      ?? String(decoding: string, as: UTF8.self)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }
}

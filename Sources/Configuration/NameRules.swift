import Support
import TakeoverCore

extension TableReader {
  /// Whether the kernel could have a device of this name (`dev_valid_name` in net/core/dev.c): 1...15 bytes, not `.` or
  /// `..`, without a slash, a colon or white space. Reports it if not.
  func check(device: Setting<String>, for key: String) -> Bool {
    guard let range = device.range else { return true }
    let name = device.value
    let forbidden = name.utf8.contains {
      $0 <= 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":")
    }
    if (1...15).contains(name.utf8.count), !forbidden, name != ".", name != ".." { return true }
    let base = name.prefix { $0 != ":" }
    let isAlias = base.utf8.count < name.utf8.count && !base.isEmpty
    report.refuse(
      key, at: range, "is not a device name: 1...15 bytes without a slash, a colon or white space",
      hint: isAlias
        ? "\(report.text.quote(range)) is a label: name the device before the colon" : "`ip link` lists devices")
    return false
  }

  /// A required name out of the characters of host names: 1...64 letters, digits, `-`, `_` and `.`, the first and the last a
  /// letter or digit. They fit into a command line and a log unquoted. Nil if it is missing or wrong, and reported.
  func name(_ key: String, hint: String) -> Setting<String>? {
    guard node(key) != nil else {
      reportMissing(key, hint: hint)
      return nil
    }
    guard let name = string(key), let range = name.range else { return nil }
    if (1...64).contains(name.value.utf8.count), name.value.utf8.allSatisfy(Self.isNameByte),
      let first = name.value.utf8.first, let last = name.value.utf8.last, ![first, last].contains(where: Self.isMark)
    {
      return name
    }
    report.refuse(
      key, at: range, "is not a name: 1...64 letters and digits; `-`, `_` and `.` between them",
      hint: hint)
    return nil
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: isMark(byte)
    }
  }

  /// A path that a C function can take: not empty, no NUL, at most `limit` bytes. Nil if it is absent or wrong.
  func path(_ key: String, limit: Int, example: String) -> String? {
    guard let path = string(key), let range = path.range else { return nil }
    if (1...limit).contains(path.value.utf8.count), !path.value.utf8.contains(0) { return path.value }
    report.refuse(
      key, at: range, "is not a path: it must have 1...\(limit) bytes, none of them NUL",
      hint: "write an absolute path, such as \(key) = \"\(example)\"")
    return nil
  }
}

/// Refuses names that stand twice, and different names of one number: heartbeats carry only the number.
struct NameRegister {
  private let key: String
  private var linesByName: [String: Int] = [:]
  private var namesByTag: [UInt32: String] = [:]

  init(_ key: String) {
    self.key = key
  }

  /// Enters a name, or reports why it cannot be.
  mutating func enter(_ name: Setting<String>, _ report: ConfigReport) {
    guard let range = name.range else { return }
    if let line = linesByName[name.value.lowercased()] {
      report.refuse(
        key, at: range, "stands in line \(line) already", hint: "upper and lower case are the same; choose another name"
      )
      return
    }
    linesByName[name.value.lowercased()] = range.start.line
    if let other = namesByTag.updateValue(name.value, forKey: Tag(of: name.value).rawValue) {
      report.refuse(
        key, at: range, "and \"\(other)\" have the same number in heartbeats (FNV-1a 32)",
        hint: "change one of the names")
    }
  }
}

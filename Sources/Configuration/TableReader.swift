import Support

/// Where diagnostics gather while a file is read: one problem must not hide the next. Beyond a hundred they are only
/// counted: a file with more has one reason for most of them, and describing each in a line of a megabyte takes long.
package final class ConfigReport {
  /// How many diagnostics are kept.
  package static let limit = 100

  let text: SourceText
  private(set) var diagnostics: [ConfigDiagnostic] = []
  /// How many were not kept.
  private(set) var omitted = 0

  init(_ text: SourceText) {
    self.text = text
  }

  func add(_ message: @autoclosure () -> String, at range: SourceRange, hint: @autoclosure () -> String? = nil) {
    if diagnostics.count < Self.limit {
      diagnostics.append(ConfigDiagnostic(message(), at: range, of: text, hint: hint()))
    } else {
      omitted += 1
    }
  }

  /// `deadtime = "150ms" is too short: …`: a key, its value as the file writes it, and what is wrong with it.
  func refuse(
    _ key: String, at range: SourceRange, _ problem: @autoclosure () -> String,
    hint: @autoclosure () -> String? = nil
  ) {
    add("\(key) = \(text.quote(range)) \(problem())", at: range, hint: hint())
  }
}

/// A value, and where it was written; a default was written nowhere.
struct Setting<Value> {
  let value: Value
  let range: SourceRange?
}

/// Reads the keys of one table. Whatever is wrong is reported once, here; the caller gets nil.
struct TableReader {
  let kind: ConfigTable
  /// Where the table's header stands.
  let range: SourceRange
  let report: ConfigReport
  private let table: TomlTable

  /// Reports the keys that do not belong into such a table.
  init(_ kind: ConfigTable, _ table: TomlTable, at range: SourceRange, _ report: ConfigReport) {
    self.kind = kind
    self.range = range
    self.report = report
    self.table = table
    for entry in table.entries where !kind.has(entry.key) {
      let key = SourceText.beginning(of: entry.key)
      let place = kind == .top ? "at \(kind.title)" : "in \(kind.title)"
      report.add("unknown key `\(key)` \(place)", at: entry.keyRange, hint: kind.hint(forUnknown: key))
    }
  }

  /// The value of a key, or nil.
  func node(_ key: String) -> TomlNode? { table[key]?.node }

  /// Reports a key that must be there and is not.
  func reportMissing(_ key: String, hint: String) {
    let place = kind == .top ? "at \(kind.title)" : "in \(kind.title)"
    report.add("missing key `\(key)` \(place)", at: range, hint: hint)
  }

  /// Reports a value of the wrong type.
  func refuseType(_ key: String, _ node: TomlNode, expected: String, hint: String? = nil) {
    switch node.value {
    case .table, .array:
      report.add("`\(key)` is \(node.value.typeName); it must be \(expected)", at: node.range, hint: hint)
    default:
      report.refuse(key, at: node.range, "is \(node.value.typeName); it must be \(expected)", hint: hint)
    }
  }

  func string(_ key: String) -> Setting<String>? {
    guard let node = node(key) else { return nil }
    guard case .string(let value) = node.value else {
      refuseType(key, node, expected: "a string", hint: node.value.isContainer ? nil : "put it into quotes")
      return nil
    }
    return Setting(value: value, range: node.range)
  }

  func boolean(_ key: String, default preset: Bool) -> Bool {
    guard let node = node(key) else { return preset }
    if case .boolean(let value) = node.value { return value }
    refuseType(key, node, expected: "a boolean", hint: "write \(key) = true or \(key) = false, without quotes")
    return preset
  }

  func integer(_ key: String, default preset: Int, in bounds: ClosedRange<Int>) -> Int {
    guard let node = node(key) else { return preset }
    guard case .integer(let value) = node.value else {
      refuseType(key, node, expected: "an integer", hint: "write a number such as \(key) = \(preset)")
      return preset
    }
    guard let value = Int(exactly: value), bounds.contains(value) else {
      let range = "\(bounds.lowerBound)...\(bounds.upperBound)"
      report.refuse(key, at: node.range, "is out of range: it must be \(range)", hint: "the default is \(preset)")
      return preset
    }
    return value
  }

  /// An array of strings; where `orOne`, a single string will do. Nil if it is absent or wrong.
  func strings(_ key: String, orOne: Bool = false) -> [Setting<String>]? {
    guard let node = node(key) else { return nil }
    let expected = orOne ? "a string or an array of strings" : "an array of strings"
    var values: [Setting<String>] = []
    switch node.value {
    case .string(let value) where orOne: values = [Setting(value: value, range: node.range)]
    case .array(let nodes):
      for element in nodes {
        guard case .string(let value) = element.value else {
          refuseType(key, element, expected: "a string", hint: "`\(key)` is \(expected)")
          return nil
        }
        values.append(Setting(value: value, range: element.range))
      }
    default:
      refuseType(key, node, expected: expected, hint: "write \(key) = [\"…\", \"…\"]")
      return nil
    }
    return values
  }

  /// The table of a key, or nil if it is absent or something else.
  func table(_ key: String, _ kind: ConfigTable) -> TableReader? {
    guard let node = node(key) else { return nil }
    guard case .table(let table) = node.value else {
      refuseType(key, node, expected: "a table", hint: "write it below a header \(kind.title)")
      return nil
    }
    return TableReader(kind, table, at: node.range, report)
  }

  /// The tables of an array of tables; none if it is absent or something else.
  func tables(_ key: String, _ kind: ConfigTable) -> [TableReader] {
    guard let node = node(key) else { return [] }
    let hint = "write each below a header \(kind.title)"
    guard case .array(let elements) = node.value else {
      refuseType(key, node, expected: "an array of tables", hint: hint)
      return []
    }
    return elements.compactMap { element in
      guard case .table(let table) = element.value else {
        refuseType(key, element, expected: "a table", hint: hint)
        return nil
      }
      return TableReader(kind, table, at: element.range, report)
    }
  }
}

extension TomlValue {
  /// The type with its article, for a sentence.
  var typeName: String {
    switch self {
    case .string: "a string"
    case .integer: "an integer"
    case .float: "a float"
    case .boolean: "a boolean"
    case .dateTime: "a date or time"
    case .array: "an array"
    case .table: "a table"
    }
  }

  var isContainer: Bool {
    switch self {
    case .array, .table: true
    default: false
    }
  }
}

import CToml
import Support

/// A value of a TOML document.
indirect enum TomlValue: Equatable, Sendable {
  case string(String)
  case integer(Int64)
  case float(Double)
  case boolean(Bool)
  /// A date, a time, or both; nothing in a configuration wants one.
  case dateTime
  case array([TomlNode])
  case table(TomlTable)
}

/// A value, and where it was read. A table with a header stands where its header does.
struct TomlNode: Equatable, Sendable {
  let value: TomlValue
  let range: SourceRange
}

/// The entries of a table, in the order of their keys.
struct TomlTable: Equatable, Sendable {
  struct Entry: Equatable, Sendable {
    let key: String
    let keyRange: SourceRange
    let node: TomlNode
  }

  let entries: [Entry]

  subscript(key: String) -> Entry? { entries.first { $0.key.utf8.elementsEqual(key.utf8) } }
}

/// Text that is not TOML: what the parser said, and where.
struct TomlSyntaxError: Error, Equatable, Sendable {
  let position: SourcePosition
  let message: String
}

/// A parsed TOML 1.0 document, with the position of every key and value.
struct TomlDocument: Equatable, Sendable {
  /// The top-level table.
  let root: TomlTable

  /// Parses UTF-8 text through toml++. The depth of what it accepts is bounded (`CTOML_MAX_NESTED_VALUES`,
  /// `CTOML_MAX_KEY_PARTS`), so that the tree can be walked by recursion.
  init(parsing text: [UInt8]) throws(TomlSyntaxError) {
    var failure = ctoml_error()
    let document = text.withUnsafeBytes { bytes in
      ctoml_parse(bytes.baseAddress, bytes.count, &failure)
    }
    guard let document else {
      let message = withUnsafeBytes(of: failure.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw TomlSyntaxError(position: SourcePosition(failure.position), message: message)
    }
    defer { ctoml_free(document) }
    root = TomlTable(ctoml_root(document))
  }
}

extension SourcePosition {
  fileprivate init(_ position: ctoml_position) {
    self.init(line: Int(position.line), column: Int(position.column))
  }
}

extension SourceRange {
  fileprivate init(_ region: ctoml_region) {
    self.init(start: SourcePosition(region.begin), end: SourcePosition(region.end))
  }
}

extension TomlTable {
  /// Copies a table, or an array whose entries then have empty keys, out of toml++'s tree.
  fileprivate init(_ container: OpaquePointer?) {
    var entries: [Entry] = []
    withUnsafeMutablePointer(to: &entries) { pointer in
      ctoml_each(container, pointer) { context, key, length, keyRegion, value in
        let key = String(decoding: UnsafeRawBufferPointer(start: key, count: length), as: UTF8.self)
        context?.assumingMemoryBound(to: [Entry].self).pointee.append(
          Entry(key: key, keyRange: SourceRange(keyRegion), node: TomlNode(value)))
      }
    }
    self.init(entries: entries)
  }
}

extension TomlNode {
  fileprivate init(_ node: OpaquePointer?) {
    let value: TomlValue
    switch ctoml_node_kind(node) {
    case CTOML_TABLE: value = .table(TomlTable(node))
    case CTOML_ARRAY: value = .array(TomlTable(node).entries.map(\.node))
    case CTOML_STRING:
      var length = 0
      let text = ctoml_string(node, &length)
      value = .string(String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self))
    case CTOML_INTEGER: value = .integer(ctoml_integer(node))
    case CTOML_FLOAT: value = .float(ctoml_float(node))
    case CTOML_BOOLEAN: value = .boolean(ctoml_boolean(node) != 0)
    default: value = .dateTime
    }
    self.init(value: value, range: SourceRange(ctoml_node_region(node)))
  }
}

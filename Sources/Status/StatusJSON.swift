import FoundationEssentials

extension Encodable {
  /// As programs read it: keys in snake case, sorted, two blanks a level, and a line feed at the end.
  package var json: String { jsonText([.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]) }

  /// The same in one line.
  package var jsonLine: String { jsonText([.sortedKeys, .withoutEscapingSlashes]) }

  private func jsonText(_ formatting: JSONEncoder.OutputFormatting) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = formatting
    // Only a number that is none does not encode; the protocol has none, and JSON could not have brought one.
    let body = (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    return body + "\n"
  }
}

/// The text that Prometheus reads: exposition format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). Always in the order of ``Metric/all``.
package enum MetricsText {
  /// The media type of the text.
  static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

  /// All metrics that have a value now.
  package static func of(_ readings: Readings) -> String {
    var text = ""
    for metric in Metric.all { write(metric, metric.samples(readings), to: &text) }
    return text
  }

  private static func write(_ metric: Metric, _ samples: [Metric.Sample], to text: inout String) {
    guard !samples.isEmpty else { return }
    text += "# HELP \(metric.name) \(escaped(metric.help))\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    for sample in samples {
      text += metric.name
      if !metric.labels.isEmpty {
        let labels = zip(metric.labels, sample.labels).map { "\($0)=\"\(escaped($1, quotes: true))\"" }
        text += "{\(labels.joined(separator: ","))}"
      }
      text += " \(sample.value.text)\n"
    }
  }

  /// A backslash and a line feed are escaped everywhere, a quotation mark only in the value of a label.
  static func escaped(_ text: String, quotes: Bool = false) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

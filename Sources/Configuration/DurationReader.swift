import Support

extension TableReader {
  /// A duration within bounds, or the default if the key is absent. Nil if it is wrong, and reported.
  /// - Parameter also: what else may be written, for the hint.
  func duration(
    _ key: String, default preset: Duration, in bounds: ClosedRange<Duration>, also: String? = nil
  ) -> Setting<Duration>? {
    guard let node = node(key) else { return Setting(value: preset, range: nil) }
    let example = "\"\(preset.configured)\"" + (also.map { ", or \($0)" } ?? "")
    guard let value = parseDuration(key, node, example: example) else { return nil }
    if bounds.contains(value) { return Setting(value: value, range: node.range) }
    let problem =
      value < bounds.lowerBound
      ? "is too short: it must be at least \(bounds.lowerBound.configured)"
      : "is too long: it must be at most \(bounds.upperBound.configured)"
    report.refuse(key, at: node.range, problem, hint: "the default is \"\(preset.configured)\"")
    return nil
  }

  private func parseDuration(_ key: String, _ node: TomlNode, example: String) -> Duration? {
    switch node.value {
    case .string(let text):
      if let value = Duration(configured: text) { return value }
      report.refuse(
        key, at: node.range, "is not a duration",
        hint: "write a number and a unit (us, ms, s, m or h), such as \(example)")
    case .integer, .float:
      report.refuse(
        key, at: node.range, "has no unit",
        hint: "write it as a string with a unit, such as \(key) = \"\(report.text.quote(node.range))ms\"")
    default:
      refuseType(key, node, expected: "a string", hint: "write a number and a unit, such as \(key) = \(example)")
    }
    return nil
  }
}

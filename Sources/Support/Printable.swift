extension String {
  /// The text on one line as a terminal may be shown it: control and format characters are spelled out, `\u001b`.
  package var printable: String {
    if utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return self }
    return unicodeScalars.map { $0 == "\t" ? "\\t" : SourceText.visible($0) }.joined()
  }

  /// How many columns it takes on a terminal (Unicode Standard Annex 11; combining marks take none).
  package var columns: Int { unicodeScalars.map(\.columns).reduce(0, +) }

  /// The beginning of the text, with an ellipsis where something is missing.
  package func clipped(to limit: Int) -> String {
    if columns <= limit { return self }
    var result = ""
    var rest = limit - 1
    for scalar in unicodeScalars {
      rest -= scalar.columns
      if rest < 0 { break }
      result.unicodeScalars.append(scalar)
    }
    return limit > 0 ? result + "…" : ""
  }
}

extension Unicode.Scalar {
  /// 0, 1 or 2.
  fileprivate var columns: Int {
    switch value {
    case ..<0x300: 1
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
      0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
      2
    default: properties.generalCategory == .nonspacingMark || properties.generalCategory == .enclosingMark ? 0 : 1
    }
  }
}

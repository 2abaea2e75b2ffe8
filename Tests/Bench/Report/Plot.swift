import Glibc

/// A line plot as SVG: nothing but lines, circles and text, readable without a program that made it.
struct Plot {
  struct Point {
    let x, y: Double
    /// The ends of a whisker.
    var range: ClosedRange<Double>?
  }

  struct Line {
    let name: String
    let points: [Point]
    let colour: String
    var isDashed = false
  }

  let title: String
  let across: String
  let up: String
  /// Places on the horizontal axis and what stands there.
  let ticks: [(x: Double, label: String)]
  /// Values that stand on the vertical axis, which is logarithmic: the powers of ten that the lines need.
  let lines: [Line]
  /// Values below this are drawn here.
  var floor = 0.001

  private static let width = 800.0, height = 460.0
  private static let left = 80.0, right = 220.0, top = 48.0, bottom = 64.0

  /// The text of the file.
  func svg() -> String {
    let (low, high) = (exponents.lowerBound, exponents.upperBound)
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 460" font-family="sans-serif" font-size="13">
      <rect width="800" height="460" fill="white"/>
      <text x="80" y="26" font-size="16">\(Self.escaped(title))</text>
      """
    ]
    for exponent in low...high {
      let y = vertical(Self.power(exponent))
      parts.append(Self.rule(Self.left, y, Self.width - Self.right, y, "#ddd"))
      parts.append(Self.label(Self.left - 8, y + 4, Self.spelled(exponent), anchor: "end"))
    }
    for tick in ticks {
      let x = horizontal(tick.x)
      parts.append(Self.rule(x, Self.top, x, Self.height - Self.bottom, "#eee"))
      parts.append(Self.label(x, Self.height - Self.bottom + 18, tick.label, anchor: "middle"))
    }
    let middle = (Self.left + Self.width - Self.right) / 2
    parts.append(Self.label(middle, Self.height - 18, across, anchor: "middle"))
    parts.append(
      "<text transform=\"translate(20 \(Self.height / 2)) rotate(-90)\" text-anchor=\"middle\">\(Self.escaped(up))</text>"
    )
    for (number, line) in lines.enumerated() { parts += drawn(line, number) }
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  private func drawn(_ line: Line, _ number: Int) -> [String] {
    let dash = line.isDashed ? " stroke-dasharray=\"6 4\"" : ""
    let places = line.points.map { "\(Self.short(horizontal($0.x))),\(Self.short(vertical($0.y)))" }
    var parts = [
      "<polyline points=\"\(places.joined(separator: " "))\" fill=\"none\" stroke=\"\(line.colour)\" stroke-width=\"2\"\(dash)/>"
    ]
    for point in line.points {
      let (x, y) = (horizontal(point.x), vertical(point.y))
      if let range = point.range {
        parts.append(Self.rule(x, vertical(range.lowerBound), x, vertical(range.upperBound), line.colour))
      }
      parts.append("<circle cx=\"\(Self.short(x))\" cy=\"\(Self.short(y))\" r=\"3\" fill=\"\(line.colour)\"/>")
    }
    let (x, y) = (Self.width - Self.right + 14, Self.top + 12 + Double(number) * 20)
    parts.append(
      "<line x1=\"\(x)\" y1=\"\(y)\" x2=\"\(x + 22)\" y2=\"\(y)\" stroke=\"\(line.colour)\" stroke-width=\"2\"\(dash)/>"
    )
    parts.append(Self.label(x + 28, y + 4, line.name, anchor: "start"))
    return parts
  }

  // MARK: - Where things are

  private func horizontal(_ x: Double) -> Double {
    let (first, last) = (ticks.first?.x ?? 0, ticks.last?.x ?? 1)
    let part = last > first ? (x - first) / (last - first) : 0.5
    return Self.left + 12 + part * (Self.width - Self.left - Self.right - 24)
  }

  private func vertical(_ y: Double) -> Double {
    let (low, high) = (Double(exponents.lowerBound), Double(exponents.upperBound))
    let part = (Self.logarithm(max(y, floor)) - low) / (high - low)
    return Self.height - Self.bottom - part * (Self.height - Self.top - Self.bottom)
  }

  private var exponents: ClosedRange<Int> {
    let values = lines.flatMap(\.points).flatMap { [$0.y, $0.range?.lowerBound ?? $0.y, $0.range?.upperBound ?? $0.y] }
    let places = values.map { Self.logarithm(max($0, floor)) }
    let low = Int((places.min() ?? 0).rounded(.down))
    return low...max(Int((places.max() ?? 1).rounded(.up)), low + 1)
  }

  // MARK: - Pieces

  private static func rule(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String) -> String {
    "<line x1=\"\(short(x1))\" y1=\"\(short(y1))\" x2=\"\(short(x2))\" y2=\"\(short(y2))\" stroke=\"\(colour)\"/>"
  }

  private static func label(_ x: Double, _ y: Double, _ text: String, anchor: String) -> String {
    "<text x=\"\(short(x))\" y=\"\(short(y))\" text-anchor=\"\(anchor)\">\(escaped(text))</text>"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
  }

  private static func short(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

  private static func power(_ exponent: Int) -> Double {
    (0..<abs(exponent)).reduce(1) { value, _ in exponent < 0 ? value / 10 : value * 10 }
  }

  private static func spelled(_ exponent: Int) -> String {
    exponent >= 0
      ? "1" + String(repeating: "0", count: exponent) : "0." + String(repeating: "0", count: -exponent - 1) + "1"
  }

  static func logarithm(_ value: Double) -> Double { log10(value) }
}

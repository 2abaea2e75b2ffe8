/// An unplanned takeover step by step, which only vipagent tells.
enum TraceSection {
  private static let steps = [
    ("last heartbeat heard → deadline", "silence_us"), ("deadline → decision", "decision_us"),
    ("decision → confirmed by the kernel", "kernel_us"), ("confirmed → first frame", "frame_us"),
    ("**deadline → first frame**", "own_us"), ("first frame → the client's first answer", "reply_us"),
    ("deadline → the client's first answer", "served_us"),
  ]

  static func text(_ all: [Figures]) -> String {
    guard let figures = all.first(where: { $0.test.fault == .trace && $0.spread("own_us") != nil }) else { return "" }
    var lines = [
      "## From silence to served", "",
      "Power loss of vipagent's owner at keepalive \(figures.test.pace), step by step in µs: what the agent that takes over says in "
        + "its log and its status, and what the client sees, which asks 10,000 times a second and thus adds up to 100 µs.",
      "",
      "| from → to, µs | runs | median | 90 % | min | max |", "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (title, key) in steps {
      let values = figures.samples.compactMap { $0.values[key] }
      guard let spread = Spread(values), let place = Quantiles.places.firstIndex(of: 0.9) else { continue }
      let cells = [Double(values.count), spread.median, Quantiles.of(values)[place], spread.least, spread.greatest]
      lines.append("| \(title) | \(cells.map(\.spelled).joined(separator: " | ")) |")
    }
    lines += ["", "Again: `make bench BENCH=\"--faults trace\"`. \([figures].measured)", ""]
    return lines.joined(separator: "\n")
  }
}

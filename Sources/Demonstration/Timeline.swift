import Lab

/// What the demonstration saw, step by step, as a table.
struct Timeline {
  /// One step.
  struct Row {
    /// When it began, in nanoseconds of `BootClock`.
    let time: Int64
    let event: String
    /// Who held the address afterwards.
    let owner: String
    /// From the event to the owner's kernel holding the address alone.
    let took: Duration
    /// What the client saw; nil before it pinged.
    let report: PingReport?
  }

  private(set) var rows: [Row] = []

  mutating func append(_ row: Row) {
    rows.append(row)
  }

  /// The lines of the table.
  func lines(on console: Console) -> [String] {
    let heading = ["time s", "event", "address on", "settled after", "outage", "lost/sent"]
    let cells = rows.map { row in
      [
        console.clock(row.time), row.event, row.owner, row.took.inMilliseconds, row.report?.outageText ?? "",
        row.report.map { "\($0.lost)/\($0.sent)" } ?? "",
      ]
    }
    // Words stand on the left, numbers on the right.
    let signs = [-1, 1, 1, -1, -1, -1]
    let widths = heading.indices.map { column in
      ([heading] + cells).map { $0[column].count }.max() ?? 0
    }
    return ([heading] + cells).map { cells in
      heading.indices.map { cells[$0].padded(to: signs[$0] * widths[$0]) }.joined(separator: "   ")
    }
  }
}

extension PingReport {
  /// The longest outage: `312.4 ms`, `none`, or `lasting`.
  var outageText: String {
    guard let longest else { return "none" }
    return longest.duration?.inMilliseconds ?? "lasting"
  }
}

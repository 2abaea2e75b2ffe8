/// The histograms, which are no medians of single values.
enum JitterSection {
  private static let shown: [Double] = [0.5, 0.99, 0.999, 1]

  static func text(_ all: [Figures]) -> String {
    let figures = all.filter { $0.test.fault == .jitter && $0.spread("heartbeats") != nil }.sorted()
    guard !figures.isEmpty else { return "" }
    var lines = [
      "## Regularity under load", "",
      "With every processor overloaded eightfold (`stress-ng --cpu 8×n --vm n`, n the number of processors) and without, "
        + "keepalive 2 ms/deadtime 6 ms and 10 ms/30 ms. The time between two heartbeats of a host as they come out of its cable, "
        + "stamped by the kernel; of several runs the worst. A move here would be a false alarm, or the machine's: an agent that was not run "
        + "for deadtime lets go, and takes the address anew, the same or the other.", "",
      "![Regularity under load](benchmarks/jitter.svg)", "",
      "| gap on the wire, ms | keepalive | load | runs | heartbeats | p50 | p99 | p99.9 | max | moves | taken anew | bare timers later than deadtime |",
      "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for figure in figures { lines += row(figure, "gap_ms", sums: ["moves", "holdings", "bare_misses"]) }
    lines += [
      "", "How much later than keepalive after the one before (0 where it is earlier):", "",
      "| late, ms | keepalive | load | runs | heartbeats | p50 | p99 | p99.9 | max |",
      "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for figure in figures { lines += row(figure, "late_ms") }
    lines += [
      "",
      "What this machine can do: in the same runs, how late two threads under the agent's priority (`SCHED_FIFO` 50) are that do nothing but "
        + "wake up once a keepalive. Where one is later than deadtime, no agent can keep its time: its kernel, or the machine that runs it, "
        + "does not let it run. That often an agent must be expected to find that it was stopped, and lets go.",
      "",
      "| a bare timer late, ms | keepalive | load | runs | heartbeats | p50 | p99 | p99.9 | max |",
      "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for figure in figures where figure.test.contender == .vipagent { lines += row(figure, "bare_ms") }
    lines += [
      "",
      "What the backup's agent says of the gaps between the owner's heartbeats since its start "
        + "(`vipagent_peer_arrival_gap_seconds`; exact for the maximum, to an eighth for the others):", "",
      "| arrival gap, ms | keepalive | load | p50 | p99 | p99.9 | max |",
      "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    lines += figures.compactMap(arrivals)
    lines += ["", "Again: `make bench BENCH=\"--faults jitter\"`. \(figures.measured)", ""]
    return lines.joined(separator: "\n")
  }

  private static func row(_ figure: Figures, _ key: String, sums: [String] = []) -> [String] {
    guard let quantiles = figure.worstQuantiles(key) else { return [] }
    let values = shown.compactMap { place in
      Quantiles.places.firstIndex(of: place).map { quantiles[$0].spelled }
    }
    func sum(_ key: String) -> String { figure.samples.reduce(0) { $0 + ($1.values[key] ?? 0) }.spelled }
    let columns = [title(figure), "\(figure.samples.count)", sum("heartbeats")] + values + sums.map(sum)
    return ["| \(columns.joined(separator: " | ")) |"]
  }

  private static func arrivals(_ figure: Figures) -> String? {
    let values = ["p0.5", "p0.99", "p0.999", "p1"].compactMap { figure.spread("arrival_\($0)_ms")?.greatest.spelled }
    return values.count == 4 ? "| \(title(figure)) | \(values.joined(separator: " | ")) |" : nil
  }

  private static func title(_ figure: Figures) -> String {
    "\(figure.test.contender.rawValue) | \(figure.test.pace) | \(figure.test.isLoaded ? "eightfold" : "none")"
  }
}

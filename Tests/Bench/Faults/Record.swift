import Lab
import Linux

/// What the client and the kernels of the two hosts went through since an instant.
struct Record {
  let rig: Rig
  let pinger: Pinger
  let mark: Pinger.Mark
  let start: Int64

  /// From now on.
  init(_ rig: Rig, _ pinger: Pinger) {
    (self.rig, self.pinger) = (rig, pinger)
    mark = pinger.mark()
    start = BootClock.now()
  }

  /// Until now, under names that begin with `prefix`.
  func conclude(into sample: inout Sample, _ prefix: String = "") {
    let end = BootClock.now()
    let report = pinger.report(since: mark)
    let outages = report.outages.map { $0.duration?.milliseconds ?? Double(end - $0.start) / 1e6 }
    sample.values["\(prefix)outage_ms"] = outages.max() ?? 0
    sample.values["\(prefix)outages_ms"] = outages.reduce(0, +)
    sample.values["\(prefix)lost"] = Double(report.lost)
    sample.values["\(prefix)sent"] = Double(report.sent)
    sample.values["\(prefix)double_ms"] = Self.double(rig.watch.overlaps(), from: start, to: end)
    sample.values["\(prefix)moves"] = Double(Self.moves(rig.watch.holdings, since: start))
    sample.values["\(prefix)holders"] = Double(rig.watch.holders.count)
  }

  /// For how long both hosts had the address.
  static func double(_ overlaps: [Overlap], from start: Int64, to end: Int64) -> Double {
    overlaps.reduce(0) { $0 + Double(max(0, min($1.end ?? end, end) - max($1.start, start))) / 1e6 }
  }

  /// How often a host took the address that the other had, or had had last.
  static func moves(_ holdings: [Holding], since start: Int64) -> Int {
    holdings.indices.count { index in
      let last = holdings[..<index].max { ($0.end ?? .max) < ($1.end ?? .max) }
      return holdings[index].start >= start && last.map { $0.host != holdings[index].host } ?? false
    }
  }
}

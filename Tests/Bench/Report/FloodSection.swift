/// What a host without the key can do: a row for each kind of frame.
enum FloodSection {
  private static let titles: [(FloodKind, String)] = [
    (.quiet, "none"), (.junk, "junk: one byte"), (.unknownKey, "a key number that is not in the file"),
    (.forged, "forged"), (.arp, "ARP claims of the address"), (.icmp, "ICMP echo replies"),
    (.once, "**one** forged frame"),
  ]

  static func text(_ all: [Figures]) -> String {
    let figures = all.filter { $0.test.fault == .flood && $0.spread("quiet_beats") != nil }.sorted()
    guard !figures.isEmpty else { return "" }
    var lines = [
      "## Flood", "",
      """
      A fourth host on the switch, which has no key, sends frames of 60 to 102 bytes as fast as one processor can, one kind after the \
      other. It has a processor of its own, which the backup shares; the owner is on the other, and "others" is what an ordinary \
      thread that wants all of that gets of it; so do the lab's own ordinary threads and whatever else the machine runs, which the sender \
      drives there: what the agent takes is its own column. What the kernel does to deliver a frame is on the sender's processor. Junk and forged \
      frames go to the contender's own port or protocol: UDP 694 by broadcast, or protocol 112 to VRRP's group. Forged is, for \
      vipagent, a heartbeat with a wrong signature; for keepalived, whose VRRP has no signature, an advertisement with priority 255 and \
      the cluster's own interval. ARP and ICMP go to the two hosts alone, so that the client's own cache is left out of it. *Late* is a \
      beat of the owner's that leaves a keepalive or more too late; who lets go of the address beats no more. Medians; of *max late* the \
      worst.
      """,
      "",
      "| flood | contender | keepalive | runs | frames a second | beats | late | max late, ms | moves | outages, ms | both have it, ms "
        + "| owner's CPU, % | backup's CPU, % | others, %, more is better |",
      "| --- | --- | ---: " + String(repeating: "| ---: ", count: 11) + "|",
    ]
    for (kind, title) in titles { lines += figures.compactMap { row($0, kind, title) } }
    lines += ["", "Again: `make bench BENCH=\"--faults flood\"`. \(figures.measured)", ""]
    return lines.joined(separator: "\n")
  }

  private static func row(_ figure: Figures, _ kind: FloodKind, _ title: String) -> String? {
    func median(_ key: String) -> String { figure.spread("\(kind)_\(key)")?.median.spelled ?? "–" }
    guard figure.spread("\(kind)_beats") != nil else { return nil }
    let latest = figure.worstQuantiles("\(kind)_late_ms")?.last?.spelled ?? "–"
    let cells =
      [title, figure.test.contender.rawValue, "\(figure.test.pace)", "\(figure.samples.count - figure.failures.count)"]
      + [kind == .once ? "1 in all" : median("frames_per_s"), median("beats"), median("late"), latest]
      + ["moves", "outages_ms", "double_ms", "owner_percent", "backup_percent", "others_percent"].map(median)
    return "| \(cells.joined(separator: " | ")) |"
  }
}

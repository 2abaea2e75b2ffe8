import Glibc
import Lab
import Linux

/// How regularly heartbeats come, on the wire and, where the agent says so, at the agent; with every core overloaded
/// eightfold, and without.
enum Jitter {
  static func play(_ rig: Rig, _ sample: inout Sample, _ window: Duration) throws {
    try rig.startBoth()
    let tap = try WireTap(on: rig.lab.network)
    defer { tap.stop() }
    let load = sample.isLoaded ? try startLoad(on: rig.client, for: window) : nil
    defer { load?.kill() }
    // One for each agent.
    let bare = try rig.nodes.map { _ in try BareTimer(every: Int64(rig.pace.keepalive) * 1000) }
    defer { for timer in bare { timer.stop() } }
    let start = BootClock.now()
    pause(window)
    let frames = tap.frames.filter { $0.time >= start && $0.etherType == 0x0800 }
    let beat = Double(rig.pace.keepalive) / 1000
    let gaps = (0..<2).flatMap { Self.gaps(of: $0, in: frames, rig.contender) }
    sample.quantiles["gap_ms"] = Quantiles.of(gaps)
    sample.quantiles["late_ms"] = Quantiles.of(gaps.map { max(0, $0 - beat) })
    let lateness = bare.flatMap(\.lateness)
    sample.quantiles["bare_ms"] = Quantiles.of(lateness)
    sample.values["bare_misses"] = Double(lateness.count { $0 > Double(rig.pace.deadtime) / 1000 })
    sample.values["heartbeats"] = Double(gaps.count)
    sample.values["moves"] = Double(Record.moves(rig.watch.holdings, since: start))
    sample.values["double_ms"] = Record.double(rig.watch.overlaps(), from: start, to: BootClock.now())
    sample.values["holdings"] = Double(rig.watch.holdings.count { $0.start >= start })
    if rig.contender == .vipagent {
      for (name, value) in try arrivalGaps(at: rig.nodes[1]) { sample.values["arrival_\(name)_ms"] = value }
    }
  }

  /// Times between two heartbeats of a host in milliseconds; not those in which it had nothing to say, because the other
  /// had the address and with it the word.
  private static func gaps(of place: Int, in frames: [WireTap.Frame], _ contender: Contender) -> [Double] {
    let own = frames.indices.filter { frames[$0].sender == place }
    return zip(own, own.dropFirst()).compactMap { earlier, later in
      if contender != .vipagent, later > earlier + 1 { return nil }
      return Double(frames[later].time - frames[earlier].time) / 1e6
    }
  }

  private static func startLoad(on host: Host, for window: Duration) throws -> HostProcess {
    let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let load = try host.start(
      "/usr/bin/unshare",
      [
        "--pid", "--fork", "--kill-child=KILL", "/usr/bin/stress-ng", "--cpu", "\(8 * cores)", "--vm", "\(cores)",
        "--temp-path", "/tmp", "--timeout", "\(window.components.seconds + 30)s",
      ],
      environment: ["PATH": "/usr/bin:/bin"])
    pause(.seconds(2))
    if let exit = load.exit { throw BenchError("stress-ng: \(exit): \(load.lines.map(\.text).joined(separator: " "))") }
    return load
  }

  /// The gaps between heartbeats as the agent counts them since its start, in milliseconds by their quantile.
  private static func arrivalGaps(at node: Node) throws -> [String: Double] {
    let process = try node.host.start(
      node.seat.agent, ["metrics", "--socket", VipagentRecipe.socket(in: node.seat.folder)])
    guard process.waitForExit(timeout: .seconds(10)) == .code(0) else { throw BenchError("vipagent metrics failed") }
    var gaps: [String: Double] = [:]
    for line in process.lines.map(\.text) where line.hasPrefix("vipagent_peer_arrival_gap_seconds{") {
      guard let place = line.split(separator: "quantile=\"").last?.split(separator: "\"").first,
        let value = line.split(separator: " ").last.flatMap({ Double($0) })
      else { continue }
      gaps["p\(place)"] = value * 1000
    }
    return gaps
  }
}

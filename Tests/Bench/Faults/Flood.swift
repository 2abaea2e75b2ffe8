import Lab
import Linux

/// A fourth host on the switch, without the key, sends as much as one processor can. The owner runs on the other processor,
/// where an ordinary thread takes what is left of it.
enum Flood {
  private static let ownersProcessor = 1

  /// - Parameter window: for so long each kind of flood lasts.
  static func play(_ rig: Rig, _ sample: inout Sample, _ window: Duration) throws {
    guard Realtime.processors > ownersProcessor else { throw BenchError("a flood needs two processors") }
    let stranger = try rig.lab.addHost("stranger", try Rig.prefix("10.77.255.101/16"))
    try stranger.boot()
    try rig.startBoth()
    try keepOnProcessors(rig)
    let tap = try WireTap(on: rig.lab.network)
    defer { tap.stop() }
    let bystander = try Bystander(onProcessor: ownersProcessor)
    defer { bystander.stop() }
    let pinger = try rig.ping()
    for kind in FloodKind.allCases {
      let frames = kind.frames(for: rig, from: stranger)
      if frames.isEmpty, kind != .quiet { continue }
      try rig.waitForHolder(0, within: .seconds(60))
      pause(.seconds(2))
      tap.clear()
      let record = Record(rig, pinger)
      let load = try Load(rig, bystander)
      let flooder =
        try frames.isEmpty
        ? nil : Flooder(from: stranger, frames, for: window, most: kind == .once ? 1 : Flooder.most)
      pause(window)
      flooder?.wait()
      let seconds = Double(BootClock.now() - record.start) / 1e9
      load.conclude(into: &sample, "\(kind)_", seconds)
      sample.values["\(kind)_frames_per_s"] = kind == .once ? 0 : Double(flooder?.sent ?? 0) / seconds
      noteBeats(of: rig, in: tap.frames, since: record.start, into: &sample, "\(kind)_")
      // What follows from it may come a little later.
      pause(.seconds(1))
      record.conclude(into: &sample, "\(kind)_")
    }
  }

  /// The flooder has the first processor, and the backup, who is another machine in earnest, shares it.
  private static func keepOnProcessors(_ rig: Rig) throws {
    for (place, node) in rig.nodes.enumerated() {
      for process in try node.processes().identifiers {
        let processor = place == 0 ? ownersProcessor : 0
        let taskset = try rig.client.start("/usr/bin/taskset", ["-a", "-c", "-p", "\(processor)", "\(process)"])
        guard taskset.waitForExit(timeout: .seconds(10)) == .code(0) else { throw BenchError("taskset failed") }
      }
    }
  }

  /// How much later than keepalive after the one before the owner's heartbeats leave.
  private static func noteBeats(
    of rig: Rig, in frames: [WireTap.Frame], since start: Int64, into sample: inout Sample, _ prefix: String
  ) {
    let times = frames.filter { $0.sender == 0 && $0.transport == rig.contender.transport && $0.time >= start }.map(
      \.time)
    let beat = Double(rig.pace.keepalive) / 1000
    let late = zip(times, times.dropFirst()).map { max(0, Double($1 - $0) / 1e6 - beat) }
    sample.values["\(prefix)beats"] = Double(times.count)
    sample.values["\(prefix)late"] = Double(late.count { $0 >= beat })
    sample.quantiles["\(prefix)late_ms"] = Quantiles.of(late)
  }

  /// What the agents use of a processor, and what is left.
  private struct Load {
    private let processes: [ProcessTable]
    private let before: [Int64]
    private let bystander: Bystander
    private let left: Int64

    init(_ rig: Rig, _ bystander: Bystander) throws {
      processes = try rig.nodes.map { try $0.processes() }
      before = processes.map(\.nanosecondsRun)
      self.bystander = bystander
      left = bystander.nanosecondsRun
    }

    func conclude(into sample: inout Sample, _ prefix: String, _ seconds: Double) {
      sample.values["\(prefix)others_percent"] = Double(bystander.nanosecondsRun - left) / 1e9 / seconds * 100
      for (place, role) in ["owner", "backup"].enumerated() {
        let run = Double(processes[place].nanosecondsRun - before[place]) / 1e9
        sample.values["\(prefix)\(role)_percent"] = 100 * run / seconds
      }
    }
  }
}

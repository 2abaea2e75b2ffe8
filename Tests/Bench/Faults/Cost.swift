import Lab
import Linux

/// What it costs that nothing happens: CPU, memory, frames.
enum Cost {
  static func play(_ rig: Rig, _ sample: inout Sample, _ window: Duration) throws {
    try rig.startBoth()
    let processes = try rig.nodes.map { try $0.processes() }
    let tap = try WireTap(on: rig.lab.network)
    defer { tap.stop() }
    let before = processes.map(\.nanosecondsRun)
    let start = BootClock.now()
    pause(window)
    let seconds = Double(BootClock.now() - start) / 1e9
    let after = processes.map(\.nanosecondsRun)
    let frames = tap.frames.filter { $0.time >= start }
    for (place, role) in ["owner", "backup"].enumerated() {
      sample.values["\(role)_cpu_s_per_min"] = Double(after[place] - before[place]) / 1e9 / seconds * 60
      sample.values["\(role)_processes"] = Double(processes[place].identifiers.count)
    }
    sample.values["frames_per_s"] = Double(frames.count) / seconds
    sample.values["bytes_per_s"] = Double(frames.reduce(0) { $0 + $1.length }) / seconds
    // Two agents on one machine share their program's pages; on a host of its own an agent has them to itself.
    try rig.nodes[1].host.powerOff()
    pause(.seconds(1))
    sample.values["pss_kib"] = Double(try rig.nodes[0].processes().memory) / 1024
  }
}

import Lab
import Linux

/// What happens between two hosts that are both well.
enum Disturbances {
  /// Nothing passes between the two for ten seconds, while the client reaches both; what counts is how it ends.
  static func partition(_ rig: Rig, _ sample: inout Sample) throws {
    try rig.startBoth()
    let pinger = try rig.ping()
    let parted = Record(rig, pinger)
    try rig.rules.part()
    pause(.seconds(10))
    parted.conclude(into: &sample, "parted_")
    let healed = Record(rig, pinger)
    try rig.rules.heal()
    let isSettled = rig.watch.waitUntil(timeout: .seconds(20)) { $0.count == 1 }
    if isSettled { sample.values["single_ms"] = Double(BootClock.now() - healed.start) / 1e6 }
    pause(.seconds(5))
    _ = pinger.waitForAnswer(since: pinger.mark(), timeout: .seconds(40))
    pause(.seconds(2))
    healed.conclude(into: &sample)
  }

  /// Three heartbeats of ten are lost, both ways; all else passes.
  static func loss(_ rig: Rig, _ sample: inout Sample, _ window: Duration) throws {
    try rig.startBoth()
    let record = Record(rig, try rig.ping())
    try rig.rules.lose(30, of: rig.contender.heartbeats)
    pause(window)
    record.conclude(into: &sample)
    sample.values["window_s"] = window.milliseconds / 1000
  }
}

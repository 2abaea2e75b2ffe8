import Support

/// A device that the configuration names, for looking whether the host has it.
struct DeviceMention: Equatable, Sendable {
  /// `bcast` or `dev`.
  let key: String
  let name: String
  let range: SourceRange
}

extension TableReader {
  /// Reads `[heartbeat]`. What is wrong is reported, and replaced by anything that is right.
  func heartbeat(devices: inout [DeviceMention]) -> HeartbeatSettings {
    let bcast = readBcast()
    devices += bcast
    let times = readTimes()
    return HeartbeatSettings(
      bcast: bcast.map(\.name),
      udpport: UInt16(clamping: integer("udpport", default: 694, in: 1...65535)),
      keepalive: times.keepalive, warntime: times.warntime, deadtime: times.deadtime, initdead: times.initdead,
      realtime: boolean("realtime", default: true),
      rtprio: integer("rtprio", default: 50, in: 1...99), unnumbered: boolean("unnumbered", default: false))
  }

  private func readBcast() -> [DeviceMention] {
    guard let node = node("bcast") else {
      reportMissing("bcast", hint: "add the devices to send heartbeats on, such as bcast = [\"eth0\"]")
      return []
    }
    guard let names = strings("bcast", orOne: true) else { return [] }
    if !(1...4).contains(names.count) {
      report.add(
        "bcast names \(names.count) devices; it must name 1...4", at: node.range, hint: "write bcast = [\"eth0\"]")
    }
    var seen: Set<String> = []
    for name in names {
      guard let range = name.range, check(device: name, for: "bcast"), !seen.insert(name.value).inserted else {
        continue
      }
      report.refuse("bcast", at: range, "stands here twice", hint: "name each device once")
    }
    return names.compactMap { name in name.range.map { DeviceMention(key: "bcast", name: name.value, range: $0) } }
  }

  private typealias Times = (keepalive: Duration, warntime: Duration, deadtime: Duration, initdead: Duration)

  /// The four times lean on each other: keepalive < warntime < deadtime, 2 × keepalive < deadtime ≤ initdead. One that is
  /// wrong by itself is left out of the comparisons, and so are those whose default depends on it.
  private func readTimes() -> Times {
    let keepalive = duration("keepalive", default: .seconds(1), in: .milliseconds(1)...(.seconds(60)))
    let deadtime = readDeadtime(keepalive)
    let warntime = readWarntime(keepalive, deadtime)
    let initdead = readInitdead(deadtime)
    return (keepalive?.value ?? .zero, warntime ?? .zero, deadtime ?? .zero, initdead ?? .zero)
  }

  private func readDeadtime(_ keepalive: Setting<Duration>?) -> Duration? {
    let beat = keepalive?.value ?? .seconds(1)
    guard let deadtime = duration("deadtime", default: beat * 3, in: .zero...(.seconds(600))) else { return nil }
    guard keepalive != nil else { return deadtime.range == nil ? nil : deadtime.value }
    if let range = deadtime.range, deadtime.value <= beat * 2 {
      let sum = "2 × \(beat.configured) = \((beat * 2).configured)"
      report.refuse(
        "deadtime", at: range, "is too short: it must be more than 2 × keepalive (\(sum))",
        hint: "set deadtime = \"\((beat * 3).configured)\", or a shorter keepalive")
      return nil
    }
    return deadtime.value
  }

  private func readWarntime(_ keepalive: Setting<Duration>?, _ deadtime: Duration?) -> Duration? {
    let preset = (deadtime ?? .seconds(3)) * 2 / 3
    guard let warntime = duration("warntime", default: preset, in: .zero...(.seconds(600))) else { return nil }
    guard let range = warntime.range, let deadtime else { return warntime.value }
    let hint = "set warntime = \"\(preset.configured)\", which is 2/3 of deadtime and the default"
    if warntime.value >= deadtime {
      report.refuse(
        "warntime", at: range, "is too long: it must be less than deadtime (\(deadtime.configured))", hint: hint)
    } else if let keepalive, warntime.value <= keepalive.value {
      let problem = "is too short: it must be more than keepalive (\(keepalive.value.configured))"
      report.refuse("warntime", at: range, problem, hint: hint)
    }
    return warntime.value
  }

  private func readInitdead(_ deadtime: Duration?) -> Duration? {
    let preset = max((deadtime ?? .seconds(3)) * 2, .seconds(1))
    guard let initdead = duration("initdead", default: preset, in: .zero...(.seconds(3600))) else { return nil }
    if let range = initdead.range, let deadtime, initdead.value < deadtime {
      report.refuse(
        "initdead", at: range, "is too short: it must be at least deadtime (\(deadtime.configured))",
        hint: "set initdead = \"\(preset.configured)\", the default")
    }
    return initdead.value
  }
}

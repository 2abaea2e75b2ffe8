import ArgumentParser

/// What is done to the contenders.
enum Fault: String, CaseIterable, Codable, ExpressibleByArgument {
  case powerloss, trace, stop, kill, freeze, partition, loss, addresses, cost, jitter, flood

  /// With whom and at which intervals it is tried, if nothing else is asked for.
  func tests(_ contenders: [Contender]) -> [Test] {
    contenders.flatMap { contender in
      switch self {
      case .powerloss: paces(contender).map { Test(fault: self, contender: contender, pace: $0) }
      case .trace: contender == .vipagent ? [Test(fault: self, contender: contender, pace: contender.usual)] : []
      case .cost:
        paces(contender).filter { [10_000, 200_000, 1_000_000].contains($0.keepalive) }.map {
          Test(fault: self, contender: contender, pace: $0)
        }
      case .addresses:
        [1, 10, 100, 1_000, 10_000].filter { $0 <= contender.mostAddresses }.map {
          Test(fault: self, contender: contender, pace: contender.calm, addresses: $0)
        }
      case .flood:
        [.vipagent, .keepalived].contains(contender)
          ? [Test(fault: self, contender: contender, pace: contender.usual)] : []
      case .jitter:
        contender.jitterPaces.flatMap { pace in
          [false, true].map { Test(fault: self, contender: contender, pace: pace, isLoaded: $0) }
        }
      default: [Test(fault: self, contender: contender, pace: contender.usual)]
      }
    }
  }

  /// Intervals that several of them accept, and the shortest of each.
  private func paces(_ contender: Contender) -> [Pace] {
    let all = [1_000, 2_000, 10_000, 200_000, 1_000_000].map(Pace.init(keepalive:)).filter(contender.accepts)
    return Set(all + [contender.fastest]).sorted()
  }

  /// Of `repeats` so many: what takes minutes is done less often, and what is compared with nobody more often.
  func repeats(_ repeats: Int) -> Int {
    switch self {
    case .loss, .cost, .jitter, .flood: min(repeats, 1 + repeats / 5)
    case .trace: repeats * 5
    default: repeats
    }
  }

  /// Seconds that one run takes, about.
  func seconds(_ test: Test, window: Int) -> Int {
    let dead = test.pace.deadtime / 1_000_000
    let start = test.contender == .heartbeat ? 14 : 4 + 3 * dead
    switch self {
    case .powerloss, .trace: return start + 3 + dead
    case .stop: return start + 12 + 3 * dead
    case .kill: return start + 12
    case .freeze: return start + 17
    case .partition: return start + (test.contender == .heartbeat ? 36 : 20)
    case .loss, .jitter: return start + window + 2
    case .addresses: return start + 9 + test.addresses / 2000
    case .cost: return start + window / 2 + 4
    case .flood: return start + 2 + FloodKind.allCases.count * (window / 6 + 4)
    }
  }

  /// Does it once.
  /// - Parameters:
  ///   - window: for so long what has no end is looked at.
  ///   - phase: see `Rig`.
  func play(_ test: Test, window: Duration, phase: Double) throws -> Sample {
    var sample = Sample(of: test)
    let rig = try Rig(test.contender, test.pace, addresses: test.addresses, phase: phase)
    defer { rig.tearDown() }
    switch self {
    case .powerloss: try Outages.powerLoss(rig, &sample)
    case .trace: try Trace.play(rig, &sample)
    case .stop: try Outages.stop(rig, &sample)
    case .kill: try Outages.kill(rig, &sample)
    case .freeze: try Outages.freeze(rig, &sample)
    case .partition: try Disturbances.partition(rig, &sample)
    case .loss: try Disturbances.loss(rig, &sample, window)
    case .addresses: try ManyAddresses.play(rig, &sample)
    case .cost: try Cost.play(rig, &sample, window / 2)
    case .jitter: try Jitter.play(rig, &sample, window)
    case .flood: try Flood.play(rig, &sample, window / 6)
    }
    return sample
  }
}

extension Contender {
  /// Where detection is not what is measured.
  fileprivate var calm: Pace {
    switch self {
    case .vipagent, .keepalived: Pace(keepalive: 100_000)
    default: usual
    }
  }

  fileprivate var jitterPaces: [Pace] {
    switch self {
    case .vipagent: [Pace(keepalive: 2_000), Pace(keepalive: 10_000)]
    case .keepalived: [Pace(keepalive: 10_000)]
    default: []
    }
  }
}

import Glibc
import TakeoverCore

/// Many schedules in a row, each from the next seed.
package struct Campaign: Sendable {
  package var seed: UInt64
  package var nodes: [Int]
  /// At most so many schedules, and for at most so long.
  package var schedules: Int
  package var seconds: Double

  package init(seed: UInt64, nodes: [Int] = [2, 3, 5], schedules: Int = .max, seconds: Double = .infinity) {
    self.seed = seed
    self.nodes = nodes
    self.schedules = schedules
    self.seconds = seconds
  }

  /// What a campaign has run, and how it ended.
  package struct Tally: Sendable {
    package var schedules = 0
    package var statistics = World.Statistics()
    package var nanoseconds: Int64 = 0
    package var wall = 0.0
    /// Processor time of all threads, in seconds.
    package var processor = 0.0
    /// The first schedule that broke a rule.
    package var failure: (schedule: Schedule, violation: Violation)?

    package var hours: Double { Double(nanoseconds) / 3.6e12 }

    mutating func add(_ other: Tally) {
      schedules += other.schedules
      statistics += other.statistics
      nanoseconds += other.nanoseconds
      if failure == nil { failure = other.failure }
    }

    package var summary: String {
      let perMinute = processor > 0 ? hours / processor * 60 : 0
      let beats = processor > 0 ? Double(statistics.sent + statistics.heard) / processor : 0
      return
        "\(schedules) schedules, \(statistics.faults) faults, \(Int(hours)) simulated hours in \(Int(wall)) s, "
        + "\(Int(processor)) s of a processor: \(Int(perMinute)) hours a minute, "
        + "\(Int(beats / 1000)) thousand heartbeats a second of it; "
        + "\(statistics.claims) claims, \(statistics.sent) heartbeats sent, \(statistics.heard) heard"
    }
  }

  /// The schedule number `place`.
  package func schedule(_ place: Int) -> Schedule {
    ScheduleGenerator.schedule(seed: seed &+ UInt64(place), nodes: nodes)
  }

  /// Runs until the first failure, on so many threads at a time.
  package func run(jobs: Int = 1) async -> Tally {
    let began = Self.clock()
    let used = Self.clock(CLOCK_PROCESS_CPUTIME_ID)
    var tally = await withTaskGroup(of: Tally.self) { group in
      for job in 0..<jobs { group.addTask { run(each: jobs, from: job, since: began) } }
      var sum = Tally()
      for await part in group { sum.add(part) }
      return sum
    }
    tally.wall = Self.clock() - began
    tally.processor = Self.clock(CLOCK_PROCESS_CPUTIME_ID) - used
    return tally
  }

  private func run(each step: Int, from first: Int, since began: Double) -> Tally {
    var tally = Tally()
    var place = first
    while place < schedules, Self.clock() - began < seconds {
      let schedule = schedule(place)
      let outcome = schedule.play()
      tally.schedules += 1
      tally.statistics += outcome.statistics
      tally.nanoseconds += outcome.time.nanoseconds
      if let violation = outcome.violation {
        tally.failure = (schedule, violation)
        return tally
      }
      place += step
    }
    return tally
  }

  private static func clock(_ clock: clockid_t = CLOCK_MONOTONIC) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

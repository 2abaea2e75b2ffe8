import ArgumentParser
import Glibc
import Simulator

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "Plays schedules until one fails.")

  @Option(help: "The first schedule's seed; the others follow. A fresh one if not given.") var seed: UInt64?
  @Option(help: "So many schedules.") var schedules: Int?
  @Option(help: "For so many minutes.") var minutes: Double?
  @Option(help: "For so many seconds.") var seconds: Double?
  @Option(help: "Numbers of nodes to choose from, separated by commas.") var nodes = "2,3,5"
  @Option(help: "So many at a time.") var jobs = 1

  func run() async throws {
    let seed = self.seed ?? UInt64.random(in: 1...(1 << 48))
    let counts = nodes.split(separator: ",").compactMap { Int($0) }.filter { (1...16).contains($0) }
    guard !counts.isEmpty else { throw ValidationError("--nodes \(nodes): numbers from 1 to 16, such as 2,3,5") }
    print("seed \(seed)")
    fflush(nil)
    let time = seconds ?? minutes.map { $0 * 60 }
    let campaign = Campaign(
      seed: seed, nodes: counts, schedules: schedules ?? (time == nil ? 1000 : .max), seconds: time ?? .infinity)
    let tally = await campaign.run(jobs: jobs)
    print(tally.summary)
    guard let failure = tally.failure else { return }
    print("FAILED with seed \(failure.schedule.seed): \(failure.violation)")
    // To be read even if shrinking is cut short.
    fflush(nil)
    explain(failure.schedule, breaking: failure.violation.rule)
    throw ExitCode.failure
  }
}

/// Shrinks a schedule that breaks a rule, and prints what is left of it and how it went.
func explain(_ schedule: Schedule, breaking rule: Rule) {
  var shrinker = Shrinker(schedule, rule: rule)
  shrinker.shrink()
  print("shrunk in \(shrinker.tries) tries; keep it as Tests/Simulator/Regressions/NAME.schedule:\n")
  print(shrinker.schedule.text)
  print(shrinker.schedule.play(keepsJournal: true).transcript ?? "")
}

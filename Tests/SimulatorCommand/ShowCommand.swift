import ArgumentParser
import Simulator

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows the schedule of a seed and how it goes.")

  @Argument(help: "The seed.") var seed: UInt64
  @Option(help: "The numbers of nodes that it was chosen from.") var nodes = "2,3,5"
  @Flag(help: "Only the schedule.") var quiet = false

  func run() throws {
    let counts = nodes.split(separator: ",").compactMap { Int($0) }.filter { (1...16).contains($0) }
    guard !counts.isEmpty else { throw ValidationError("--nodes \(nodes): numbers from 1 to 16, such as 2,3,5") }
    let schedule = ScheduleGenerator.schedule(seed: seed, nodes: counts)
    print(schedule.text)
    guard !quiet else { return }
    let outcome = schedule.play(keepsJournal: true)
    print(outcome.transcript ?? "")
    print(outcome.violation.map { "FAILED: \($0)" } ?? "sound")
  }
}

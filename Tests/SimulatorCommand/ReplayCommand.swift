import ArgumentParser
import Glibc
import Simulator

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Plays a schedule from a file and shows how it goes.")

  @Argument(help: "A schedule as `run` and `show` print it.") var file: String
  @Flag(help: "Shrink it first, if it fails.") var shrink = false

  func run() throws {
    guard let text = Schedule.text(ofFile: file) else { throw ValidationError("\(file) cannot be read") }
    let schedule = try Schedule(text: text)
    let outcome = schedule.play(keepsJournal: true)
    if shrink, let violation = outcome.violation {
      explain(schedule, breaking: violation.rule)
    } else {
      print(outcome.transcript ?? "")
    }
    print(outcome.violation.map { "FAILED: \($0)" } ?? "sound")
    if outcome.violation != nil { throw ExitCode.failure }
  }
}

import ArgumentParser
import Glibc
import Simulator

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Plays a schedule from a file and shows how it goes.")

  @Argument(help: "A schedule as `run` and `show` print it.") var file: String
  @Flag(help: "Shrink it first, if it fails.") var shrink = false

  func run() throws {
    guard let text = read(file) else { throw ValidationError("\(file) cannot be read") }
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

  private func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

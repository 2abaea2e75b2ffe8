import Glibc
import Simulator
import TakeoverCore

/// `vipagent-mutants [--schedules N] [--seed S] [--explain] [NAME …]`: plays the same schedules against each mutant, or against
/// those named ("none" is the core that is no mutant), and fails if one survives or if the core that is no mutant breaks a
/// rule. Explained, what caught a mutant is shrunk and shown. `--schedules` counts the random ones, beside the kept ones.
@main struct VipagentMutants {
  var schedules = 4000
  var seed: UInt64 = 1
  var isExplained = false
  var names: Set<String> = []
  var kept: [Schedule] = []

  static func main() throws {
    var check = VipagentMutants()
    check.take(CommandLine.arguments.dropFirst())
    check.kept = try keptSchedules.map { try Schedule(text: $0) }
    exit(check.run() ? 0 : 1)
  }

  private mutating func take(_ arguments: ArraySlice<String>) {
    var arguments = arguments
    while let argument = arguments.popFirst() {
      switch argument {
      case "--schedules": schedules = arguments.popFirst().flatMap { Int($0) } ?? schedules
      case "--seed": seed = arguments.popFirst().flatMap { UInt64($0) } ?? seed
      case "--explain": isExplained = true
      default: names.insert(argument)
      }
    }
    for name in names where !([Mutant.none] + mutants).contains(where: { $0.name == name }) {
      print("no mutant is called \(name)")
      exit(2)
    }
  }

  private func run() -> Bool {
    let began = Self.processorTime
    var isSound = true
    var tried = 0
    var survivors = 0
    for mutant in [Mutant.none] + mutants where names.isEmpty || names.contains(mutant.name) {
      mutation = mutant.number
      let isCaught = judge(mutant)
      if mutant.number == 0 {
        isSound = !isCaught
      } else {
        tried += 1
        if !isCaught { survivors += 1 }
      }
    }
    say("\(survivors) of \(tried) mutants survive, \(Self.text(Self.processorTime - began)) of a processor")
    return isSound && survivors == 0
  }

  private func judge(_ mutant: Mutant) -> Bool {
    let began = Self.processorTime
    let verdict = mutant.verdict(kept: kept, seed: seed, schedules: schedules)
    let effort = "\(verdict.schedules) schedules, \(Self.text(Self.processorTime - began))"
    let name = mutant.name + String(repeating: " ", count: max(0, 38 - mutant.name.utf8.count))
    if let caught = verdict.caught, mutant.number == 0 {
      say("\(name) FAILED with seed \(caught.schedule.seed): \(caught.violation)")
    } else if let caught = verdict.caught {
      say("\(name) caught by \"\(caught.violation.rule.rawValue)\" after \(effort)")
    } else if mutant.number == 0 {
      say("\(name) sound, \(effort)")
    } else {
      say("\(name) SURVIVED \(effort): \(mutant.breaks)")
      for (rule, count) in verdict.others { say("  \(count) schedules broke \"\(rule.rawValue)\" instead") }
    }
    if isExplained, let caught = verdict.caught { explain(caught.schedule, breaking: caught.violation.rule) }
    return verdict.caught != nil
  }

  private func explain(_ schedule: Schedule, breaking rule: Rule) {
    var shrinker = Shrinker(schedule, rule: rule)
    shrinker.shrink()
    say("\(shrinker.schedule.text)\n\(shrinker.schedule.play(keepsJournal: true).transcript ?? "")")
  }

  private func say(_ line: String) {
    print(line)
    fflush(nil)
  }

  private static var processorTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// In seconds, with one digit behind the point.
  private static func text(_ time: Duration) -> String {
    let tenths = time.components.seconds * 10 + time.components.attoseconds / 100_000_000_000_000_000
    return "\(tenths / 10).\(tenths % 10) s"
  }
}

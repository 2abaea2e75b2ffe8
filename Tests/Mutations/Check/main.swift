import Glibc
import Simulator
import TakeoverCore

// vipagent-mutants [--schedules N] [--seed S] [--explain] [NAME …]: plays the same schedules against each mutant, or
// against those named ("none" is the core that is no mutant), and fails if one survives or if the core that is no mutant
// breaks a rule. Explained, what caught a mutant is shrunk and shown.

var schedules = 4000
var seed: UInt64 = 1
var isExplained = false
var names: Set<String> = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  switch argument {
  case "--schedules": schedules = arguments.popFirst().flatMap { Int($0) } ?? schedules
  case "--seed": seed = arguments.popFirst().flatMap { UInt64($0) } ?? seed
  case "--explain": isExplained = true
  default: names.insert(argument)
  }
}
for name in names where name != "none" && !mutants.contains(where: { $0.name == name }) {
  print("no mutant is called \(name)")
  exit(2)
}

func say(_ line: String) {
  print(line)
  fflush(nil)
}

func padded(_ name: String) -> String { name + String(repeating: " ", count: max(0, 38 - name.utf8.count)) }

/// Processor time of this process, in seconds.
func processorTime() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

/// In seconds, with one digit behind the point.
func text(_ time: Duration) -> String {
  let tenths = time.components.seconds * 10 + time.components.attoseconds / 100_000_000_000_000_000
  return "\(tenths / 10).\(tenths % 10) s"
}

func explain(_ verdict: Mutant.Verdict) {
  guard isExplained, let caught = verdict.caught else { return }
  var shrinker = Shrinker(caught.schedule, rule: caught.violation.rule)
  shrinker.shrink()
  say("\(shrinker.schedule.text)\n\(shrinker.schedule.play(keepsJournal: true).transcript ?? "")")
}

let began = processorTime()
var isSound = true
var survivors = 0
if names.isEmpty || names.contains("none") {
  let verdict = Mutant.none.verdict(seed: seed, schedules: schedules)
  isSound = verdict.caught == nil
  let end = verdict.caught.map { "FAILED with seed \($0.schedule.seed): \($0.violation)" } ?? "sound"
  say("\(padded(Mutant.none.name)) \(end), \(verdict.schedules) schedules, \(text(processorTime() - began))")
  explain(verdict)
}
for mutant in mutants where names.isEmpty || names.contains(mutant.name) {
  let start = processorTime()
  mutation = mutant.number
  let verdict = mutant.verdict(seed: seed, schedules: schedules)
  let effort = "after \(verdict.schedules) schedules, \(text(processorTime() - start))"
  if let caught = verdict.caught {
    say("\(padded(mutant.name)) caught by \"\(caught.violation.rule.rawValue)\" \(effort)")
  } else {
    survivors += 1
    say("\(padded(mutant.name)) SURVIVED \(effort): \(mutant.breaks)")
    for (rule, count) in verdict.others { say("  \(count) schedules broke \"\(rule.rawValue)\" instead") }
  }
  explain(verdict)
}
let count = names.isEmpty ? mutants.count : names.subtracting(["none"]).count
say("\(survivors) of \(count) mutants survive, \(text(processorTime() - began)) of a processor")
exit(survivors == 0 && isSound ? 0 : 1)

import ArgumentParser
import CLaunch
import Glibc
import Lab
import Linux

/// `vipagent-bench run`: does what is asked for, in turn, and appends what it gave to a file.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Measure, in turn, and keep the results as lines of JSON.")

  @Option(help: "Of the faults these, separated by commas.", transform: Run.list) var faults: [Fault] = []
  @Option(help: "Of the contenders these.", transform: Run.list) var contenders: [Contender] = []
  @Option(help: "Of the intervals tried otherwise, take these instead.", transform: Run.list) var paces: [Pace] = []
  @Option(help: "Of the numbers of addresses, take these instead.", transform: Run.list) var addresses: [Int] = []
  @Option(help: "How often; what takes minutes is done less often.") var repeats = 5
  @Option(help: "Seconds that loss, cost, jitter and floods are looked at.") var window = 60
  @Option(help: "A file to keep the results in; what it has of the same tests goes.") var results: String?
  @Flag(help: "Say what would be done and how long it would take.") var plan = false

  static func list<Value: ExpressibleByArgument>(_ text: String) throws -> [Value] {
    try text.split(separator: ",").map { word in
      guard let value = Value(argument: String(word)) else { throw ValidationError("\(word) is not known.") }
      return value
    }
  }

  func validate() throws {
    guard 1...1000 ~= repeats, 1...3600 ~= window, addresses.allSatisfy({ 1...60_000 ~= $0 }) else {
      throw ValidationError("1 to 1000 repeats, a window of 1 to 3600 s, 1 to 60000 addresses.")
    }
  }

  func run() throws {
    let rounds = rounds
    let seconds = rounds.reduce(0) { $0 + $1.fault.seconds($1, window: window) }
    print("\(rounds.count) runs, about \((seconds + 59) / 60) min")
    if plan {
      for test in Set(rounds).sorted(by: { $0.options < $1.options }) { print("  \(test.options)") }
      return
    }
    guard geteuid() == 0 else { throw BenchError("needs root: builds network namespaces and mounts") }
    if let results { try makeRoom(for: Set(rounds), in: results) }
    // Agents whose guardian was killed with them.
    guard claunch_adopt_orphans() == 0 else { throw SystemError("adopt orphans") }
    let isInterrupted = try Interruption.guarding {
      for number in rounds.indices where !Interruption.isRequested.load(ordering: .relaxed) {
        try perform(number, of: rounds)
      }
    }
    if isInterrupted { throw ExitCode(130) }
  }

  /// Forgets what was measured before of what is measured now, and notes on what machine that is.
  private func makeRoom(for tests: Set<Test>, in path: String) throws {
    if access(path, F_OK) == 0 {
      let others = try Sample.read(path).filter { !tests.contains($0.test) }
      try write(others.map { try $0.line() }.joined(), to: path)
    }
    try write(Machine.describe(), to: Machine.path(besides: path))
  }

  /// A B A B: all tests of a fault once, the contenders in turn at each interval, then all of them again.
  private var rounds: [Test] {
    let contenders = contenders.isEmpty ? Contender.allCases : contenders
    return (faults.isEmpty ? Fault.allCases : faults).flatMap { fault in
      let tests = chosen(fault.tests(contenders)).sorted { ($0.addresses, $0.pace) < ($1.addresses, $1.pace) }
      return (0..<fault.repeats(repeats)).flatMap { _ in tests }
    }
  }

  private func chosen(_ tests: [Test]) -> [Test] {
    var seen: Set<Test> = []
    return tests.flatMap { test in
      (paces.isEmpty ? [test.pace] : paces).flatMap { pace in
        (addresses.isEmpty || test.fault != .addresses ? [test.addresses] : addresses).map { count in
          Test(fault: test.fault, contender: test.contender, pace: pace, addresses: count, isLoaded: test.isLoaded)
        }
      }
    }.filter { seen.insert($0).inserted }
  }

  private func perform(_ number: Int, of rounds: [Test]) throws {
    let test = rounds[number]
    var sample = Sample(of: test)
    let (run, runs) = (rounds[...number].count { $0 == test }, rounds.count { $0 == test })
    do {
      let phase = (Double(run) - Double.random(in: 0..<1)) / Double(runs)
      sample = try test.fault.play(test, window: .seconds(window), phase: phase)
    } catch {
      sample.failure = "\(error)"
    }
    if Interruption.isRequested.load(ordering: .relaxed) { return }
    sample.run = run
    let values = sample.values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.spelled)" }
    print(
      "\(number + 1)/\(rounds.count) \(test.options)\(test.isLoaded ? " (loaded)" : ""): "
        + (sample.failure.map { "FAILED: \($0)" } ?? values.joined(separator: ", ")))
    fflush(nil)
    if let results { try write(sample.line(), to: results, appending: true) }
  }
}

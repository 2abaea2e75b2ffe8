import ArgumentParser
import Exhaustive
import Glibc
import TakeoverCore

/// Searches every interleaving of two nodes within small bounds.
@main
struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vipagent-search", abstract: "Visit every situation that two nodes can get into within small bounds.")

  @Argument(help: "Which searches to run, by name; all of them without one.")
  var names: [String] = []

  @Option(help: "How many states to visit at most in each search.")
  var limit = 20_000_000

  @Option(help: "How many heartbeats may be lost at least, in each search.")
  var losses = 0

  @Flag(help: "Say after every layer how far it got.")
  var verbose = false

  func run() throws {
    var hasFailed = false
    var total = (states: 0, transitions: 0)
    for setting in Setting.all where names.isEmpty || names.contains(setting.name) {
      var setting = setting
      setting.budget[.loss] = max(setting.budget[.loss], losses)
      let outcome = search(setting)
      total.states += outcome.states
      total.transitions += outcome.transitions
      if outcome.violation != nil { hasFailed = true }
    }
    say("together: \(total.states) states, \(total.transitions) transitions")
    if hasFailed { throw ExitCode.failure }
  }

  private func search(_ setting: Setting) -> Search.Outcome {
    var search = Search(setting, limit: limit)
    let began = cpuSeconds()
    let outcome = search.run { states, depth in
      if verbose { say("  \(setting.name): depth \(depth), \(states) states, \(cpuSeconds() - began) s") }
    }
    say(
      """
      \(setting.name): \(outcome.states) states, \(outcome.transitions) transitions, depth \(outcome.depth), \
      \(cpuSeconds() - began) s of one core, \(outcome.isComplete ? "complete" : "NOT complete"); longest overlap in touch \
      \(outcome.longestOverlap.microseconds / 1000) ms, without service \
      \(outcome.longestWithoutService.microseconds / 1000) ms, until rest \
      \(outcome.longestUntilRest.microseconds / 1000) ms
      """)
    if let violation = outcome.violation {
      say("BROKEN: \(violation)")
      for line in outcome.story { say("  \(line)") }
    }
    return outcome
  }

  private func cpuSeconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec
  }

  /// At once, also into a file: a search takes minutes.
  private func say(_ line: String) {
    print(line)
    fflush(nil)
  }
}

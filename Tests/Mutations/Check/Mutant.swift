import Simulator

/// A deliberately broken core: Tests/Mutations/mutants has them all.
struct Mutant {
  let number: Int
  let name: String
  let breaks: String
  /// One of these must catch it.
  let rules: [Rule]

  static let none = Mutant(number: 0, name: "none", breaks: "", rules: Rule.allCases)
}

extension Mutant {
  /// What the simulator found.
  struct Verdict {
    /// The first schedule that broke an expected rule.
    var caught: (schedule: Schedule, violation: Violation)?
    var schedules = 0
    /// How many schedules broke other rules on the way.
    var others: [Rule: Int] = [:]
  }

  /// Plays schedules until one of the mutant's rules is broken, first the kept ones, which once broke a rule or
  /// are too rare for chance, and then at most so many random ones. The core must be this mutant already.
  func verdict(kept: [Schedule], seed: UInt64, schedules: Int) -> Verdict {
    let campaign = Campaign(seed: seed)
    var verdict = Verdict()
    while verdict.caught == nil, verdict.schedules < kept.count + schedules {
      let place = verdict.schedules
      let schedule = place < kept.count ? kept[place] : campaign.schedule(place - kept.count)
      verdict.schedules += 1
      guard let violation = schedule.play().violation else { continue }
      if rules.contains(violation.rule) {
        verdict.caught = (schedule, violation)
      } else {
        verdict.others[violation.rule, default: 0] += 1
      }
    }
    return verdict
  }
}

import Testing

@testable import TakeoverCore

@Suite struct TransitionTests {
  struct Row: CustomTestStringConvertible {
    let state: Situation.State
    let stimulus: Situation.Stimulus
    let role: String
    let actions: String
    var testDescription: String { "\(stimulus) in \(state)" }

    /// A line of the table; nil where it has not four columns or names what does not exist.
    init?(_ line: Substring) {
      let columns = line.split(separator: "|", omittingEmptySubsequences: false).map { column in
        String(column.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
      guard columns.count == 4, let state = Situation.State.allCases.first(where: { "\($0)" == columns[0] }),
        let stimulus = Situation.Stimulus.allCases.first(where: { "\($0)" == columns[1] })
      else { return nil }
      self.state = state
      self.stimulus = stimulus
      role = columns[2]
      actions = columns[3]
    }
  }

  static let lines = (TransitionTable.text + "\n" + RequestTable.text).split(separator: "\n")
  static let rows = lines.compactMap { Row($0) }

  @Test(arguments: rows)
  func row(_ row: Row) {
    var situation = Situation(row.state)
    let response = situation.respond(to: row.stimulus)
    #expect("\(response.role)" == row.role)
    #expect(response.actions == row.actions)
  }

  @Test func everyLineIsARow() {
    #expect(Self.rows.count == Self.lines.count)
  }

  @Test func everyPairIsThereOnce() {
    for state in Situation.State.allCases {
      for stimulus in Situation.Stimulus.allCases {
        let count = Self.rows.count { $0.state == state && $0.stimulus == stimulus }
        #expect(count == 1, "\(stimulus) in \(state)")
      }
    }
  }
}

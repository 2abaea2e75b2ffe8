import Status

/// What an operator of this host has put on standby and not made available since, and the file that says so: a line `every group`,
/// and a line `group NAME` for each.
package struct OperatorStandby: Equatable, Sendable {
  /// Every group, those among them that a later configuration adds.
  var isForAll = false
  /// Their names, in order.
  package var groups: [String] = []

  /// More is not read. The file of the largest configuration is shorter.
  static let longestFile = 64 << 10

  private static let heading = """
    # What an operator of this host has put on standby. The agent writes this file when that changes,
    # and reads it when it starts. `vipagent available` ends a standby.

    """

  /// What stands in the file.
  package var text: String {
    let all = isForAll ? ["every group"] : []
    return Self.heading + (all + groups.map { "group \($0)" }).map { "\($0)\n" }.joined()
  }
}

extension OperatorStandby {
  /// Reads what stands in the file.
  /// - Parameter strange: the numbers of the lines that mean nothing; they are left out.
  package init(reading bytes: [UInt8], strange: inout [Int]) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (place, line) in lines.enumerated() where !line.isEmpty && line.first != UInt8(ascii: "#") {
      let words = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 1)
      switch words.first {
      case "every" where words.last == "group": isForAll = true
      case "group" where words.count == 2: groups.append(String(words[1]))
      default: strange.append(place + 1)
      }
    }
    groups = Set(groups).sorted()
  }

  /// With what a former one has for groups that nobody could have made available: the configuration does not know them.
  func keeping(_ former: OperatorStandby, unknownTo groups: [String]) -> OperatorStandby {
    let unknown = former.groups.filter { !groups.contains($0) }
    // What was ended for the last of the others was ended for all.
    guard unknown.count == former.groups.count || !self.groups.isEmpty else { return self }
    return OperatorStandby(isForAll: isForAll, groups: Set(self.groups + unknown).sorted())
  }

  /// As an agent stands now.
  init(of status: Status) {
    isForAll = status.agent.onStandby && status.groups.allSatisfy(\.onStandby)
    groups = status.groups.filter(\.onStandby).map(\.name).sorted()
  }
}

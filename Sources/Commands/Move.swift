import ArgumentParser
import Control
import Glibc
import Status
import Support
import TakeoverCore
import TerminalUI

/// A change of owner that an operator asks for: said to the agent, which answers when the groups have moved or will not.
struct Move {
  /// Which one.
  enum Kind: Equatable {
    case standby(force: Bool)
    case takeover(force: Bool)
    case failBack
  }

  /// How long an answer may take, in milliseconds: the agent gives up before that.
  private static let patience: Int32 = 20_000

  let kind: Kind
  let agent: AgentOptions

  /// - Parameter name: the group; nil for all.
  /// - Throws: an exit code if some group did not go where it should, which has been said by then.
  func run(_ name: String?) throws {
    let talk = try agent.connect()
    let groups = try talk.status().groups(named: name)
    for group in groups where kind.isIdle(group) {
      try printOut("\(group.name.printable): \(group.owner?.printable ?? "nobody") owns it already\n")
    }
    // All at once, over a connection each: the agent answers a request when its move is over.
    let requests = requests(groups.filter { !kind.isIdle($0) }, isForAll: name == nil)
    let talks = try requests.map { verb in
      let talk = try agent.connect()
      talk.send(verb)
      return talk
    }
    var exitCode: Int32 = 0
    for talk in talks {
      do {
        let answer = try talk.answer(within: Self.patience)
        try printOut((answer.message ?? "done").printableLines + "\n")
      } catch let failure as CommandFailure {
        printError("vipagent: \(failure.text)")
        exitCode = max(exitCode, failure.exitCode)
      }
    }
    if exitCode != 0 { throw ExitCode(exitCode) }
  }

  /// Standby of all groups is one request: it also counts for those that a reload adds. Otherwise each group has its own,
  /// so that one refusal does not hold up the others.
  private func requests(_ groups: [GroupStatus], isForAll: Bool) -> [ControlRequest.Verb] {
    if case .standby = kind, isForAll { return [kind.verb(nil)] }
    return groups.map { kind.verb($0.name) }
  }
}

extension Move.Kind {
  fileprivate func verb(_ group: String?) -> ControlRequest.Verb {
    switch self {
    case .standby(let force): .standby(group: group, force: force)
    case .takeover(let force): .takeover(group: group, force: force)
    case .failBack: .failBack(group: group)
    }
  }

  /// Whether the group is where it should be, so that there is nothing to ask for. Who wants this node on standby also
  /// wants it to stay so.
  fileprivate func isIdle(_ group: GroupStatus) -> Bool {
    switch self {
    case .standby: false
    case .takeover: group.role == "owner"
    case .failBack: group.owner != nil && !group.conflict && group.owner == group.best
    }
  }
}

extension GroupStatus {
  /// The node that it belongs on.
  fileprivate var best: String? { nodes.min { $0.rank < $1.rank }?.node }
}

extension Status {
  /// The groups of this name; all of them without a name.
  func groups(named name: String?) throws(CommandFailure) -> [GroupStatus] {
    guard let name else { return groups }
    let found = groups.filter { $0.name == name }
    if !found.isEmpty { return found }
    let names = groups.map(\.name)
    let hint =
      Spelling.closest(to: name, among: names).map { "did you mean \($0.printable)?" }
      ?? "the groups are \(names.joined(separator: ", ").printable)"
    throw CommandFailure(text: "there is no group \(name.printable)\n  hint: \(hint)", exitCode: EX_USAGE)
  }
}

import Glibc
import Support

extension Operator {
  var fields: MessageFields {
    [.operatorUser: "\(user)", .operatorLogin: login.map { "\($0)" }, .operatorProcess: "\(process)"]
  }
}

extension Message {
  /// The same, with who has asked for it.
  /// - Parameter name: of a user.
  package func asked(by operators: [Operator], _ name: (uid_t) -> String) -> Message {
    guard !operators.isEmpty else { return self }
    let who = operators.map { $0.words(name) }.joined(separator: "; ")
    return Message(kind, "\(text) (by \(who))", operators.map(\.fields).reduce(fields, +))
  }

  /// The same for one, or for nobody whom the kernel has told of.
  package func asked(by asker: Operator?, _ name: (uid_t) -> String) -> Message {
    asked(by: asker.map { [$0] } ?? [], name)
  }
}

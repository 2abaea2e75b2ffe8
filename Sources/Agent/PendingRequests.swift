import Engine
import Support
import TakeoverCore

/// Who has asked for what is under way: a request comes to its end long after it was taken up.
struct PendingRequests {
  private var askers: [Tag: [(request: Request, asker: Operator?)]] = [:]

  /// A request was taken up for a group. Whoever asks for the same once more is the one who has asked for it.
  mutating func note(_ asker: Operator?, _ request: Request, _ group: Tag) {
    askers[group, default: []].removeAll { $0.request == request }
    askers[group, default: []].append((request, asker))
  }

  /// Whose request has come to its end with this report; nil where none has, or nobody knows.
  mutating func asker(of report: Report, _ generation: Generation) -> Operator? {
    switch report {
    case .fulfilled(let group, let request), .unfulfilled(let group, let request, _):
      let tag = generation.groups[Int(group.position)].tag
      let asker = askers[tag]?.first { $0.request == request }?.asker
      askers[tag]?.removeAll { $0.request == request }
      return asker
    default: return nil
    }
  }
}

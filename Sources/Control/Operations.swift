import Engine
import Support
import TakeoverCore

/// What operators have asked for and what has become of it: an answer waits until every group of the request has moved
/// or will not.
package struct Operations {
  /// What a client has asked for.
  package struct Operation {
    package let asker: ControlServer.Asker
    package let request: ControlRequest
    let began: Instant
    /// Groups that were taken up and have not come to an end.
    var waiting: Set<Tag> = []
    /// What became of the others, a sentence each.
    var results: [String] = []
    /// Why some were refused, or failed.
    var failures: [String] = []
    /// Whether a refusal can be overcome by force.
    var canForce = false
    /// The groups that were refused because no other node could take them.
    package var wanting: Set<String> = []
    /// Whether the core has decided on every group.
    var isDecided = false
  }

  /// An operation that has come to its end, and how.
  package typealias Ending = (operation: Operation, answer: ControlAnswer)

  /// So long a move may take; then the client is told that it goes on.
  static let patience = Interval.seconds(15)

  private var operations: [UInt32: Operation] = [:]
  private var lastTicket: UInt32 = 0

  /// Enters a request.
  /// - Returns: the ticket under which the core's decisions come.
  package mutating func begin(_ request: ControlRequest, by asker: ControlServer.Asker, at now: Instant) -> UInt32 {
    lastTicket &+= 1
    operations[lastTicket] = Operation(asker: asker, request: request, began: now)
    return lastTicket
  }

  /// The core has taken a request up for a group, or refused it for this reason.
  package mutating func decided(
    _ ticket: UInt32, _ group: GroupAddresses, refusal: String?, canForce: Bool, isForWantOfOthers: Bool
  ) {
    if let refusal {
      operations[ticket]?.failures.append("\(group.name): \(refusal)")
      if canForce { operations[ticket]?.canForce = true }
      if isForWantOfOthers { operations[ticket]?.wanting.insert(group.name) }
    } else {
      operations[ticket]?.waiting.insert(group.tag)
    }
  }

  /// The core has decided on every group.
  package mutating func decidedAll(_ ticket: UInt32) -> Ending? {
    operations[ticket]?.isDecided = true
    return end(of: ticket)
  }

  /// What was asked of a group is done, or will not be, and why.
  package mutating func settled(_ request: Request, _ group: GroupAddresses, failure: String?, at now: Instant)
    -> [Ending]
  {
    let tickets = operations.filter {
      Request($0.value.request.verb) == request && $0.value.waiting.contains(group.tag)
    }
    return tickets.keys.sorted().compactMap { ticket in
      operations[ticket]?.waiting.remove(group.tag)
      if let failure {
        operations[ticket]?.failures.append("\(group.name): \(failure)")
      } else if let began = operations[ticket]?.began {
        operations[ticket]?.results.append("\(group.name): \(request.words) done after \((now - began).text)")
      }
      return end(of: ticket)
    }
  }

  /// Gives up waiting for what takes too long.
  package mutating func expire(at now: Instant) -> [Ending] {
    let late = operations.filter { now - $0.value.began > Self.patience }.keys.sorted()
    return late.compactMap { ticket in
      operations.removeValue(forKey: ticket).map {
        (
          $0,
          .failed(
            .failed("it takes longer than \(Self.patience.text) and goes on", hint: "follow it with `vipagent events`"))
        )
      }
    }
  }

  package init() {}

  /// Whether anything is under way.
  package var isEmpty: Bool { operations.isEmpty }

  private mutating func end(of ticket: UInt32) -> Ending? {
    guard let operation = operations[ticket], operation.isDecided, operation.waiting.isEmpty else { return nil }
    operations[ticket] = nil
    let failures = operation.failures.joined(separator: "\n")
    if failures.isEmpty { return (operation, .done(operation.results.joined(separator: "\n"))) }
    let all = (operation.results + operation.failures).joined(separator: "\n")
    let hint = operation.canForce ? "--force does it all the same; docs/commands.md says what that may cost" : nil

    return (operation, .failed(.refused(all, hint: hint)))
  }
}

extension Request {
  /// What the core is asked for; nil for requests that are none of its business.
  init?(_ verb: ControlRequest.Verb) {
    switch verb {
    case .standby: self = .standby
    case .available: self = .available
    case .takeover: self = .takeover
    case .failBack: self = .failBack
    case .status, .events, .metrics, .reload: return nil
    }
  }
}

extension Refusal {
  /// Whether the same request by force would be taken up.
  package func canBeForced(_ request: Request) -> Bool {
    switch self {
    case .nobodyCanTakeIt: request == .standby
    case .answered: request == .takeover
    case .stopping, .notReady, .alreadyOwner, .moving, .ownerDoesNotHearUs, .noOwner, .alreadyBest, .betterNode,
      .heldBack:
      false
    }
  }
}

import TakeoverCore

/// What an action could not do.
enum ActionFailure: BitwiseCopyable, Sendable {
  /// An order to add was refused, as if the kernel had refused.
  case addressesFailed(GroupIndex, term: UInt64)
  /// No probe has left.
  case unasked(GroupIndex)
  /// No echo has left for this Ethernet address.
  case unechoed(GroupIndex, EthernetAddress)

  /// As the core wants to hear it. What cannot be asked has not been silent: nobody is taken for a proxy who was not
  /// asked.
  var event: Event {
    switch self {
    case .addressesFailed(let group, let term): .addressesFailed(group, term: term)
    case .unasked(let group): .unasked(group)
    case .unechoed(let group, let hardware): .echoed(group, by: hardware)
    }
  }
}

/// The failures of one list of actions: each group has one of each kind at most.
typealias FailureList = FixedList<96, ActionFailure>
